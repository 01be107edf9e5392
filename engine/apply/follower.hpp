// SPDX-License-Identifier: Apache-2.0
// Follows what is open: polls accepted jobs, verifies desktops, settles lost answers. Never sends anything; apply and
// refresh both stand on it.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <vector>

#include "engine/apply/applier.hpp"
#include "engine/apply/job_tracker.hpp"
#include "engine/apply/settlement.hpp"
#include "engine/apply/workspace_session.hpp"

namespace gild {

// A desktop whose request was proven not to have arrived: apply may ask for it again.
struct ReturnedDesktops {
  GroupName group;
  BatchId batch;
  Target target;
  RebuildOptions options;
  std::vector<DesktopId> desktops;
};

class Follower {
 public:
  // `delays`: today's delay_time per group.
  Follower(const ApplyDeps& deps, SettleRule rule, std::map<GroupName, std::chrono::minutes> delays);

  // An intent without an answer from before this run is a lost answer like any other.
  void mark_crashed_intents(const WorkspaceName& workspace);
  // Once a run: outcomes that came after their desktops were given up as unknown or unhealthy.
  void look_at_given_up(WorkspaceSession& session, std::stop_token stop);
  // Polls, verifies and settles what is due in this Workspace now.
  std::vector<ReturnedDesktops> follow(WorkspaceSession& session, std::stop_token stop);

  bool has_open(const WorkspaceName& workspace) const;
  // How long until the proof for some lost answer can be complete; nullopt: time alone will not do.
  std::optional<std::chrono::seconds> time_to_proof(const WorkspaceSession& session) const;

 private:
  void poll_jobs(WorkspaceSession& session, std::stop_token stop);
  // Takes out those of which one list of all that is open has no news.
  void drop_without_news(WorkspaceSession& session, std::vector<JobId>& running, std::stop_token stop);
  const Job& open_job(const WorkspaceSession& session, const JobId& id) const;
  // What a complete list of everything tells of these jobs.
  void take_all_news(WorkspaceSession& session, const std::vector<JobId>& jobs, const SubJobLook& all,
                     std::stop_token stop);
  std::vector<JobId> running_jobs(const WorkspaceName& workspace) const;
  void take_news(WorkspaceSession& session, const JobId& id, const SubJobLook& look, std::stop_token stop);
  void verify_desktops(WorkspaceSession& session, std::stop_token stop);
  std::vector<ReturnedDesktops> settle_intents(WorkspaceSession& session, std::stop_token stop);
  // Records what the evidence for one intent has come to.
  void take_settlement(WorkspaceSession& session, const Intent& intent, const Settlement& settlement,
                       std::vector<ReturnedDesktops>& returned);
  void finish(Finished finished);
  std::chrono::seconds invisible(const Intent& intent, const Workspace& workspace) const;

  ApplyDeps deps_;
  SettleRule rule_;
  std::map<GroupName, std::chrono::minutes> delays_;
};

}  // namespace gild
