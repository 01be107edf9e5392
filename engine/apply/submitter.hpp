// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 4 of contract 7 for one batch: read, intend, request, record. The only code in gild that sends a rebuild.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/apply/applier.hpp"
#include "engine/apply/moment.hpp"
#include "engine/apply/tally.hpp"
#include "engine/apply/workspace_session.hpp"

namespace gild {

// Desktops of one request that is still to be sent.
struct PendingBatch {
  BatchId id;
  RebuildOptions options;
  std::vector<DesktopId> desktops;
};

// A group's part of the run.
struct GroupRun {
  const PlannedGroup* planned = nullptr;
  std::deque<PendingBatch> queue;
  std::set<std::string> seen_statuses;  // live statuses of its desktops, as far as they were read
};

// What may go under way now.
struct Room {
  std::size_t desktops = 0;
  std::size_t elsewhere = 0;  // under way in other runs when that was worked out
};

class Submitter {
 public:
  // `may_send` is asked when a request is about to be recorded and again before its first byte: reading the desktops
  // and waiting for a place among the requests take their time.
  Submitter(const Plan& plan, const ApplyDeps& deps, Tally& tally, std::function<bool()> may_send);

  // Tries the front batch of the group, naming at most `room` desktops (all of it where `room` suffices). Takes from
  // the queue what was sent, held or recorded; puts back what is to go again. Returns false where nothing moved: the
  // service asked for a pause, or what it shows could not be read in time. Throws Error where the run cannot go on.
  bool submit_front(GroupRun& group, WorkspaceSession& session, const Room& room, std::stop_token stop);

  std::size_t requests() const { return requests_; }

 private:
  struct Reads {
    Inventory inventory;
    std::map<DesktopId, SubJob> open;  // rebuilds that wait or run, by desktop
    Moment at;
  };
  struct Survivors {
    std::vector<IntendedDesktop> desktops;
    std::map<DesktopId, std::string> live_status;
  };
  // A request that was sent.
  struct Sent {
    GroupRun& group;
    WorkspaceSession& session;
    PendingBatch batch;  // what it named
    std::int64_t intent = 0;
    std::map<DesktopId, std::string> live_status;
    std::stop_token stop;
  };

  std::optional<Reads> read(const PendingBatch& batch, WorkspaceSession& session, std::stop_token stop);
  Survivors hold_and_record(GroupRun& group, const WorkspaceSession& session, const PendingBatch& batch,
                            const Reads& reads);
  std::int64_t intend(const GroupRun& group, const WorkspaceSession& session, const PendingBatch& batch,
                      const Survivors& survivors);
  bool is_of_another_request(const WorkspaceSession& session, const JobId& job) const;
  void withdraw(GroupRun& group, PendingBatch batch, std::int64_t intent, std::string why);
  void come_back_later(WorkspaceSession& session);
  // Step 4, one for each kind of answer. False: the service asked for a pause.
  bool take_answer(Sent& sent, const SubmissionAccepted& accepted);
  bool take_answer(Sent& sent, const SubmissionRefused& refused);
  bool take_answer(Sent& sent, const SubmissionConflict& conflict);
  bool take_answer(Sent& sent, const SubmissionNotExecuted& not_executed);
  bool take_answer(Sent& sent, const SubmissionLost& lost);
  void hold(const GroupRun& group, const BatchId& batch, HoldReason reason, const std::vector<DesktopId>& ids,
            const std::string& detail, std::int64_t intent);
  void count_refused(const GroupRun& group, const std::vector<DesktopId>& ids, const ServiceError& error);

  // Not-executed answers in a row.
  struct Backoff {
    int attempts = 0;
    bool unauthorized = false;
    Instant since{};
  };

  const Plan& plan_;
  ApplyDeps deps_;
  Tally& tally_;
  std::function<bool()> may_send_;
  std::map<DesktopKey, const PlannedDesktop*> planned_;
  std::minstd_rand random_;  // jitter only
  std::size_t requests_ = 0;
  std::map<WorkspaceName, Backoff> backoff_;
  std::map<WorkspaceName, int> unreadable_looks_;
  std::map<WorkspaceName, int> late_intents_;
};

}  // namespace gild
