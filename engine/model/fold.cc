// SPDX-License-Identifier: Apache-2.0
#include "engine/model/fold.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/model/by_desktop.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, 10> kHoldReasons{"in_use",       "protected", "excluded", "gone",    "busy",
                                                        "error_status", "frozen",    "pooled",   "drifted", "conflict"};
constexpr std::array<std::string_view, 6> kOutcomes{"ready", "failed", "unhealthy", "unknown", "refused", "overdue"};
constexpr std::array<std::string_view, 3> kResolutions{"ready", "failed", "not-received"};

template <class Enum, std::size_t Size>
std::optional<Enum> from_name(const std::array<std::string_view, Size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// How many looks of an intent are kept: the first two carry the proof of quiet from early on, the last ones the rest.
// What a dropped one had seen of new sub-jobs moves into the next, since it forbids the proof for ever.
constexpr std::size_t kFirstLooks = 2;
constexpr std::size_t kLastLooks = 30;

class Folder {
 public:
  Folder(State& state, const JournalRecord& record, DesktopPlaces* places)
      : state_(state), record_(record), places_(places) {}

  void operator()(const Began&) const {}

  void operator()(const RolloutStarted& started) const {
    std::erase_if(state_.rollouts, [&](const Rollout& old) {
      return std::any_of(started.groups.begin(), started.groups.end(),
                         [&](const RolloutGroup& group) { return old.find(group.name) != nullptr; });
    });
    state_.rollouts.push_back({started.plan_digest, record_.serial, record_.at, started.groups});
  }

  void operator()(const RolloutAcknowledged& acknowledged) const {
    for (const GroupName& name : acknowledged.groups) {
      if (RolloutGroup* group = open_rollout_of(name)) {
        group->failures.clear();
        group->conflict_statuses.clear();
      }
    }
  }

  void operator()(const RolloutClosed& closed) const {
    std::erase_if(state_.rollouts, [&](const Rollout& rollout) { return rollout.plan_digest == closed.plan_digest; });
  }

  void operator()(const Intended& intended) const {
    Intent intent;
    intent.number = record_.serial;
    intent.workspace = intended.workspace;
    intent.group = intended.group;
    intent.batch = intended.batch;
    intent.target = intended.target;
    intent.options = intended.options;
    intent.known_sub_jobs = intended.known_sub_jobs;
    intent.known_complete = intended.known_complete;
    intent.service_time = intended.service_time;
    intent.settle = intended.settle;
    intent.desktops.reserve(intended.desktops.size());
    intent.asked_for.reserve(intended.desktops.size());
    const std::vector<DesktopRecord*> found = find_free(intended);
    DesktopKey key{intended.workspace, {}};
    for (std::size_t i = 0; i < found.size(); ++i) {
      const IntendedDesktop& desktop = intended.desktops[i];
      const bool known = found[i] != nullptr;
      DesktopRecord& entry = known ? *found[i] : entry_of(key, desktop.id);
      intent.desktops.push_back(
          {desktop.id, desktop.from, known, entry.status, entry.target, entry.job_id, entry.intent, entry.reason});
      intent.asked_for.push_back(desktop.id);
      // A failed desktop's image is in doubt, so a read does not overwrite what is recorded of it.
      if (!known || entry.status == DesktopStatus::ready) entry.image = desktop.from;
      entry.group = intended.group;
      if (desktop.name) entry.name = desktop.name;
      entry.status = DesktopStatus::settling;
      entry.target = intended.target;
      entry.intent = record_.serial;
      entry.reason.reset();
      entry.updated_at = record_.at;
    }
    state_.intents.emplace(record_.serial, std::move(intent));
  }

  void operator()(const Accepted& accepted) const {
    Intent& intent = open_intent(accepted.intent);
    Job& job = job_for(accepted.job, intent, accepted.service_time.value_or(record_.at));
    DesktopKey key{intent.workspace, {}};
    job.desktops.reserve(job.desktops.size() + intent.desktops.size());
    for (IntentDesktop& desktop : intent.desktops) {
      DesktopRecord& entry = rebuilding(entry_of(key, desktop.id), job);
      remember_failure(entry, desktop);
      job.desktops.push_back({std::move(desktop.id), std::nullopt, false});
    }
    state_.intents.erase(accepted.intent);
  }

  void operator()(const Refused& refused) const { restore_all(refused.intent); }
  void operator()(const NotExecuted& not_executed) const { restore_all(not_executed.intent); }
  void operator()(const Lost& lost) const { open_intent(lost.intent).lost = lost.why; }

  void operator()(const Looked& looked) const {
    auto& looks = open_intent(looked.intent).looks;
    looks.push_back(looked.look);
    if (looks.size() <= kFirstLooks + kLastLooks) return;
    const Look dropped = looks[kFirstLooks];
    looks.erase(looks.begin() + kFirstLooks);
    for (const Finding& finding : dropped.findings) {
      if (!finding.new_sub_jobs.empty()) keep_sub_jobs(looks[kFirstLooks], finding);
    }
  }

  void operator()(const Adopted& adopted) const {
    Intent& intent = open_intent(adopted.intent);
    if (std::find(intent.adopted_jobs.begin(), intent.adopted_jobs.end(), adopted.job) == intent.adopted_jobs.end()) {
      intent.adopted_jobs.push_back(adopted.job);
    }
    // The job began no later than it was seen, and the look is the only time of the service that we have of it.
    Job& job = job_for(adopted.job, intent, adopted.time);
    ByDesktop<IntentDesktop> open(intent.desktops);
    DesktopKey key{intent.workspace, {}};
    for (const DesktopId& id : adopted.desktops) {
      job.desktops.push_back({id, std::nullopt, false});
      close(open, id, rebuilding(entry_of(key, id), job));
    }
    open.erase_dropped();
    drop_intent_if_done(adopted.intent);
  }

  void operator()(const NotReceived& not_received) const { restore(not_received.intent, not_received.desktops); }

  void operator()(const Verifying& verifying) const {
    Job& job = open_job(verifying.job);
    for (JobDesktop& desktop : job.desktops) {
      const bool named =
          std::find(verifying.desktops.begin(), verifying.desktops.end(), desktop.id) != verifying.desktops.end();
      if (!named || desktop.verifying_since) continue;
      desktop.verifying_since = verifying.time;
      desktop.overdue = false;  // its part of the job has ended
    }
  }

  void operator()(const JobMissed& missed) const {
    Job& job = open_job(missed.job);
    if (!job.vanished_since) job.vanished_since = missed.time;
  }

  void operator()(const Held& held) const {
    if (held.intent == 0) return;
    restore(held.intent, held.desktops);
    for (const DesktopId& id : held.desktops) {
      DesktopRecord& entry = state_.desktops[{held.workspace, id}];
      if (entry.status == DesktopStatus::ready) entry.reason = held.detail;  // else it says why it is not ready
    }
  }

  void operator()(const Conflicted& conflicted) const {
    if (RolloutGroup* group = open_rollout_of(conflicted.group)) {
      group->conflict_statuses.insert(conflicted.live_status);
    }
  }

  void operator()(const Finished& finished) const {
    if (finished.job) close_in_job(finished);
    if (finished.intent != 0) close_in_intent(finished);
    RolloutGroup* rollout = open_rollout_of(finished.group);
    const bool counts = rollout != nullptr && same_target(rollout->target, finished.target);
    const ImageState image = image_state_of(finished.target);
    DesktopKey key{finished.workspace, {}};
    for (const FinishedDesktop& desktop : finished.desktops) {
      DesktopRecord& entry = entry_of(key, desktop.id);
      if (counts) {
        if (desktop.outcome == Outcome::ready) {
          rollout->failures.erase(desktop.id);
        } else {
          rollout->failures.insert(desktop.id);
        }
      }
      if (desktop.outcome == Outcome::refused) continue;  // nothing happened to it
      if (desktop.outcome == Outcome::ready) {
        set_ready(entry, image);
      } else {
        entry.status = status_of(desktop.outcome);
        entry.target = finished.target;
        entry.reason = desktop.reason;
        if (desktop.outcome == Outcome::failed) entry.failed_before.reset();
      }
      // Without a job, what is recorded as the last one is an older one, which says nothing about this outcome.
      entry.job_id = finished.job;
      entry.updated_at = record_.at;
    }
  }

  void operator()(const Recorded& recorded) const {
    RolloutGroup* rollout = open_rollout_of(recorded.group);
    const ImageState image = image_state_of(recorded.target);
    DesktopKey key{recorded.workspace, {}};
    for (const RecordedDesktop& desktop : recorded.desktops) {
      DesktopRecord& entry = entry_of(key, desktop.id);
      entry.group = recorded.group;
      if (desktop.name) entry.name = desktop.name;
      set_ready(entry, image);
      entry.updated_at = record_.at;
      if (rollout != nullptr) rollout->failures.erase(desktop.id);
    }
  }

  void operator()(const Refreshed& refreshed) const {
    DesktopKey key{refreshed.workspace, {}};
    for (const RefreshedDesktop& desktop : refreshed.desktops) {
      const std::size_t before = state_.desktops.size();
      DesktopRecord& entry = entry_of(key, desktop.id);
      const bool known = state_.desktops.size() == before;
      if (desktop.group) entry.group = desktop.group;
      if (desktop.name) entry.name = desktop.name;
      entry.details = desktop.details;
      if (known && entry.status != DesktopStatus::ready) continue;
      if (desktop.image_id && entry.image.image_id != desktop.image_id) {
        // Somebody else put it there: its type and our revision are not known to hold for it.
        if (entry.image.image_id) entry.previous = entry.image;
        entry.image = {desktop.image_id, std::nullopt, desktop.os_type, std::nullopt};
        entry.updated_at = record_.at;
      } else if (!known) {
        entry.updated_at = record_.at;
      }
    }
  }

  void operator()(const Resolved& resolved) const {
    for (const DesktopKey& key : resolved.desktops) {
      const auto found = state_.desktops.find(key);
      if (found == state_.desktops.end()) fail(fmt::format("desktop {} is resolved but not recorded", key.id));
      DesktopRecord& entry = found->second;
      std::optional<IntentDesktop> before = take_from_intents(key);
      take_from_jobs(key);
      switch (resolved.as) {
        case Resolution::ready:
          set_ready(entry, entry.target ? image_state_of(*entry.target) : entry.image);
          if (RolloutGroup* rollout = entry.group ? open_rollout_of(*entry.group) : nullptr) {
            rollout->failures.erase(key.id);
          }
          break;
        case Resolution::failed:
          entry.status = DesktopStatus::failed;
          entry.reason = resolved.reason;
          entry.failed_before.reset();
          break;
        case Resolution::not_received:
          if (before) {
            restore_entry(entry, *before);
          } else {
            take_back(entry);
          }
          break;
      }
      entry.updated_at = record_.at;
    }
  }

  void operator()(const Regrouped& regrouped) const {
    for (const DesktopKey& key : regrouped.desktops) {
      const auto found = state_.desktops.find(key);
      if (found == state_.desktops.end()) fail(fmt::format("desktop {} is moved and not recorded", key.id));
      if (is_open(key, found->second))
        fail(fmt::format("desktop {} is moved to another group while it is open", key.id));
      found->second.group = regrouped.to;
    }
  }

  void operator()(const Migrated& migrated) const { state_.moved_to = migrated.to; }

  void operator()(const Removed& removed) const {
    for (const DesktopKey& key : removed.desktops) {
      const auto found = state_.desktops.find(key);
      if (found == state_.desktops.end()) continue;
      if (is_open(key, found->second)) fail(fmt::format("desktop {} is removed while it is open", key.id));
      if (places_ != nullptr) places_->forget(key);
      state_.desktops.erase(found);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::input, fmt::format("Journal record {} does not fit the state: {}", record_.serial, what));
  }

  // The entry of a desktop, made where there is none. `key` names the Workspace; that it is used again saves memory for
  // each desktop.
  DesktopRecord& entry_of(DesktopKey& key, const DesktopId& id) const {
    key.id = id;
    return places_ != nullptr ? places_->at(key) : state_.desktops[key];
  }

  DesktopRecord* find(const DesktopKey& key) const {
    if (places_ != nullptr) return places_->find(key);
    const auto found = state_.desktops.find(key);
    return found == state_.desktops.end() ? nullptr : &found->second;
  }

  // The entries of these desktops, nullptr where there is none. The last bar against a second wipe. Before anything
  // changes: what does not fold must leave no trace.
  std::vector<DesktopRecord*> find_free(const Intended& intended) const {
    std::vector<DesktopRecord*> entries;
    entries.reserve(intended.desktops.size());
    DesktopKey key{intended.workspace, {}};
    for (const IntendedDesktop& desktop : intended.desktops) {
      key.id = desktop.id;
      DesktopRecord* entry = find(key);
      if (entry != nullptr && is_open(key, *entry)) fail_open(desktop.id);
      entries.push_back(entry);
    }
    check_named_once(intended.desktops);
    return entries;
  }

  void check_named_once(const std::vector<IntendedDesktop>& desktops) const {
    std::vector<const DesktopId*> ids;
    ids.reserve(desktops.size());
    for (const IntendedDesktop& desktop : desktops) ids.push_back(&desktop.id);
    const auto before = [](const DesktopId* a, const DesktopId* b) { return *a < *b; };
    if (!std::is_sorted(ids.begin(), ids.end(), before)) std::sort(ids.begin(), ids.end(), before);
    const auto twice =
        std::adjacent_find(ids.begin(), ids.end(), [](const DesktopId* a, const DesktopId* b) { return *a == *b; });
    if (twice != ids.end()) fail_open(**twice);
  }

  [[noreturn]] void fail_open(const DesktopId& id) const {
    fail(fmt::format("desktop {} is asked for while it is open", id));
  }

  static void keep_sub_jobs(Look& look, const Finding& forgotten) {
    const auto found = std::find_if(look.findings.begin(), look.findings.end(),
                                    [&](const Finding& finding) { return finding.id == forgotten.id; });
    if (found == look.findings.end()) {
      look.findings.push_back({forgotten.id, forgotten.new_sub_jobs, std::nullopt, std::nullopt, false});
      return;
    }
    auto& kept = found->new_sub_jobs;
    kept.insert(kept.end(), forgotten.new_sub_jobs.begin(), forgotten.new_sub_jobs.end());
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  }

  // An overdue desktop is open too, though it is recorded as unknown: its job may still run.
  bool is_open(const DesktopKey& key, const DesktopRecord& record) const {
    return record.status == DesktopStatus::settling || record.status == DesktopStatus::rebuilding ||
           state_.open_job_of(key, record) != nullptr;
  }

  static DesktopStatus status_of(Outcome outcome) {
    switch (outcome) {
      case Outcome::ready:
        return DesktopStatus::ready;
      case Outcome::failed:
        return DesktopStatus::failed;
      case Outcome::unhealthy:
        return DesktopStatus::unhealthy;
      case Outcome::unknown:
      case Outcome::refused:
      case Outcome::overdue:
        return DesktopStatus::unknown;
    }
    return DesktopStatus::unknown;
  }

  Intent& open_intent(std::int64_t number) const {
    const auto found = state_.intents.find(number);
    if (found == state_.intents.end()) fail(fmt::format("intent {} is not open", number));
    return found->second;
  }

  Job& open_job(const JobKey& key) const {
    const auto found = find_job(state_.jobs, key);
    if (found == state_.jobs.end()) fail(fmt::format("job {} is not open", key.id));
    return found->second;
  }

  RolloutGroup* open_rollout_of(const GroupName& name) const {
    for (Rollout& rollout : state_.rollouts) {
      if (RolloutGroup* group = rollout.find(name)) return group;
    }
    return nullptr;
  }

  Job& job_for(const JobId& id, const Intent& intent, Time accepted_at) const {
    const auto [found, added] = state_.jobs.try_emplace({id, intent.workspace});
    Job& job = found->second;
    if (added) {
      job = {id, intent.number, intent.workspace,         intent.group, intent.batch, intent.target,
             {}, accepted_at,   delay_of(intent.options), std::nullopt};
    }
    return job;
  }

  DesktopRecord& rebuilding(DesktopRecord& entry, const Job& job) const {
    entry.status = DesktopStatus::rebuilding;
    entry.job_id = job.id;
    entry.updated_at = record_.at;
    return entry;
  }

  // Where the desktop had failed before, that is remembered as soon as its intent no longer says so.
  static void remember_failure(DesktopRecord& entry, const IntentDesktop& desktop) {
    if (!desktop.known || desktop.status_before != DesktopStatus::failed) return;
    entry.failed_before = std::make_shared<const PastFailure>(
        PastFailure{desktop.target_before, desktop.job_before, desktop.reason_before});
  }

  // The desktop is open in its intent no more.
  static void close(ByDesktop<IntentDesktop>& open, const DesktopId& id, DesktopRecord& entry) {
    const IntentDesktop* desktop = open.find(id);
    if (desktop == nullptr) return;
    remember_failure(entry, *desktop);
    open.drop(desktop);
  }

  void restore_entry(DesktopRecord& entry, const IntentDesktop& before) const {
    entry.status = before.known ? before.status_before : DesktopStatus::ready;
    entry.target = before.target_before;
    entry.job_id = before.job_before;
    entry.intent = before.intent_before;
    entry.reason = before.reason_before;
    entry.updated_at = record_.at;
  }

  // The request of a desktop was not received after all, and its intent is closed already.
  static void take_back(DesktopRecord& entry) {
    entry.status = DesktopStatus::ready;
    entry.target.reset();
    entry.reason.reset();
    if (const auto failure = std::exchange(entry.failed_before, nullptr)) {
      entry.status = DesktopStatus::failed;
      entry.target = failure->target;
      entry.job_id = failure->job_id;
      entry.reason = failure->reason;
    }
  }

  void restore(std::int64_t number, const std::vector<DesktopId>& ids) const {
    Intent& intent = open_intent(number);
    ByDesktop<IntentDesktop> open(intent.desktops);
    DesktopKey key{intent.workspace, {}};
    for (const DesktopId& id : ids) {
      const IntentDesktop* desktop = open.find(id);
      if (desktop == nullptr) fail(fmt::format("desktop {} is not open in intent {}", id, number));
      restore_entry(entry_of(key, id), *desktop);
      open.drop(desktop);
    }
    open.erase_dropped();
    drop_intent_if_done(number);
  }

  void restore_all(std::int64_t number) const {
    std::vector<DesktopId> ids;
    for (const IntentDesktop& desktop : open_intent(number).desktops) ids.push_back(desktop.id);
    restore(number, ids);
  }

  void drop_intent_if_done(std::int64_t number) const {
    const auto found = state_.intents.find(number);
    if (found != state_.intents.end() && found->second.desktops.empty()) state_.intents.erase(found);
  }

  // The outcome of a job may come after the job was given up (`unknown` by time-out), so a closed job is no error.
  void close_in_job(const Finished& finished) const {
    const JobKey key{*finished.job, finished.workspace};
    const auto found = state_.jobs.find(key);
    std::vector<JobDesktop> none;
    ByDesktop<JobDesktop> open(found == state_.jobs.end() ? none : found->second.desktops);
    for (const FinishedDesktop& desktop : finished.desktops) {
      if (desktop.outcome == Outcome::overdue && found == state_.jobs.end()) open_job(key);  // says that it is closed
      JobDesktop* entry = open.find(desktop.id);
      if (desktop.outcome != Outcome::overdue) {
        if (entry != nullptr) open.drop(entry);
        continue;
      }
      if (entry == nullptr) fail(fmt::format("desktop {} is not open in job {}", desktop.id, key.id));
      entry->overdue = true;
    }
    open.erase_dropped();
    drop_job_if_done(key);
  }

  void close_in_intent(const Finished& finished) const {
    Intent& intent = open_intent(finished.intent);
    ByDesktop<IntentDesktop> open(intent.desktops);
    DesktopKey key{intent.workspace, {}};
    for (const FinishedDesktop& desktop : finished.desktops) close(open, desktop.id, entry_of(key, desktop.id));
    open.erase_dropped();
    drop_intent_if_done(finished.intent);
  }

  void drop_job_if_done(const JobKey& key) const {
    const auto found = state_.jobs.find(key);
    if (found != state_.jobs.end() && found->second.desktops.empty()) state_.jobs.erase(found);
  }

  std::optional<IntentDesktop> take_from_intents(const DesktopKey& key) const {
    for (auto& [number, intent] : state_.intents) {
      if (intent.workspace != key.workspace) continue;
      const auto found = std::find_if(intent.desktops.begin(), intent.desktops.end(),
                                      [&](const IntentDesktop& desktop) { return desktop.id == key.id; });
      if (found == intent.desktops.end()) continue;
      IntentDesktop taken = *found;
      intent.desktops.erase(found);
      drop_intent_if_done(number);
      return taken;
    }
    return std::nullopt;
  }

  void take_from_jobs(const DesktopKey& key) const {
    for (auto& [job_key, job] : state_.jobs) {
      if (job.workspace != key.workspace) continue;
      if (std::erase_if(job.desktops, [&](const JobDesktop& desktop) { return desktop.id == key.id; }) > 0) {
        drop_job_if_done(JobKey{job_key});  // a copy: dropping ends the original
        return;
      }
    }
  }

  static void set_ready(DesktopRecord& entry, const ImageState& image) {
    if (entry.image.image_id && entry.image.image_id != image.image_id) entry.previous = entry.image;
    entry.image = image;
    entry.status = DesktopStatus::ready;
    entry.target.reset();
    entry.reason.reset();
    entry.failed_before.reset();
  }

  State& state_;
  const JournalRecord& record_;
  DesktopPlaces* places_;  // nullptr: none are remembered
};

}  // namespace

std::string_view name_of(HoldReason reason) {
  return kHoldReasons[static_cast<std::size_t>(reason)];
}
std::optional<HoldReason> hold_reason_from(std::string_view name) {
  return from_name<HoldReason>(kHoldReasons, name);
}
std::string_view name_of(Outcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}
std::optional<Outcome> outcome_from(std::string_view name) {
  return from_name<Outcome>(kOutcomes, name);
}
std::string_view name_of(Resolution resolution) {
  return kResolutions[static_cast<std::size_t>(resolution)];
}
std::optional<Resolution> resolution_from(std::string_view name) {
  return from_name<Resolution>(kResolutions, name);
}

void fold(State& state, const JournalRecord& record) {
  std::visit(Folder{state, record, nullptr}, record.body);
  state.serial = record.serial;
}

void fold(State& state, const JournalRecord& record, DesktopPlaces& places) {
  std::visit(Folder{state, record, &places}, record.body);
  state.serial = record.serial;
}

}  // namespace gild
