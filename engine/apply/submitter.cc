// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/submitter.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/apply/admission.hpp"
#include "engine/apply/job_tracker.hpp"
#include "engine/apply/retry.hpp"

namespace gild {
namespace {

// Enough for any answer to a request of 100 desktops, with its refusals one by one.
constexpr std::size_t kRoomForAnswer = 256 * 1024;
// Looks that cannot be read completely, in a row, before the run gives up: nothing is sent on half a list.
constexpr int kMaxUnreadableLooks = 20;

std::string error_text(const ServiceError& error) {
  std::string text = failure_text(error.code, error.message);
  if (error.status != 0) text = fmt::format("HTTP {}: {}", error.status, text);
  if (!error.request_id.empty()) text += fmt::format(" (request id {})", error.request_id);
  return text;
}

std::vector<DesktopId> ids_of(const std::vector<IntendedDesktop>& desktops) {
  std::vector<DesktopId> ids;
  for (const IntendedDesktop& desktop : desktops) ids.push_back(desktop.id);
  return ids;
}

bool contains(const std::vector<DesktopId>& ids, const DesktopId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Submitter::Submitter(const Plan& plan, const ApplyDeps& deps, Tally& tally) : plan_(plan), deps_(deps), tally_(tally) {
  for (const PlannedDesktop& desktop : plan_.desktops) planned_[{desktop.workspace, desktop.id}] = &desktop;
}

void Submitter::hold(const GroupRun& group, const BatchId& batch, HoldReason reason, const std::vector<DesktopId>& ids,
                     const std::string& detail, std::int64_t intent) {
  deps_.journal.append(Held{intent, group.planned->workspace, group.planned->name, reason, ids, detail});
  for (const DesktopId& id : ids) tally_.held({group.planned->workspace, id}, reason, detail);
  deps_.observer.on(event::DesktopsHeld{group.planned->name, batch, reason, ids, detail});
}

void Submitter::count_refused(const GroupRun& group, const std::vector<DesktopId>& ids, const ServiceError& error) {
  if (ids.empty()) return;
  Finished finished{group.planned->workspace,         group.planned->name, std::nullopt, 0, group.planned->target, {},
                    "the service refused the request"};
  const std::string reason = error_text(error);
  for (const DesktopId& id : ids) {
    finished.desktops.push_back({id, Outcome::refused, reason});
    tally_.refused({group.planned->workspace, id}, reason);
  }
  deps_.journal.append(finished);
  for (const DesktopId& id : ids) {
    deps_.observer.on(event::DesktopFinished{group.planned->name, id, Outcome::refused, reason, std::nullopt});
  }
}

Submitter::Survivors Submitter::read_and_hold(GroupRun& group, WorkspaceSession& session, const PendingBatch& batch,
                                              const SubJobLook& open_look, std::stop_token stop) {
  const PlannedGroup& planned = *group.planned;
  const Inventory inventory = session.desktops(batch.desktops, stop);
  std::map<DesktopId, const SubJob*> open;
  for (const SubJob& sub_job : open_look.sub_jobs) open[sub_job.desktop_id] = &sub_job;
  for (const auto& [id, live] : inventory.desktops) group.seen_statuses.insert(live.status);

  static const std::set<std::string> kNone;
  const RolloutGroup* rollout = deps_.journal.state().open_rollout_of(planned.name);
  Survivors survivors;
  std::map<std::pair<HoldReason, std::string>, std::vector<DesktopId>> held;
  std::map<std::string, std::vector<RecordedDesktop>> right;
  for (const DesktopId& id : batch.desktops) {
    const auto live = inventory.desktops.find(id);
    const auto open_sub_job = open.find(id);
    const PlannedDesktop& desktop = *planned_.at({planned.workspace, id});
    const LiveDesktop* shown = live == inventory.desktops.end() ? nullptr : &live->second;
    const Admission admission =
        admit({desktop.from, planned.target, deps_.journal.state().find(planned.workspace, id), shown,
               open_sub_job == open.end() ? nullptr : open_sub_job->second, session.sub_jobs_in_full_look(id),
               planned.sessions, rollout != nullptr ? rollout->conflict_statuses : kNone});
    std::optional<std::string> name = desktop.name;
    if (!name && shown != nullptr && !shown->name.empty()) name = shown->name;
    if (const auto* admitted = std::get_if<Admit>(&admission)) {
      survivors.desktops.push_back({id, name, admitted->from});
      survivors.live_status[id] = shown->status;
    } else if (const auto* hold = std::get_if<Hold>(&admission)) {
      held[{hold->reason, hold->detail}].push_back(id);
    } else {
      right[std::get<AlreadyRight>(admission).evidence].push_back({id, name});
    }
  }
  for (const auto& [why, ids] : held) this->hold(group, batch.id, why.first, ids, why.second, 0);
  for (const auto& [evidence, desktops] : right) {
    deps_.journal.append(Recorded{planned.workspace, planned.name, planned.target, desktops, evidence});
    std::vector<DesktopId> ids;
    for (const RecordedDesktop& desktop : desktops) {
      ids.push_back(desktop.id);
      tally_.already_right({planned.workspace, desktop.id});
    }
    deps_.observer.on(event::DesktopsRecorded{planned.name, batch.id, ids});
  }
  return survivors;
}

bool Submitter::submit_front(GroupRun& group, WorkspaceSession& session, std::size_t room, std::stop_token stop) {
  const PlannedGroup& planned = *group.planned;
  // 1. Read. The full look comes first, once a run; then one list of what runs now serves for poll_seconds.
  session.full_look(stop);
  const SubJobLook* open_look = session.open_look(stop);
  if (open_look == nullptr) {
    session.not_before = deps_.clock.instant() + session.workspace().poll;
    if (++unreadable_looks_[planned.workspace] > kMaxUnreadableLooks) {
      throw Error(
          ErrorKind::service, "The list of running rebuilds changes faster than it can be read",
          "Without it nothing is sent: a desktop might be rebuilt by somebody else right now. Run again later.");
    }
    return false;
  }
  unreadable_looks_[planned.workspace] = 0;

  PendingBatch batch = std::move(group.queue.front());
  group.queue.pop_front();
  Survivors survivors;
  try {
    survivors = read_and_hold(group, session, batch, *open_look, stop);
  } catch (...) {
    group.queue.push_front(std::move(batch));  // nothing was sent: they are still waiting
    throw;
  }
  if (survivors.desktops.empty()) {
    deps_.journal.sync();
    return true;
  }
  if (survivors.desktops.size() > room) {
    PendingBatch rest{batch.id, batch.options, {}};
    for (std::size_t i = room; i < survivors.desktops.size(); ++i) rest.desktops.push_back(survivors.desktops[i].id);
    survivors.desktops.resize(room);
    group.queue.push_front(std::move(rest));
  }
  batch.desktops = ids_of(survivors.desktops);
  if (stop.stop_requested()) {
    group.queue.push_front(std::move(batch));
    throw Interrupted{};
  }

  // 2. Intend.
  if (!deps_.journal.reserve(kRoomForAnswer)) {
    throw Error(ErrorKind::storage, "The disk has no room to record the service's answer, so nothing was sent",
                "Make room beside the state file and run again.");
  }
  Intended intended{planned.workspace,
                    planned.name,
                    batch.id,
                    planned.target,
                    batch.options,
                    survivors.desktops,
                    {},
                    session.first_full_look_complete(),
                    session.service_time(),
                    session.workspace().settle};
  for (const DesktopId& id : batch.desktops) {
    for (SubJobId& seen : session.seen_sub_jobs(id)) intended.known_sub_jobs.push_back(std::move(seen));
  }
  const std::int64_t intent = deps_.journal.append(std::move(intended)).serial;
  deps_.journal.sync();
  for (const DesktopId& id : batch.desktops) tally_.sent({planned.workspace, id}, intent);
  if (stop.stop_requested()) {
    deps_.journal.append(NotExecuted{intent, {0, {}, "interrupted before the request was sent", {}}});
    deps_.journal.sync();
    group.queue.push_front(std::move(batch));
    throw Interrupted{};
  }

  // 3. Request, once. 4. Record.
  deps_.observer.on(event::RequestSending{planned.name, batch.id, intent, batch.desktops});
  ++requests_;
  ++group.sent_requests;
  const Submission submission = session.submit({batch.desktops, planned.target.image, batch.options});
  return record_answer(group, session, std::move(batch), intent, survivors, submission, stop);
}

bool Submitter::record_answer(GroupRun& group, WorkspaceSession& session, PendingBatch batch, std::int64_t intent,
                              const Survivors& asked, const Submission& submission, std::stop_token stop) {
  const PlannedGroup& planned = *group.planned;
  Backoff& backoff = backoff_[planned.workspace];

  if (const auto* accepted = std::get_if<SubmissionAccepted>(&submission)) {
    deps_.journal.append(Accepted{intent, accepted->job, accepted->request_id, accepted->service_time});
    deps_.journal.sync();
    backoff = {};
    session.next_follow = std::max(session.next_follow, deps_.clock.instant() + session.workspace().poll);
    deps_.observer.on(
        event::RequestAccepted{planned.name, batch.id, accepted->job, accepted->request_id, batch.desktops.size()});
    return true;
  }

  if (const auto* refused = std::get_if<SubmissionRefused>(&submission)) {
    deps_.journal.append(Refused{intent, refused->error});
    backoff = {};
    deps_.observer.on(event::RequestRefused{planned.name, batch.id, refused->error, refused->named});
    std::vector<DesktopId> named;
    for (const DesktopId& id : refused->named) {
      if (contains(batch.desktops, id)) named.push_back(id);
    }
    if (named.empty()) {
      count_refused(group, batch.desktops, refused->error);
      deps_.journal.sync();
      return true;
    }
    deps_.journal.sync();
    std::erase_if(batch.desktops, [&](const DesktopId& id) { return contains(named, id); });
    if (!batch.desktops.empty()) group.queue.push_front(batch);
    const Inventory now = session.desktops(named, stop);
    std::vector<DesktopId> gone;
    std::vector<DesktopId> still_there;
    for (const DesktopId& id : named) (now.desktops.contains(id) ? still_there : gone).push_back(id);
    if (!gone.empty()) {
      hold(group, batch.id, HoldReason::gone, gone, "the service refused it and no longer shows it", 0);
    }
    count_refused(group, still_there, refused->error);
    deps_.journal.sync();
    return true;
  }

  if (const auto* conflict = std::get_if<SubmissionConflict>(&submission)) {
    std::vector<DesktopId> named;
    for (const DesktopId& id : conflict->named) {
      if (contains(batch.desktops, id)) named.push_back(id);
    }
    backoff = {};
    const std::string why = error_text(conflict->error);
    if (!named.empty()) {
      hold(group, batch.id, HoldReason::conflict, named, why, intent);
      if (group.seen_statuses.size() > 1) {
        for (const DesktopId& id : named) {
          deps_.journal.append(Conflicted{planned.name, asked.live_status.at(id)});
        }
      }
    }
    std::erase_if(batch.desktops, [&](const DesktopId& id) { return contains(named, id); });
    if (!batch.desktops.empty()) {
      deps_.journal.append(Lost{intent, fmt::format("{}; the other desktops of the request may have been rebuilt", why),
                                conflict->error});
    }
    deps_.journal.sync();
    session.next_settle = deps_.clock.instant();
    if (!batch.desktops.empty()) deps_.observer.on(event::RequestLost{planned.name, batch.id, why, batch.desktops});
    return true;
  }

  if (const auto* lost = std::get_if<SubmissionLost>(&submission)) {
    deps_.journal.append(Lost{intent, lost->why, lost->error});
    deps_.journal.sync();
    backoff = {};
    session.next_settle = deps_.clock.instant();
    deps_.observer.on(event::RequestLost{planned.name, batch.id, lost->why, batch.desktops});
    return true;
  }

  const auto& not_executed = std::get<SubmissionNotExecuted>(submission);
  deps_.journal.append(NotExecuted{intent, not_executed.error});
  deps_.journal.sync();
  group.queue.push_front(batch);
  const std::string text = error_text(not_executed.error);
  using Cause = SubmissionNotExecuted::Cause;
  if (not_executed.cause == Cause::certificate) {
    throw Error(ErrorKind::service, fmt::format("The service's certificate does not verify: {}", text),
                "Nothing was sent. GILD_CA_FILE adds a CA bundle.");
  }
  const Instant now = deps_.clock.instant();
  if (backoff.attempts++ == 0) backoff.since = now;
  if (not_executed.cause == Cause::unauthorized) {
    if (std::exchange(backoff.unauthorized, true)) {
      throw Error(ErrorKind::service, fmt::format("The service refuses the credentials: {}", text),
                  "Nothing of this batch was executed. Check the credentials in the environment, then run again.");
    }
    return true;  // once more at once, with a new token or signature
  }
  if (now - backoff.since > kGiveUpAfter) {
    throw Error(ErrorKind::service,
                fmt::format("The service has not taken a request for {}: {}", describe_duration(kGiveUpAfter), text),
                "What was not sent is still waiting. Run again later.");
  }
  const Duration wait = wait_before_retry(backoff.attempts, not_executed.wait, random_);
  session.not_before = now + wait;
  deps_.observer.on(event::RequestNotExecuted{planned.name, batch.id, not_executed.error, wait});
  return false;
}

}  // namespace gild
