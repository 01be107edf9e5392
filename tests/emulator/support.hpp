// SPDX-License-Identifier: Apache-2.0
// The emulated service without a network, called at times of the test's own choosing.
#pragma once

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/core/json_reader.hpp"
#include "engine/emulator/emulated_service.hpp"
#include "engine/simulation/simulated_cloud.hpp"

namespace gild::emulator {

// An answer's body as JSON; keeps the parser alive.
class Body {
 public:
  explicit Body(const Answer& answer) : text_(answer.body), value_(parser_.parse(text_, "the answer")) {}
  const JsonValue& operator*() const { return value_; }
  const JsonValue* operator->() const { return &value_; }

 private:
  std::string text_;
  JsonParser parser_;
  JsonValue value_;
};

struct ServiceFixture {
  static constexpr const char* kProject = "0123456789abcdef0123456789abcdef";

  // Three desktops on img-1, and img-2; a rebuild takes nine minutes.
  ServiceFixture() : ServiceFixture(make_model()) {}

  static ServiceModel make_model() {
    ServiceKnobs knobs;
    knobs.job_min = knobs.job_max = std::chrono::minutes{9};
    ServiceModel model(3, knobs);
    add_fleet(model, 3, "img-1");
    add_private_image(model, "img-2");
    return model;
  }

  explicit ServiceFixture(ServiceModel model)
      : service(std::move(model), make_account(kProject, "emulator-1"), kServiceEpoch) {
    for (const auto& [id, desktop] : service.model().desktops()) ids.push_back(id.str());
  }

  Answer call(const std::string& method, const std::string& path, const std::string& query = {},
              const std::string& body = {}) {
    return send(
        {method, fmt::format("/v2/{}/{}", kProject, path), query, {{"X-Auth-Token", service.account().token}}, body});
  }
  Answer send(const Request& request) { return service.answer(request, now); }
  Answer get(const std::string& path, const std::string& query = {}) { return call("GET", path, query); }
  Answer control(const std::string& method, const std::string& path, const std::string& body = {}) {
    return send({method, "/emulator/" + path, {}, {}, body});
  }
  void set_faults(const std::string& json) {
    const Answer answer = control("POST", "faults", json);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
  }
  std::string rebuild_body(const std::vector<std::string>& which, const std::string& more = {}) const {
    return fmt::format(R"({{"desktop_ids":["{}"],"image_type":"private","image_id":"img-2"{}}})",
                       fmt::join(which, R"(",")"), more);
  }
  Answer rebuild(const std::vector<std::string>& which, const std::string& more = {}) {
    return call("POST", "desktops/rebuild", {}, rebuild_body(which, more));
  }
  static std::string header(const Answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return {};
  }

  EmulatedService service;
  std::vector<std::string> ids;
  ServiceInstant now = kServiceEpoch;
};

// The error of an answer, as "400 CODE text".
inline std::string error_of(const Answer& answer) {
  const Body body(answer);
  return fmt::format("{} {} {}", answer.status, body->string("error_code"), body->string("error_msg"));
}

}  // namespace gild::emulator
