// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/credentials.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// The names that one family of tools uses (W 7.6); an empty list where it has none.
struct Family {
  std::vector<std::string> token;
  std::vector<std::string> access_key;
  std::vector<std::string> secret_key;
  std::vector<std::string> security_token;
  std::vector<std::string> user;
  std::vector<std::string> password;
  std::vector<std::string> domain;
};

Family huawei_family(const std::string& prefix) {
  return {{prefix + "AUTH_TOKEN"}, {prefix + "ACCESS_KEY"},    {prefix + "SECRET_KEY"}, {prefix + "SECURITY_TOKEN"},
          {prefix + "USER_NAME"},  {prefix + "USER_PASSWORD"}, {prefix + "DOMAIN_NAME"}};
}

const Family& openstack_family() {
  static const Family family{{"OS_AUTH_TOKEN"},
                             {"OS_ACCESS_KEY"},
                             {"OS_SECRET_KEY"},
                             {},
                             {"OS_USERNAME"},
                             {"OS_PASSWORD"},
                             {"OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"}};
  return family;
}

const Family& sdk_family() {
  static const Family family{
      {}, {"HUAWEICLOUD_SDK_AK"}, {"HUAWEICLOUD_SDK_SK"}, {"HUAWEICLOUD_SDK_SECURITY_TOKEN"}, {}, {}, {}};
  return family;
}

struct Found {
  std::string name;
  std::string value;
};

// Headers carry these values, so a line break in one would begin another header.
void check_sendable(const Found& found) {
  const bool bad = std::any_of(found.value.begin(), found.value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
  if (bad) {
    throw Error(
        ErrorKind::service,
        fmt::format("The value of {} holds a space, a line break or another character that such a value never has",
                    found.name),
        "Set it again, without quotes or line breaks inside.");
  }
}

std::optional<Found> find(const Environment& environment, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (auto value = variable(environment, name)) return Found{name, std::move(*value)};
  }
  return std::nullopt;
}

[[noreturn]] void throw_missing(std::string_view present, const std::vector<std::string>& missing) {
  throw Error(ErrorKind::service,
              fmt::format("{} is set, but {} {} not", present, join_and(missing), missing.size() == 1 ? "is" : "are"),
              fmt::format("Set {} too, or unset {}.", join_and(missing), present));
}

std::optional<Credentials> find_token(const Environment& environment, const Family& family) {
  auto token = find(environment, family.token);
  if (!token) return std::nullopt;
  check_sendable(*token);
  return TokenCredentials{Secret(std::move(token->value)), token->name};
}

std::optional<Credentials> find_keys(const Environment& environment, const Family& family) {
  auto access = find(environment, family.access_key);
  auto secret = find(environment, family.secret_key);
  if (!access && !secret) return std::nullopt;
  if (!access) throw_missing(secret->name, {family.access_key.front()});
  if (!secret) throw_missing(access->name, {family.secret_key.front()});
  check_sendable(*access);
  check_sendable(*secret);
  KeyCredentials keys{Secret(std::move(access->value)), Secret(std::move(secret->value)), std::nullopt};
  if (auto token = find(environment, family.security_token)) {
    check_sendable(*token);
    keys.security_token = Secret(std::move(token->value));
  }
  return keys;
}

std::optional<Credentials> find_password(const Environment& environment, const Family& family) {
  auto user = find(environment, family.user);
  auto password = find(environment, family.password);
  auto domain = find(environment, family.domain);
  if (!user && !password) return std::nullopt;  // a domain alone belongs to many set-ups
  std::vector<std::string> missing;
  if (!user) missing.push_back(family.user.front());
  if (!password) missing.push_back(family.password.front());
  if (!domain) missing.push_back(family.domain.front());
  if (!missing.empty()) throw_missing(user ? user->name : password->name, missing);
  return PasswordCredentials{std::move(user->value), Secret(std::move(password->value)), std::move(domain->value)};
}

std::optional<Credentials> find_in(const Environment& environment, const std::vector<Family>& families) {
  for (const auto search : {find_token, find_keys, find_password}) {
    for (const Family& family : families) {
      if (auto found = search(environment, family)) return found;
    }
  }
  return std::nullopt;
}

std::string profile_prefix(std::string_view profile) {
  std::string out = "HW_";
  for (const char c : profile) out += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out + "_";
}

}  // namespace

Credentials find_credentials(const Environment& environment, const std::optional<std::string>& profile) {
  std::string prefix = "HW_";
  if (profile) {
    prefix = profile_prefix(*profile);
    if (auto found = find_in(environment, {huawei_family(prefix)})) return std::move(*found);
  }
  if (auto found = find_in(environment, {huawei_family("HW_"), openstack_family(), sdk_family()})) {
    return std::move(*found);
  }
  throw Error(
      ErrorKind::service, "There are no credentials in the environment",
      fmt::format("Set {0}ACCESS_KEY and {0}SECRET_KEY, or {0}AUTH_TOKEN, or {0}USER_NAME, {0}USER_PASSWORD and "
                  "{0}DOMAIN_NAME.",
                  prefix));
}

void add_secrets(const Credentials& credentials, Redactor& redactor) {
  if (const auto* token = std::get_if<TokenCredentials>(&credentials)) {
    redactor.add(token->token);
  } else if (const auto* keys = std::get_if<KeyCredentials>(&credentials)) {
    redactor.add(keys->access_key);
    redactor.add(keys->secret_key);
    if (keys->security_token) redactor.add(*keys->security_token);
  } else if (const auto* password = std::get_if<PasswordCredentials>(&credentials)) {
    redactor.add(password->password);
  }
}

}  // namespace gild
