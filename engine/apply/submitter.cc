// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/submitter.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "engine/apply/admission.hpp"
#include "engine/apply/job_tracker.hpp"
#include "engine/apply/retry.hpp"

namespace gild {
namespace {

// Enough for any answer to a request of 100 desktops, with its refusals one by one.
constexpr std::size_t kRoomForAnswer = 262'144;
// Looks that cannot be read completely or in time, in a row, before the run gives up: nothing is sent on half a list.
constexpr int kMaxUnreadableLooks = 20;
// A desktop's read is believed for that long, and a request goes out within it.
constexpr Duration kReadIsFresh = std::chrono::minutes{1};
// Requests that could not be recorded within it, in a row, before the run gives up.
constexpr int kMaxLateIntents = 10;

std::string error_text(const ServiceError& error) {
  std::string text = failure_text(error.code, error.message);
  if (error.status != 0) text = fmt::format("HTTP {}: {}", error.status, text);
  if (!error.request_id.empty()) text += fmt::format(" (request id {})", error.request_id);
  return text;
}

std::vector<DesktopId> ids_of(const std::vector<IntendedDesktop>& desktops) {
  std::vector<DesktopId> ids;
  ids.reserve(desktops.size());
  for (const IntendedDesktop& desktop : desktops) ids.push_back(desktop.id);
  return ids;
}

// Those of the request that the answer names.
std::vector<DesktopId> named_of(const PendingBatch& batch, const std::vector<DesktopId>& in_answer) {
  std::vector<DesktopId> named;
  for (const DesktopId& id : batch.desktops) {
    if (std::find(in_answer.begin(), in_answer.end(), id) != in_answer.end()) named.push_back(id);
  }
  return named;
}

void remove(PendingBatch& batch, const std::vector<DesktopId>& ids) {
  std::erase_if(batch.desktops,
                [&](const DesktopId& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); });
}

}  // namespace

