// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/changed_rows.hpp"

namespace gild {

class RowTracker::Visitor {
 public:
  Visitor(RowTracker& tracker, ChangedRows& rows, const JournalRecord& record)
      : tracker_(tracker), rows_(rows), record_(record) {}

  void operator()(const Began&) const {}
  void operator()(const RolloutStarted& started) const {
    rows_.rollouts = true;
    for (const RolloutGroup& group : started.groups) rows_.groups.insert(group.name);
  }
  void operator()(const RolloutAcknowledged& acknowledged) const {
    for (const GroupName& group : acknowledged.groups) in_rollout(group);
  }
  void operator()(const RolloutClosed&) const { rows_.rollouts = true; }
  void operator()(const Intended& intended) const {
    std::vector<DesktopId> ids;
    for (const IntendedDesktop& desktop : intended.desktops) ids.push_back(desktop.id);
    tracker_.intents_[record_.serial] = {intended.workspace, intended.group, ids};
    all_of(record_.serial);
  }
  void operator()(const Accepted& accepted) const { in_job(accepted.intent, accepted.job); }
  void operator()(const Refused& refused) const { all_of(refused.intent); }
  void operator()(const NotExecuted& not_executed) const { all_of(not_executed.intent); }
  void operator()(const Lost& lost) const { intent(lost.intent); }
  void operator()(const Looked& looked) const { intent(looked.intent); }
  void operator()(const Adopted& adopted) const { in_job(adopted.intent, adopted.job); }
  void operator()(const NotReceived& not_received) const { all_of(not_received.intent); }
  void operator()(const Verifying& verifying) const { job(verifying.job); }
  void operator()(const JobMissed& missed) const { job(missed.job); }
  void operator()(const Held& held) const {
    if (held.intent == 0) return;
    all_of(held.intent);
    for (const DesktopId& id : held.desktops) rows_.desktops.insert({held.workspace, id});
  }
  void operator()(const Conflicted& conflicted) const { in_rollout(conflicted.group); }
  void operator()(const Finished& finished) const {
    in_rollout(finished.group);
    for (const FinishedDesktop& desktop : finished.desktops) rows_.desktops.insert({finished.workspace, desktop.id});
    if (finished.job) job({*finished.job, finished.workspace});
    if (finished.intent != 0) intent(finished.intent);
  }
  void operator()(const Recorded& recorded) const {
    in_rollout(recorded.group);
    for (const RecordedDesktop& desktop : recorded.desktops) rows_.desktops.insert({recorded.workspace, desktop.id});
  }
  void operator()(const Refreshed& refreshed) const {
    for (const RefreshedDesktop& desktop : refreshed.desktops) rows_.desktops.insert({refreshed.workspace, desktop.id});
  }
  // A person's word about few desktops; what is open is few too.
  void operator()(const Resolved& resolved) const {
    rows_.desktops.insert(resolved.desktops.begin(), resolved.desktops.end());
    for (const auto& [number, open] : tracker_.intents_) {
      for (const DesktopKey& key : resolved.desktops) {
        if (key.workspace == open.workspace) rows_.intents.insert(number);
      }
    }
    for (const auto& [key, group] : tracker_.jobs_) rows_.jobs.insert(key);
    rows_.rollouts = true;
  }
  void operator()(const Regrouped& regrouped) const {
    rows_.desktops.insert(regrouped.desktops.begin(), regrouped.desktops.end());
    if (regrouped.from) rows_.groups.insert(*regrouped.from);
    rows_.groups.insert(regrouped.to);
  }
  void operator()(const Migrated&) const {}  // of the state's own row, which every write writes
  void operator()(const Removed& removed) const {
    rows_.desktops.insert(removed.desktops.begin(), removed.desktops.end());
  }

 private:
  void in_rollout(const GroupName& group) const {
    rows_.groups.insert(group);
    rows_.rollout_groups.insert(group);
  }
  const OpenIntent* intent(std::int64_t number) const {
    rows_.intents.insert(number);
    const auto found = tracker_.intents_.find(number);
    if (found == tracker_.intents_.end()) return nullptr;
    rows_.groups.insert(found->second.group);
    return &found->second;
  }
  const OpenIntent* all_of(std::int64_t number) const {
    const OpenIntent* open = intent(number);
    if (open == nullptr) return nullptr;
    for (const DesktopId& id : open->desktops) rows_.desktops.insert({open->workspace, id});
    return open;
  }
  void in_job(std::int64_t number, const JobId& id) const {
    const OpenIntent* open = all_of(number);
    if (open == nullptr) return;
    tracker_.jobs_[{id, open->workspace}] = open->group;
    job({id, open->workspace});
  }
  void job(const JobKey& key) const {
    // Without a Workspace: a record of before that was written down. All jobs of that id then.
    for (auto found = tracker_.jobs_.lower_bound({key.id, key.workspace});
         found != tracker_.jobs_.end() && found->first.id == key.id; ++found) {
      if (!key.workspace.empty() && found->first.workspace != key.workspace) break;
      rows_.jobs.insert(found->first);
      rows_.groups.insert(found->second);
    }
  }

  RowTracker& tracker_;
  ChangedRows& rows_;
  const JournalRecord& record_;
};

RowTracker::RowTracker(const State& state) {
  for (const auto& [number, intent] : state.intents) {
    OpenIntent& open = intents_[number] = {intent.workspace, intent.group, {}};
    for (const IntentDesktop& desktop : intent.desktops) open.desktops.push_back(desktop.id);
  }
  for (const auto& [key, job] : state.jobs) jobs_[key] = job.group;
}

ChangedRows RowTracker::take(const std::vector<JournalRecord>& records) {
  ChangedRows rows;
  for (const JournalRecord& record : records) std::visit(Visitor{*this, rows, record}, record.body);
  return rows;
}

}  // namespace gild
