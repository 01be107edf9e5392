// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/gatekeeper.hpp"

#include <utility>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/emulator/signature.hpp"

namespace gild::emulator {
namespace {

constexpr int kWrongPasswords = 5;  // then the user is locked for a while (W 7.1)
constexpr std::chrono::minutes kLockTime{15};

// "2020-01-04T09:05:22.000000Z", as the identity service writes it.
std::string iam_time(Time time) {
  std::string text = format_time(time);
  text.pop_back();
  return text + ".000000Z";
}

Answer iam_error(int status, std::string_view title, std::string_view message) {
  Answer answer;
  answer.status = status;
  JsonWriter json(answer.body);
  json.begin_object();
  json.key("error");
  json.begin_object();
  json.field("code", status);  // a number, unlike everywhere else (W 8.1)
  json.field("message", message);
  json.field("title", title);
  json.end_object();
  json.end_object();
  return answer;
}

Answer iam_bad_request(std::string_view message) {
  return iam_error(400, "Bad Request", message);
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  if (RAND_bytes(raw.data(), static_cast<int>(raw.size())) != 1) {
    throw Error(ErrorKind::storage, "The system has no randomness for the emulator's secrets.");
  }
  std::string text;
  for (const unsigned char byte : raw) text += fmt::format("{:02x}", byte);
  return text;
}

Account make_account(std::string project_id, std::string region) {
  Account account;
  account.project_id = std::move(project_id);
  account.region = std::move(region);
  account.access_key = "EMU" + random_hex(8);
  account.secret_key = random_hex(20);
  account.token = random_hex(32);
  account.user = "emulator";
  account.password = random_hex(12);
  account.domain = "emulated-account";
  return account;
}

Gatekeeper::Gatekeeper(Account account, Time now) : account_(std::move(account)) {
  tokens_.emplace(account_.token, now + std::chrono::hours{24});
}

void Gatekeeper::revoke_tokens() {
  for (auto& [token, expires] : tokens_) expires = Time{};
  for (auto& [key, temporary] : temporary_keys_) temporary.expires = Time{};
}

std::optional<Refusal> Gatekeeper::admit(const Request& request, const std::string& project_id, Time now) const {
  const std::string_view token = request.header("X-Auth-Token");
  if (!token.empty()) {
    const auto found = tokens_.find(token);
    if (found == tokens_.end()) {
      return Refusal{401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"};
    }
    if (found->second <= now) return Refusal{401, "APIGW.0307", "The token must be updated."};
  } else if (auto refusal = check_signature(request, now)) {
    return refusal;
  }
  const std::string_view project = request.header("X-Project-Id");
  if (project_id != account_.project_id || (!project.empty() && project != account_.project_id)) {
    return Refusal{403, "APIGW.0310", "The project is not available to this user."};
  }
  return std::nullopt;
}

std::optional<Refusal> Gatekeeper::check_signature(const Request& request, Time now) const {
  const auto refused = [](std::string why) { return Refusal{401, "APIGW.0301", std::move(why)}; };
  const auto claim = parse_authorization(request.header("Authorization"));
  if (!claim) return refused("Incorrect IAM authentication information: no token and no signature");
  const std::string_view security_token = request.header("X-Security-Token");
  std::string_view secret = account_.secret_key;
  if (claim->access_key != account_.access_key) {
    const auto found = temporary_keys_.find(claim->access_key);
    if (found == temporary_keys_.end()) {
      return refused(fmt::format("Incorrect IAM authentication information: AK {} does not exist", claim->access_key));
    }
    if (security_token != found->second.security_token) {
      return refused("Incorrect IAM authentication information: the security token does not belong to the AK");
    }
    if (found->second.expires <= now) return Refusal{401, "APIGW.0307", "The token must be updated."};
    secret = found->second.secret_key;
  } else if (!security_token.empty()) {
    return refused("Incorrect IAM authentication information: a permanent AK with a security token");
  }
  if (auto why = why_refused(request, *claim, secret, now)) return refused(std::move(*why));
  return std::nullopt;
}

Answer Gatekeeper::token(const Request& request, Time now) {
  try {
    JsonParser parser;
    const JsonValue body = parser.parse(request.body, "the request");
    const JsonValue auth = body.at("auth");
    const JsonValue identity = auth.at("identity");
    const std::vector<std::string> methods = identity.at("methods").as_strings();
    if (methods != std::vector<std::string>{"password"}) {
      return iam_bad_request("Only the method password is known here.");
    }
    const JsonValue user = identity.at("password").at("user");
    const JsonValue domain = user.at("domain");
    const JsonValue project = auth.at("scope").at("project");
    if (locked_until_ > now) return iam_error(401, "Unauthorized", "The user is locked after several wrong passwords.");
    if (user.string("name") != account_.user || domain.string("name") != account_.domain ||
        user.string("password") != account_.password) {
      if (++wrong_passwords_ >= kWrongPasswords) locked_until_ = now + kLockTime;
      return iam_error(401, "Unauthorized", "The username or password is wrong.");
    }
    wrong_passwords_ = 0;
    const bool by_id = project.has("id");
    if (project.string(by_id ? "id" : "name") != (by_id ? account_.project_id : account_.region)) {
      return iam_error(401, "Unauthorized", "The project does not exist, or the user may not use it.");
    }
    const std::string token = random_hex(32);
    const Time expires = now + token_lifetime_;
    tokens_.emplace(token, expires);
    Answer answer;
    answer.status = 201;
    answer.headers.emplace_back("X-Subject-Token", token);
    JsonWriter json(answer.body);
    json.begin_object();
    json.key("token");
    json.begin_object();
    json.field("expires_at", iam_time(expires));
    json.field("issued_at", iam_time(now));
    json.key("methods");
    json.begin_array();
    json.string("password");
    json.end_array();
    json.key("project");
    json.begin_object();
    json.field("id", account_.project_id);
    json.field("name", account_.region);
    json.end_object();
    json.end_object();
    json.end_object();
    return answer;
  } catch (const Error& error) {  // the body is not what it should be: that is the client's fault, not ours
    return iam_bad_request(error.what());
  }
}

Answer Gatekeeper::security_token(const Request& request, Time now) {
  try {
    JsonParser parser;
    const JsonValue body = parser.parse(request.body, "the request");
    const JsonValue auth = body.at("auth");
    const JsonValue identity = auth.at("identity");
    if (identity.at("methods").as_strings() != std::vector<std::string>{"token"}) {
      return iam_bad_request("Only the method token is known here.");
    }
    std::string given(request.header("X-Auth-Token"));
    std::int64_t seconds = 900;
    if (identity.has("token")) {
      const JsonValue token = identity.at("token");
      if (token.has("id")) given = token.string("id");
      if (token.has("duration_seconds")) seconds = token.integer("duration_seconds", 900, 86400);
    }
    const auto found = tokens_.find(given);
    if (found == tokens_.end() || found->second <= now)
      return iam_error(401, "Unauthorized", "The token is not valid.");
    const std::string access = "TMP" + random_hex(8);
    const TemporaryKey key{random_hex(20), random_hex(48), now + std::chrono::seconds{seconds}};
    temporary_keys_.emplace(access, key);
    Answer answer;
    answer.status = 201;
    JsonWriter json(answer.body);
    json.begin_object();
    json.key("credential");
    json.begin_object();
    json.field("access", access);
    json.field("secret", key.secret_key);
    json.field("securitytoken", key.security_token);
    json.field("expires_at", iam_time(key.expires));
    json.end_object();
    json.end_object();
    return answer;
  } catch (const Error& error) {  // as above
    return iam_bad_request(error.what());
  }
}

}  // namespace gild::emulator