// The jitter differs from plan to plan, so that several runs that were refused together do not come back together.
Submitter::Submitter(const Plan& plan, const ApplyDeps& deps, Tally& tally, std::function<bool()> may_send)
    : plan_(plan),
      deps_(deps),
      tally_(tally),
      may_send_(std::move(may_send)),
      random_(static_cast<std::minstd_rand::result_type>(
          std::hash<std::string>{}(plan.manifest_digest + std::to_string(plan.basis.serial)))) {
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

// 1. Read. What may take long comes first: a place for the request, and once a run the full look. The list of what runs
// now serves all batches for poll_seconds; it comes last, so that it is no older than that when the request goes out.
std::optional<Submitter::Reads> Submitter::read(const PendingBatch& batch, WorkspaceSession& session,
                                                std::stop_token stop) {
  session.await_submission(stop);
  session.full_look(stop);
  const Moment begun(deps_.clock);
  Inventory inventory = session.desktops(batch.desktops, stop);
  const SubJobLook* open_look = session.open_look(stop);
  const Workspace& workspace = session.workspace();
  int& unreadable = unreadable_looks_[workspace.name];
  if (open_look != nullptr && begun.age(deps_.clock) <= std::max(kReadIsFresh, workspace.poll)) {
    unreadable = 0;
    Reads reads{std::move(inventory), {}, Moment(deps_.clock)};
    for (const SubJob& sub_job : open_look->sub_jobs) reads.open.insert_or_assign(sub_job.desktop_id, sub_job);
    return reads;
  }
  session.not_before = deps_.clock.instant() + workspace.poll;
  if (++unreadable > kMaxUnreadableLooks) {
    throw Error(ErrorKind::service, "The list of running rebuilds changes faster than it can be read",
                "Without it nothing is sent: a desktop might be rebuilt by somebody else right now. Run again later.");
  }
  return std::nullopt;
}

Submitter::Survivors Submitter::hold_and_record(GroupRun& group, const WorkspaceSession& session,
                                                const PendingBatch& batch, const Reads& reads) {
  const PlannedGroup& planned = *group.planned;
  for (const auto& [id, live] : reads.inventory.desktops) group.seen_statuses.insert(live.status);

  static const std::set<std::string> kNone;
  const RolloutGroup* rollout = deps_.journal.state().open_rollout_of(planned.name);
  Survivors survivors;
  std::map<std::pair<HoldReason, std::string>, std::vector<DesktopId>> held;
  std::map<std::string, std::vector<RecordedDesktop>> right;
  for (const DesktopId& id : batch.desktops) {
    const auto live = reads.inventory.desktops.find(id);
    const auto open_sub_job = reads.open.find(id);
    const PlannedDesktop& desktop = *planned_.at({planned.workspace, id});
    const LiveDesktop* shown = live == reads.inventory.desktops.end() ? nullptr : &live->second;
    const Admission admission =
        admit({desktop.from, planned.target, deps_.journal.state().find(planned.workspace, id), shown,
               open_sub_job == reads.open.end() ? nullptr : &open_sub_job->second, session.sub_jobs_in_full_look(id),
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

// 2. Intend. Returns the intent's number.
std::int64_t Submitter::intend(const GroupRun& group, const WorkspaceSession& session, const PendingBatch& batch,
                               const Survivors& survivors) {
  const PlannedGroup& planned = *group.planned;
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
  return intent;
}

// What is not sent can be sent again; but a store in which each record takes that long is none to go on with.
void Submitter::come_back_later(WorkspaceSession& session) {
  const Workspace& workspace = session.workspace();
  if (++late_intents_[workspace.name] > kMaxLateIntents) {
    throw Error(ErrorKind::storage,
                fmt::format("A request takes longer than {} to record, {} times in a row",
                            describe_duration(kReadIsFresh), kMaxLateIntents),
                "What was read of the desktops is too old by then, so nothing was sent for it. Look at the state's "
                "store, or at what reads the events of this run, then run again.");
  }
  session.not_before = deps_.clock.instant() + workspace.poll;
}

// The request was not sent after all.
void Submitter::withdraw(GroupRun& group, PendingBatch batch, std::int64_t intent, std::string why) {
  deps_.journal.append(NotExecuted{intent, {0, {}, std::move(why), {}}});
  deps_.journal.sync();
  group.queue.push_front(std::move(batch));
}

bool Submitter::submit_front(GroupRun& group, WorkspaceSession& session, const Room& room, std::stop_token stop) {
  const std::optional<Reads> reads = read(group.queue.front(), session, stop);
  if (!reads) return false;

  PendingBatch batch = std::move(group.queue.front());
  group.queue.pop_front();
  Survivors survivors = hold_and_record(group, session, batch, *reads);
  if (survivors.desktops.empty()) {
    deps_.journal.sync();
    return true;
  }
  if (survivors.desktops.size() > room.desktops) {
    PendingBatch rest{batch.id, batch.options, {}};
    for (std::size_t i = room.desktops; i < survivors.desktops.size(); ++i)
      rest.desktops.push_back(survivors.desktops[i].id);
    survivors.desktops.resize(room.desktops);
    group.queue.push_front(std::move(rest));
  }
  batch.desktops = ids_of(survivors.desktops);
  if (stop.stop_requested()) {
    group.queue.push_front(std::move(batch));
    throw Interrupted{};
  }

  if (!may_send_()) {
    group.queue.push_front(std::move(batch));
    deps_.journal.sync();
    return false;
  }

  // Before the claim: where this finds the connection to the store lost and makes it anew, a claim would be gone.
  if (!deps_.journal.reserve(kRoomForAnswer)) {
    throw Error(ErrorKind::storage, "The disk has no room to record the service's answer, so nothing was sent",
                "Make room beside the state file and run again.");
  }
  // Other runs may have sent while we read. From here until our intent is recorded they cannot.
  deps_.journal.claim(group.planned->workspace);
  const std::size_t elsewhere = deps_.journal.under_way_elsewhere(group.planned->workspace);
  const bool too_old = reads->at.age(deps_.clock) > kReadIsFresh;  // others took their turn first
  if (too_old || (elsewhere > room.elsewhere && batch.desktops.size() + (elsewhere - room.elsewhere) > room.desktops)) {
    group.queue.push_front(std::move(batch));
    deps_.journal.sync();
    if (too_old) {
      come_back_later(session);
    } else {
      session.not_before = deps_.clock.instant() + session.workspace().poll;
    }
    return false;
  }
  const std::int64_t intent = intend(group, session, batch, survivors);
  if (stop.stop_requested()) {
    withdraw(group, std::move(batch), intent, "interrupted before the request was sent");
    throw Interrupted{};
  }
  // Telling of it comes before the last look at the clock: whoever reads that may keep us waiting.
  deps_.observer.on(event::RequestSending{group.planned->name, batch.id, intent, batch.desktops});
  // A machine that was suspended in between, or a store that took long: meanwhile somebody else may have taken over the
  // lock and this intent with it, and found out that it was never sent.
  if (reads->at.age(deps_.clock) > kReadIsFresh) {
    const std::string why = "recording the intent took too long, so the request was not sent";
    const BatchId id = batch.id;
    withdraw(group, std::move(batch), intent, why);
    come_back_later(session);
    deps_.observer.on(event::RequestNotExecuted{group.planned->name, id, {0, {}, why, {}}, session.workspace().poll});
    return false;
  }
  late_intents_.erase(session.workspace().name);

  // 3. Request, once. 4. Record.
  ++requests_;
  const StillWanted still_wanted = [this, at = reads->at] {
    return at.age(deps_.clock) <= kReadIsFresh && may_send_();
  };
  const Submission submission =
      session.submit({batch.desktops, group.planned->target.image, batch.options}, still_wanted);
  Sent sent{group, session, std::move(batch), intent, std::move(survivors.live_status), std::move(stop)};
  return std::visit([&](const auto& answer) { return take_answer(sent, answer); }, submission);
}

// A job that was there before the request cannot be what it set off: something in between has repeated an old answer.
// Taken for ours, the other request's desktops would be followed twice and these not at all.
bool Submitter::is_of_another_request(const WorkspaceSession& session, const JobId& job) const {
  const auto& jobs = deps_.journal.state().jobs;
  return session.knows_job(job) || std::any_of(jobs.begin(), jobs.end(), [&](const auto& open) {
           return open.second.id == job && open.second.workspace == session.workspace().name;
         });
}

bool Submitter::take_answer(Sent& sent, const SubmissionAccepted& accepted) {
  if (is_of_another_request(sent.session, accepted.job)) {
    const std::string why = fmt::format("the answer names job {}, which is of another request", accepted.job);
    return take_answer(sent, SubmissionLost{why, {200, {}, why, accepted.request_id}});
  }
  sent.session.note_job(accepted.job);
  const std::optional<Time> time = accepted.service_time ? accepted.service_time : sent.session.service_time();
  deps_.journal.append(Accepted{sent.intent, accepted.job, accepted.request_id, time});
  deps_.journal.sync();
  const Workspace& workspace = sent.session.workspace();
  backoff_.erase(workspace.name);
  sent.session.next_follow = std::max(sent.session.next_follow, deps_.clock.instant() + workspace.poll);
  deps_.observer.on(event::RequestAccepted{sent.group.planned->name, sent.batch.id, accepted.job, accepted.request_id,
                                           sent.batch.desktops.size()});
  return true;
}

bool Submitter::take_answer(Sent& sent, const SubmissionRefused& refused) {
  deps_.journal.append(Refused{sent.intent, refused.error});
  deps_.journal.sync();
  backoff_.erase(sent.session.workspace().name);
  deps_.observer.on(event::RequestRefused{sent.group.planned->name, sent.batch.id, refused.error, refused.named});
  const std::vector<DesktopId> named = named_of(sent.batch, refused.named);
  if (named.empty()) {
    count_refused(sent.group, sent.batch.desktops, refused.error);
    deps_.journal.sync();
    return true;
  }
  remove(sent.batch, named);
  if (!sent.batch.desktops.empty()) sent.group.queue.push_front(sent.batch);
  const Inventory now = sent.session.desktops(named, sent.stop);
  std::vector<DesktopId> gone;
  std::vector<DesktopId> still_there;
  for (const DesktopId& id : named) (now.desktops.contains(id) ? still_there : gone).push_back(id);
  if (!gone.empty()) {
    hold(sent.group, sent.batch.id, HoldReason::gone, gone, "the service refused it and no longer shows it", 0);
  }
  count_refused(sent.group, still_there, refused.error);
  deps_.journal.sync();
  return true;
}

bool Submitter::take_answer(Sent& sent, const SubmissionConflict& conflict) {
  const GroupName& group = sent.group.planned->name;
  backoff_.erase(sent.session.workspace().name);
  const std::vector<DesktopId> named = named_of(sent.batch, conflict.named);
  const std::string why = error_text(conflict.error);
  if (!named.empty()) {
    hold(sent.group, sent.batch.id, HoldReason::conflict, named, why, sent.intent);
    if (sent.group.seen_statuses.size() > 1) {
      for (const DesktopId& id : named) deps_.journal.append(Conflicted{group, sent.live_status.at(id)});
    }
  }
  remove(sent.batch, named);
  if (!sent.batch.desktops.empty()) {
    deps_.journal.append(Lost{
        sent.intent, fmt::format("{}; the other desktops of the request may have been rebuilt", why), conflict.error});
  }
  deps_.journal.sync();
  sent.session.next_settle = deps_.clock.instant();
  if (!sent.batch.desktops.empty()) {
    deps_.observer.on(event::RequestLost{group, sent.batch.id, why, sent.batch.desktops});
  }
  return true;
}

bool Submitter::take_answer(Sent& sent, const SubmissionLost& lost) {
  deps_.journal.append(Lost{sent.intent, lost.why, lost.error});
  deps_.journal.sync();
  backoff_.erase(sent.session.workspace().name);
  sent.session.next_settle = deps_.clock.instant();
  deps_.observer.on(event::RequestLost{sent.group.planned->name, sent.batch.id, lost.why, sent.batch.desktops});
  return true;
}

bool Submitter::take_answer(Sent& sent, const SubmissionNotExecuted& not_executed) {
  using Cause = SubmissionNotExecuted::Cause;
  deps_.journal.append(NotExecuted{sent.intent, not_executed.error});
  deps_.journal.sync();
  sent.group.queue.push_front(sent.batch);
  if (not_executed.error.status == 0) --requests_;  // without an answer it never left this machine
  const std::string text = error_text(not_executed.error);
  if (not_executed.cause == Cause::certificate) {
    throw Error(
        ErrorKind::service, fmt::format("The service's certificate does not verify: {}", text),
        "Nothing of this batch was executed; what was sent before goes on. Check the clock of this machine. If a "
        "gateway of your own signs certificates here, name its CA bundle in GILD_CA_FILE. Then run again.");
  }
  Backoff& backoff = backoff_[sent.session.workspace().name];
  const Instant now = deps_.clock.instant();
  if (backoff.attempts++ == 0) backoff.since = now;
  if (not_executed.cause == Cause::unauthorized) {
    if (std::exchange(backoff.unauthorized, true)) {
      throw Error(ErrorKind::service, fmt::format("The service refuses the credentials: {}", text),
                  "Nothing of this batch was executed. Check the credentials in the environment, then run again.");
    }
    return true;  // once more at once, with a new token or signature
  }
  const Duration wait = wait_before_retry(backoff.attempts, not_executed.wait, random_);
  if (now + wait - backoff.since > kGiveUpAfter) {
    throw Error(
        ErrorKind::service,
        not_executed.wait && *not_executed.wait > kGiveUpAfter
            ? fmt::format("The service asks to wait {}, too long for one run: {}",
                          describe_duration(*not_executed.wait), text)
            : fmt::format("The service has not taken a request for {}: {}", describe_duration(kGiveUpAfter), text),
        "What was not sent is still waiting. Run again later.");
  }
  sent.session.not_before = now + wait;
  deps_.observer.on(event::RequestNotExecuted{sent.group.planned->name, sent.batch.id, not_executed.error, wait});
  return false;
}

}  // namespace gild
