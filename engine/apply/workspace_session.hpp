// SPDX-License-Identifier: Apache-2.0
// What one run knows of one Workspace: the connection, the looks it has made, and when the next one is due.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/inventory.hpp"
#include "engine/model/workspace.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"

namespace gild {

class WorkspaceSession {
 public:
  WorkspaceSession(Workspace workspace, CloudConnector& clouds, Clock& clock);

  const Workspace& workspace() const { return workspace_; }

  // The newest `Date` of any answer; nullopt: none had one.
  std::optional<Time> service_time() const { return service_time_; }
  // The service's clock where it is known, else ours: for what people read, and for time-outs, which prove nothing.
  Time service_time_or_ours() const { return service_time_.value_or(clock_.now()); }

  // Rebuild sub-jobs in every status; made once, at the first question.
  const SubJobLook& full_look(std::stop_token stop);
  // Made anew: for settling, and for the news of many jobs in few calls.
  const SubJobLook& new_full_look(std::stop_token stop);
  // How many calls a full look takes, judged by the last one (the most there can be, where none was made); nullopt: the
  // last one was not complete.
  std::optional<std::size_t> calls_of_full_look() const;
  // Was everything seen before the first request of this run?
  bool first_full_look_complete() const { return first_look_complete_; }
  // Those that wait or run, no older than poll_seconds; from the full look where that is fresh. nullptr: they could not
  // be read completely this time.
  const SubJobLook* open_look(std::stop_token stop);
  SubJobLook sub_jobs_of(const JobId& job, std::stop_token stop);
  JobSummary job(const JobId& id, std::stop_token stop);
  Inventory desktops(const std::vector<DesktopId>& ids, std::stop_token stop);
  void await_submission(std::stop_token stop) { cloud().await_submission(std::move(stop)); }
  Submission submit(const RebuildRequest& request, const StillWanted& still_wanted) {
    return cloud().submit_rebuild(request, still_wanted);
  }

  // Every sub-job id that any look of this run has shown for the desktop.
  std::vector<SubJobId> seen_sub_jobs(const DesktopId& id) const;
  // Was this job there before: in a look of this run, or asked for as one of ours?
  bool knows_job(const JobId& job) const { return known_jobs_.contains(job); }
  void note_job(const JobId& job) { known_jobs_.insert(job); }
  // What the full look showed for the desktop.
  std::vector<const SubJob*> sub_jobs_in_full_look(const DesktopId& id) const;

  Instant next_follow{};                     // next poll of open jobs
  Instant next_settle{};                     // next look for lost answers
  Instant not_before{};                      // no request before this: the service asked for a pause
  std::map<JobId, std::size_t> open_counts;  // open sub-jobs of a job at the last list

 private:
  DesktopCloud& cloud();
  void note(const SubJobLook& look);

  Workspace workspace_;
  CloudConnector& clouds_;
  Clock& clock_;
  DesktopCloud* cloud_ = nullptr;
  std::optional<SubJobLook> full_look_;
  std::map<DesktopId, std::vector<std::size_t>> full_index_;
  bool first_look_made_ = false;
  bool first_look_complete_ = false;
  std::optional<SubJobLook> open_look_;
  Instant open_look_at_{};
  std::map<DesktopId, std::set<SubJobId>> seen_;
  std::set<JobId> known_jobs_;
  std::optional<Time> service_time_;
};

}  // namespace gild
