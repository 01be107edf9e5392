// SPDX-License-Identifier: Apache-2.0
// DesktopCloud over the service model: answers as the real client would report them, with a script of faults. Every
// call takes a little simulated time. Several clouds may stand over one model (a run that crashed and the one that
// follows).
//
//     ServiceModel model;
//     const auto ids = add_fleet(model, 3, "img-1");
//     SimulatedClock clock;
//     SimulatedCloud cloud(model, clock);
//     cloud.lose_answer_of_submission(1, Executed::yes);
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/seams/desktop_cloud.hpp"
#include "engine/simulation/crash_point.hpp"
#include "engine/simulation/faults.hpp"
#include "engine/simulation/service_model.hpp"
#include "engine/simulation/simulated_clock.hpp"

namespace gild {

enum class Executed { no, yes };

class SimulatedCloud : public DesktopCloud, public CloudConnector {
 public:
  SimulatedCloud(ServiceModel& model, SimulatedClock& clock) : model_(model), clock_(clock) {}

  // --- CloudConnector: this cloud for every Workspace, but for those that have one of their own ----------------------
  DesktopCloud& connect(const Workspace& workspace) override;
  void add_workspace(const WorkspaceName& name, SimulatedCloud& cloud) { others_.emplace(name, &cloud); }

  // --- DesktopCloud --------------------------------------------------------------------------------------------------
  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override;
  Inventory list_desktops(std::stop_token stop) override;
  SubJobLook list_all_sub_jobs(std::stop_token stop) override;
  SubJobLook list_open_sub_jobs(std::stop_token stop) override;
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override;
  JobSummary read_job(const JobId& job, std::stop_token stop) override;
  void await_submission(std::stop_token stop) override;
  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override;

  // --- The script: submissions are counted from 1 over the life of the cloud -----------------------------------------
  void lose_answer_of_submission(std::size_t nth, Executed executed, std::size_t count = 1);
  // An error answer of the service. With Executed::yes it lies: the request was carried out (5xx only).
  void answer_submission(std::size_t nth, int status, std::string code, std::string message,
                         Executed executed = Executed::no, std::size_t count = 1);
  void throttle_submission(std::size_t nth, std::optional<Duration> wait = {}, std::size_t count = 1);
  void expire_token_at_submission(std::size_t nth, std::size_t count = 1);
  void cut_connection_before_submission(std::size_t nth, std::size_t count = 1);
  void reject_certificate_at_submission(std::size_t nth);
  // Carried out, but what arrives is the answer to the accepted request before it, as a cache in between would have it.
  void repeat_answer_at_submission(std::size_t nth) { repeat_answer_at_.insert(nth); }
  // 409 for this desktop, in whatever status.
  void conflict_on(const DesktopId& id) { model_.deny_rebuild_of(id); }
  // Reads that fail until the client gives up: each call number of this kind throws Error(service).
  void fail_read(CallKind kind, std::size_t nth, std::size_t count = 1);
  FaultPlan& faults() { return faults_; }

  // Calls `what` when that much time has gone by on the clock, with the model brought up to that moment.
  void at(Duration elapsed, std::function<void(ServiceModel&)> what);
  void set_call_duration(Duration each) { call_duration_ = each; }
  // How many sub-jobs a page holds, and the greatest offset that paging may ask for.
  void set_sub_job_page(std::int64_t limit) { sub_job_page_ = limit; }
  void set_greatest_offset(std::int64_t offset) { greatest_offset_ = offset; }
  void hide_service_time(bool hidden = true) { service_time_hidden_ = hidden; }  // answers without a Date
  // From here on a request without a place asked for by await_submission() is not sent, as in the real client where
  // requests_per_minute leave none.
  void demand_places() { places_demanded_ = true; }
  void set_crash_point(CrashPoint* crash) { crash_ = crash; }

  // --- What was asked ------------------------------------------------------------------------------------------------
  std::size_t submissions() const { return faults_.calls(CallKind::rebuild); }
  bool submitting() const { return submitting_; }  // inside submit_rebuild(), for what a crash point calls
  std::size_t calls(CallKind kind) const { return faults_.calls(kind); }
  // Looks at the service: how often one of the list_… and read_… functions was called.
  std::size_t reads() const { return reads_; }

 private:
  void call();  // time goes by, the model follows
  void begin_read(CallKind kind, std::stop_token stop);
  std::optional<Time> service_time() const;
  SubJobLook look(const SubJobQuery& query, std::stop_token stop);
  void add_submission_fault(std::size_t nth, std::size_t count, Fault fault);
  Submission faulty_submission(const RebuildRequest& request, const Fault& fault);

  ServiceModel& model_;
  SimulatedClock& clock_;
  FaultPlan faults_;
  std::map<WorkspaceName, SimulatedCloud*> others_;
  Duration call_duration_{50};
  std::int64_t sub_job_page_ = 1000;
  std::int64_t greatest_offset_ = 10'000;  // W 2.1
  bool service_time_hidden_ = false;
  CrashPoint* crash_ = nullptr;
  std::size_t reads_ = 0;
  std::size_t submitted_ = 0;
  std::set<std::size_t> repeat_answer_at_;
  std::optional<SubmissionAccepted> last_accepted_;
  bool submitting_ = false;
  bool places_demanded_ = false;
  bool has_place_ = false;
};

// Adds the private image `image` and `count` idle desktops on it; ids are UUID-shaped and the same in every run.
std::vector<DesktopId> add_fleet(ServiceModel& model, std::size_t count, const std::string& image,
                                 const std::string& prefix = "desk");
void add_private_image(ServiceModel& model, const std::string& image);

}  // namespace gild
