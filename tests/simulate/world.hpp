// SPDX-License-Identifier: Apache-2.0
// Everything outside gild in a simulated rollout: one or two Workspaces, the disk, the clock, and what disturbs them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/emulator/emulated_service.hpp"
#include "engine/simulation/crash_point.hpp"
#include "engine/simulation/service_model.hpp"
#include "engine/simulation/simulated_clock.hpp"
#include "engine/simulation/simulated_cloud.hpp"
#include "engine/simulation/simulated_disk.hpp"
#include "tests/simulate/scenario.hpp"

namespace gild::simulate {

using Fired = std::array<std::uint64_t, kKinds>;

// What happened, line by line; nothing where nobody listens.
class Trace {
 public:
  explicit Trace(bool on = false) : on_(on) {}
  bool on() const { return on_; }
  void at(Duration elapsed, std::string text) {
    if (on_) lines_.push_back(fmt::format("{:>10.1f} s  {}", static_cast<double>(elapsed.count()) / 1000, text));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool on_;
  std::vector<std::string> lines_;
};

// One Workspace project.
struct Site {
  Workspace workspace;
  std::unique_ptr<ServiceModel> own_model;                // Client::model
  std::unique_ptr<emulator::EmulatedService> emulated;    // Client::wire
  std::unique_ptr<SimulatedCloud> cloud;                  // Client::model
  FaultPlan reach;                                        // Client::wire: what keeps a call from reaching the service
  std::vector<std::pair<std::size_t, Kind>> fault_rules;  // index into faults() → what it stands for
  std::vector<std::pair<std::size_t, Kind>> reach_rules;
  std::size_t submissions = 0;
  std::multimap<std::size_t, std::function<void()>> before_submission;
  std::map<std::size_t, Kind> crash_in_submission;  // of this number, counted over all runs
  std::set<std::size_t> repeat_answer_at;
  bool hide_date = false;

  ServiceModel& model() { return emulated ? emulated->model() : *own_model; }
  const ServiceModel& model() const { return emulated ? emulated->model() : *own_model; }
  FaultPlan& faults() { return emulated ? emulated->faults() : cloud->faults(); }
};

class World {
 public:
  // `active`: which of the scenario's disturbances take part.
  World(const Scenario& scenario, const std::vector<bool>& active, Trace& trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Before and after each run of gild while things go wrong.
  void begin_run(std::size_t run);
  // `crashed`: the process did not end by itself. The disk is then as the crash left it.
  void end_run(bool crashed);
  // From here on nothing new goes wrong; what was done stays done.
  void calm_down();

  const Scenario& scenario() const { return scenario_; }
  bool takes_part(Kind kind, std::size_t run) const;
  void fire(Kind kind) { ++fired_[static_cast<std::size_t>(kind)]; }
  // Kinds that show in what the service did are counted here at the end.
  Fired fired();
  bool beyond() const;
  void say(std::string text) { trace.at(clock.elapsed(), std::move(text)); }
  // The service's time follows the clock.
  void follow_clock();

  SimulatedClock clock;
  SimulatedDisk disk;
  CrashPoint crash;
  std::vector<std::unique_ptr<Site>> sites;
  std::vector<DesktopId> fleet;
  std::stop_source stop;
  bool storage_disturbed = false;  // in this run
  Trace& trace;
  // The images: what is there first, what is wanted, and what others put there.
  static const ImageRef kOld, kNew, kNewer, kOther;

 private:
  std::size_t site_of(std::size_t desktop) const;
  void add_fault(Site& site, const Disturbance& d, std::optional<CallKind> on, Fault fault);
  void set_up(const Disturbance& d);
  void set_up_answer(const Disturbance& d);
  void set_up_service(const Disturbance& d);
  void set_up_somebody(const Disturbance& d);
  void at_time(const Disturbance& d, std::function<void(ServiceModel&)> what);
  void before_request(const Disturbance& d, std::function<void(ServiceModel&)> what);
  int disk_fault(std::string_view call, const std::string& path);

  const Scenario& scenario_;
  std::vector<Disturbance> active_;
  Fired fired_{};
  bool calm_ = false;
  std::size_t run_ = 0;
  std::map<std::string, std::size_t, std::less<>> disk_calls_;  // in this run, by name
  std::optional<Left> left_;                                    // what a crash of this run leaves on the disk
};

}  // namespace gild::simulate
