// SPDX-License-Identifier: Apache-2.0
// The service that applies are measured against: a fleet's desktops in the service model, and the time that is spent in
// it kept apart from gild's own.
#pragma once

#include "bench/fleet.hpp"
#include "engine/seams/observer.hpp"
#include "engine/simulation/service_model.hpp"
#include "engine/simulation/simulated_clock.hpp"
#include "engine/simulation/simulated_cloud.hpp"

namespace gild::bench {

class SilentObserver : public Observer {
 public:
  void on(const Event&) noexcept override {}
};

// How long one desktop's rebuild takes.
struct JobTimes {
  Duration least{0};
  Duration most{0};
};

// The service as the fleet's state describes it.
ServiceModel model_of(const Fleet& fleet, const JobTimes& jobs);

// CPU time of this process so far, in seconds.
double cpu_seconds();

// A cloud that says how much CPU time went by in the service model and not in gild.
class TimedCloud : public DesktopCloud, public CloudConnector {
  // First, since its type is that of the call.
  template <class Call>
  auto timed(Call call) {
    const double begin = cpu_seconds();
    auto answer = call();
    seconds_ += cpu_seconds() - begin;
    return answer;
  }

 public:
  explicit TimedCloud(SimulatedCloud& cloud) : cloud_(cloud) {}
  double seconds_in_service() const { return seconds_; }

  DesktopCloud& connect(const Workspace&) override { return *this; }
  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override {
    return timed([&] { return cloud_.read_desktops(ids, stop); });
  }
  Inventory list_desktops(std::stop_token stop) override {
    return timed([&] { return cloud_.list_desktops(stop); });
  }
  SubJobLook list_all_sub_jobs(std::stop_token stop) override {
    return timed([&] { return cloud_.list_all_sub_jobs(stop); });
  }
  SubJobLook list_open_sub_jobs(std::stop_token stop) override {
    return timed([&] { return cloud_.list_open_sub_jobs(stop); });
  }
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override {
    return timed([&] { return cloud_.list_sub_jobs_of(job, stop); });
  }
  JobSummary read_job(const JobId& job, std::stop_token stop) override {
    return timed([&] { return cloud_.read_job(job, stop); });
  }
  void await_submission(std::stop_token stop) override { cloud_.await_submission(stop); }
  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override {
    return timed([&] { return cloud_.submit_rebuild(request, still_wanted); });
  }

 private:
  SimulatedCloud& cloud_;
  double seconds_ = 0;
};

}  // namespace gild::bench
