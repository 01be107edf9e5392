// SPDX-License-Identifier: Apache-2.0
#include "engine/store/http/http_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/core/url.hpp"

namespace gild {
namespace {

// "/api/v4/projects/ID/terraform/state/NAME", below whatever path GitLab itself is served at.
bool is_gitlab_path(std::string_view path) {
  const std::size_t api = path.find("/api/v4/projects/");
  if (api == std::string_view::npos) return false;
  const std::size_t state = path.find("/terraform/state/", api);
  if (state == std::string_view::npos) return false;
  const std::string_view name = path.substr(state + std::string_view("/terraform/state/").size());
  return !name.empty() && name.find('/') == std::string_view::npos;
}

Url parse_address(const std::string& address, std::string_view name) {
  const std::optional<Url> url = parse_url(address);
  if (!url) {
    const bool has_user = address.find('@') != std::string::npos;
    throw Error(ErrorKind::usage, fmt::format("{} is no address of a state", name),
                has_user ? "It seems to hold a user and password, which would end up in logs. Give them in "
                           "TF_HTTP_USERNAME and TF_HTTP_PASSWORD instead."
                         : "Give it as https://HOST/PATH.");
  }
  if (!url->tls() && !is_loopback(url->host)) {
    throw Error(ErrorKind::refused, fmt::format("{} is plain http to another machine", name),
                "Everybody on the way could read the password and change the state. Use https.");
  }
  return *url;
}

bool same_place(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

std::string method_from(const std::optional<std::string>& value, const std::string& name, std::string otherwise) {
  std::string method = value.value_or(std::move(otherwise));
  const bool plain = std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (method.empty() || !plain) {
    throw Error(ErrorKind::usage, fmt::format("{} is no HTTP method", name),
                "Write it in capital letters, as in POST.");
  }
  return method;
}

int number_from(const Environment& environment, const std::string& name, int otherwise) {
  const std::optional<std::string> text = variable(environment, name);
  if (!text) return otherwise;
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 0 || number > 3600) {
    throw Error(ErrorKind::usage, fmt::format("{} is \"{}\"", name, escape_controls(*text)),
                "It must be a whole number from 0 to 3600.");
  }
  return number;
}

// What GitLab's own image for pipelines fills in: TF_ADDRESS, or the project's state of that name.
std::optional<std::string> gitlab_address(const Environment& environment) {
  if (auto address = variable(environment, "TF_ADDRESS")) return address;
  const auto api = variable(environment, "CI_API_V4_URL");
  const auto project = variable(environment, "CI_PROJECT_ID");
  const auto name = variable(environment, "TF_STATE_NAME");
  if (!api || !project || !name) return std::nullopt;
  return fmt::format("{}/projects/{}/terraform/state/{}", *api, percent_encode(*project), percent_encode(*name));
}

// The job's own token is for the server that runs the job, and for no other.
bool is_ci_server(const Url& url, const Environment& environment) {
  const auto api = variable(environment, "CI_API_V4_URL");
  const std::optional<Url> server = api ? parse_url(*api) : std::nullopt;
  return server && same_place(*server, url);
}

void find_credentials(HttpSettings& settings, const Url& url, const Environment& environment, bool terraforms_place) {
  // Terraform's variables are for the server that Terraform keeps its own state at.
  const auto first_of = [&](std::initializer_list<const char*> names) -> std::optional<std::string> {
    for (const char* name : names) {
      if (auto value = variable(environment, name)) return value;
    }
    return std::nullopt;
  };
  if (terraforms_place) {
    if (const auto password = first_of({"TF_HTTP_PASSWORD", "TF_PASSWORD"})) {
      settings.user = first_of({"TF_HTTP_USERNAME", "TF_USERNAME"}).value_or("");
      settings.password = Secret(*password);
      return;
    }
  }
  const auto token = variable(environment, "CI_JOB_TOKEN");
  if (settings.gitlab && token && is_ci_server(url, environment)) {
    settings.user = "gitlab-ci-token";
    settings.password = Secret(*token);
  }
}

}  // namespace

std::string HttpSettings::shown() const {
  return address.substr(0, address.find('?'));
}

HttpSettings http_settings(std::string_view given, const Environment& environment) {
  HttpSettings settings;
  const auto terraforms = variable(environment, "TF_HTTP_ADDRESS");
  if (given == kAddressFromEnvironment) {
    const auto address = terraforms ? terraforms : gitlab_address(environment);
    if (!address) {
      throw Error(ErrorKind::usage, "The environment says no address for the state",
                  "Set TF_HTTP_ADDRESS, or, in a GitLab pipeline, TF_STATE_NAME, or give the address to --state.");
    }
    settings.address = *address;
  } else {
    settings.address = std::string(given);
  }
  const Url url = parse_address(settings.address, "The value of --state");
  settings.gitlab = is_gitlab_path(url.path);

  // Its other variables belong to its address: with another state, its lock would be the lock of the wrong one.
  const std::optional<Url> theirs = terraforms ? parse_url(*terraforms) : std::nullopt;
  const bool same_state = !terraforms || *terraforms == settings.address;
  const bool terraforms_place = !theirs || same_place(*theirs, url);
  const auto of_terraform = [&](const char* name) { return same_state ? variable(environment, name) : std::nullopt; };

  // How their server is spoken to; another one is spoken to as if they were not there.
  const auto method_of = [&](const char* name, const char* otherwise) {
    return method_from(terraforms_place ? variable(environment, name) : std::nullopt, name, otherwise);
  };
  settings.update_method = method_of("TF_HTTP_UPDATE_METHOD", "POST");
  settings.lock_method = method_of("TF_HTTP_LOCK_METHOD", settings.gitlab ? "POST" : "LOCK");
  settings.unlock_method = method_of("TF_HTTP_UNLOCK_METHOD", settings.gitlab ? "DELETE" : "UNLOCK");
  const std::string own_lock =
      settings.gitlab ? fmt::format("{}://{}{}/lock", url.scheme, url.authority(), url.path) : std::string{};
  settings.lock_address = of_terraform("TF_HTTP_LOCK_ADDRESS").value_or(own_lock);
  settings.unlock_address = of_terraform("TF_HTTP_UNLOCK_ADDRESS").value_or(own_lock);
  if (settings.lock_address.empty() != settings.unlock_address.empty()) {
    throw Error(ErrorKind::usage, "One of TF_HTTP_LOCK_ADDRESS and TF_HTTP_UNLOCK_ADDRESS is set without the other",
                "A lock that cannot be given back, or cannot be taken, is none. Set both.");
  }
  for (const std::string* address : {&settings.lock_address, &settings.unlock_address}) {
    if (address->empty()) continue;
    if (!same_place(parse_address(*address, "The lock's address"), url)) {
      throw Error(ErrorKind::refused, "The lock's address is on another server than the state",
                  "The credentials go to the state's server alone. Set TF_HTTP_LOCK_ADDRESS and TF_HTTP_UNLOCK_ADDRESS "
                  "to addresses there.");
    }
  }
  find_credentials(settings, url, environment, terraforms_place);

  settings.retries.most = number_from(environment, "TF_HTTP_RETRY_MAX", settings.retries.most);
  settings.retries.first_wait = std::chrono::seconds{number_from(environment, "TF_HTTP_RETRY_WAIT_MIN", 1)};
  settings.retries.longest_wait = std::max<Duration>(
      settings.retries.first_wait, std::chrono::seconds{number_from(environment, "TF_HTTP_RETRY_WAIT_MAX", 30)});
  if (const auto file = variable(environment, "GILD_CA_FILE")) settings.transport.ca_files.push_back(*file);
  settings.transport.ca_pem = variable(environment, "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM").value_or("");
  settings.transport.client_certificate_pem = variable(environment, "TF_HTTP_CLIENT_CERTIFICATE_PEM").value_or("");
  settings.transport.client_key_pem = Secret(variable(environment, "TF_HTTP_CLIENT_PRIVATE_KEY_PEM").value_or(""));
  if (settings.transport.client_certificate_pem.empty() != settings.transport.client_key_pem.empty()) {
    throw Error(ErrorKind::usage,
                "One of TF_HTTP_CLIENT_CERTIFICATE_PEM and TF_HTTP_CLIENT_PRIVATE_KEY_PEM is set without the other",
                "The server can tell who asks by both together only.");
  }
  return settings;
}

}  // namespace gild
