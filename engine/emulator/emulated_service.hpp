// SPDX-License-Identifier: Apache-2.0
// The Workspace service and its identity service, from the bytes of a request to the bytes of an answer. Time is passed
// in and there is no socket, so all of it can be tried without a network. Not safe to call from two threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/emulator/exchange.hpp"
#include "engine/emulator/gatekeeper.hpp"
#include "engine/emulator/settings.hpp"
#include "engine/simulation/faults.hpp"
#include "engine/simulation/service_model.hpp"

namespace gild::emulator {

class EmulatedService {
 public:
  // `model` has its tenant already.
  EmulatedService(ServiceModel model, Account account, ServiceInstant now);

  // Takes a faults document (settings.hpp).
  void load_faults(std::string_view json, std::string_view name, ServiceInstant now);
  // How long rebuilds take; nullopt leaves a bound as it is, but for a minimum above the maximum.
  void set_job_duration(std::optional<Duration> least, std::optional<Duration> most);
  Answer answer(const Request& request, ServiceInstant now);

  const Account& account() const { return gate_.account(); }
  const ServiceModel& model() const { return model_; }
  // To do what people and other programs do to the service.
  ServiceModel& model() { return model_; }
  FaultPlan& faults() { return faults_; }

 private:
  Answer route(const Request& request, const std::vector<std::string>& path, const std::string& request_id);
  Answer control(const Request& request, const std::vector<std::string>& path);
  Answer call(CallKind kind, const Request& request, const std::string& last_segment, const std::string& request_id);
  // The call itself, without what goes wrong on its way.
  Answer carry_out(CallKind kind, const Request& request, const std::string& last_segment,
                   const std::string& request_id);

  Answer rebuild(const Request& request, const std::string& request_id);
  Answer sub_jobs(const Request& request, const std::string& request_id);
  Answer job(const std::string& id, const std::string& request_id);
  Answer list_desktops(CallKind kind, const Request& request, const std::string& request_id);
  Answer one_desktop(const std::string& id, const std::string& request_id);
  Answer images(const Request& request, const std::string& request_id);
  Answer check_images(const Request& request, const std::string& request_id);

  Time service_time() const { return std::chrono::floor<std::chrono::seconds>(model_.now()); }

  ServiceModel model_;
  Gatekeeper gate_;
  FaultPlan faults_;
  ServerKnobs knobs_;
  std::array<std::size_t, kCallKinds> calls_{};
  std::size_t unauthorized_ = 0;
};

}  // namespace gild::emulator
