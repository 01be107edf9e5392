// SPDX-License-Identifier: Apache-2.0
// A transport that plays answers and records what was asked, and a clock that jumps.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/cloud/api_connector.hpp"
#include "engine/core/error.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/transport.hpp"

namespace gild::test {

class JumpingClock : public Clock {
 public:
  Time now() const override { return begin_ + std::chrono::floor<std::chrono::seconds>(slept_); }
  Instant instant() const override { return Instant{} + std::chrono::hours(1) + slept_; }
  void sleep_until(Instant until, std::stop_token stop) override {
    if (stop.stop_requested()) return;
    if (until > instant()) {
      sleeps.push_back(std::chrono::duration_cast<Duration>(until - instant()));
      slept_ += sleeps.back();
    }
    if (on_sleep) on_sleep();
  }
  void advance(Duration by) { slept_ += by; }
  Duration slept() const { return slept_; }

  std::vector<Duration> sleeps;
  std::function<void()> on_sleep;

 private:
  Time begin_ = *parse_time("2026-11-23T21:00:00Z");
  Duration slept_{0};
};

// The exchanges of a test, in order, over all transports made from it.
struct Script {
  std::function<HttpOutcome(const HttpRequest&)> answer;
  std::vector<HttpRequest> requests;
  std::vector<TransportOptions> made;

  // Plays these one after the other; the last one for ever.
  void play(std::vector<HttpOutcome> outcomes) {
    auto left = std::make_shared<std::vector<HttpOutcome>>(std::move(outcomes));
    answer = [left](const HttpRequest&) {
      HttpOutcome outcome = left->front();
      if (left->size() > 1) left->erase(left->begin());
      return outcome;
    };
  }
  std::size_t count(const std::string& method) const {
    std::size_t found = 0;
    for (const HttpRequest& request : requests) found += request.method == method ? 1U : 0U;
    return found;
  }
};

class ScriptedTransport : public Transport {
 public:
  explicit ScriptedTransport(Script& script) : script_(script) {}
  HttpOutcome exchange(const HttpRequest& request) override {
    script_.requests.push_back(request);
    return script_.answer(request);
  }

 private:
  Script& script_;
};

inline std::string header_of(const HttpRequest& request, const std::string& name) {
  HttpResponse as_response;
  as_response.headers = request.headers;
  return std::string(as_response.header(name));
}

using Headers = std::vector<std::pair<std::string, std::string>>;

inline HttpResponse answer(int status, std::string body, Headers headers = {}) {
  headers.emplace_back("Content-Type", "application/json");
  return {status, std::move(headers), std::move(body), true};
}

inline Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

inline Workspace workspace_at(std::string endpoint, std::string iam_endpoint) {
  Workspace workspace;
  workspace.name = WorkspaceName("prod");
  workspace.region = "cn-north-4";
  workspace.project_id = "0123456789abcdef0123456789abcdef";
  workspace.endpoint = std::move(endpoint);
  workspace.iam_endpoint = std::move(iam_endpoint);
  return workspace;
}

inline Workspace prod() {
  return workspace_at("https://workspace.cn-north-4.myhuaweicloud.com", "https://iam.cn-north-4.myhuaweicloud.com");
}

// A connected cloud over a script; `variables` default to a pair of keys.
struct CloudUnderTest {
  Script script;
  JumpingClock clock;
  std::unique_ptr<CloudConnector> connector;
  Workspace workspace = prod();

  explicit CloudUnderTest(std::map<std::string, std::string> variables = {{"HW_ACCESS_KEY", "EXAMPLEACCESSKEY0001"},
                                                                          {"HW_SECRET_KEY", "ExampleSecretKey0002"}}) {
    connector = make_api_connector(
        environment_of(std::move(variables)), clock,
        [this](TransportOptions options) {
          script.made.push_back(std::move(options));
          return std::make_unique<ScriptedTransport>(script);
        },
        [] { return 0.0; });
  }
  DesktopCloud& cloud() { return connector->connect(workspace); }
};

// The message of the Error that `action` throws, with its advice on a second line; "" where it throws none.
template <class Action>
std::string error_text(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.advice().empty() ? error.what() : std::string(error.what()) + "\n" + error.advice();
  }
  return {};
}

template <class Action>
std::optional<ErrorKind> error_kind(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace gild::test
