// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/history_report.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gild {
namespace {

template <class List, class Value>
bool contains(const List& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string text_of(const ServiceError& error) {
  std::string text = error.status == 0 ? std::string{"no answer"} : fmt::format("status {}", error.status);
  for (const std::string* part : {&error.code, &error.message}) {
    if (!part->empty()) text += " " + *part;
  }
  return error.request_id.empty() ? text : text + fmt::format(", request id {}", error.request_id);
}

RebuildEnd end_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ready:
      return RebuildEnd::ready;
    case Outcome::failed:
      return RebuildEnd::failed;
    case Outcome::unhealthy:
      return RebuildEnd::unhealthy;
    case Outcome::unknown:
    case Outcome::overdue:
      return RebuildEnd::unknown;
    case Outcome::refused:
      return RebuildEnd::refused;
  }
  return RebuildEnd::unknown;
}

class Telling {
 public:
  void tell(const JournalRecord& record) {
    record_ = &record;
    std::visit(*this, record.body);
  }
  History take() { return std::move(history_); }

  void operator()(const Began& began) { history_.runs.push_back({record_->serial, record_->at, began}); }

  void operator()(const RolloutStarted& started) {
    HistoryEntry& entry = add(HistoryKind::rollout);
    for (const RolloutGroup& group : started.groups) entry.groups.push_back(group.name);
    entry.note = started.plan_digest;
  }
  void operator()(const RolloutAcknowledged& acknowledged) { add(HistoryKind::resumed).groups = acknowledged.groups; }
  void operator()(const RolloutClosed&) {}

  void operator()(const Intended& intended) {
    HistoryEntry& entry = add(HistoryKind::rebuild);
    entry.groups = {intended.group};
    entry.batch = intended.batch;
    entry.target = intended.target;
    for (const IntendedDesktop& desktop : intended.desktops) {
      HistoryDesktop told;
      told.key = {intended.workspace, desktop.id};
      told.name = desktop.name;
      told.from = desktop.from;
      told.to = intended.target.image.image_id;
      Known& known = known_[told.key];
      known.last_rebuild = place_of_last();
      known.group = intended.group;
      if (desktop.from.image_id) known.image = desktop.from.image_id;
      known.before = std::exchange(known.settled, false);
      entry.desktops.push_back(std::move(told));
    }
    requests_[record_->serial] = place_of_last();
  }

  void operator()(const Accepted& accepted) {
    if (HistoryEntry* entry = request(accepted.intent)) {
      add_job(*entry, accepted.job);
      for (HistoryDesktop& desktop : entry->desktops) {
        if (desktop.end == RebuildEnd::open) desktop.job = accepted.job;
      }
    }
  }
  void operator()(const Refused& refused) { put_back_all(refused.intent, RebuildEnd::refused, text_of(refused.error)); }
  void operator()(const NotExecuted& not_executed) {
    put_back_all(not_executed.intent, RebuildEnd::not_executed, text_of(not_executed.error));
  }
  void operator()(const Lost& lost) {
    if (HistoryEntry* entry = request(lost.intent)) entry->note = lost.why;
  }
  void operator()(const Looked& looked) { request(looked.intent); }
  void operator()(const Adopted& adopted) {
    HistoryEntry* entry = request(adopted.intent);
    if (entry == nullptr) return;
    add_job(*entry, adopted.job);
    for (const DesktopId& id : adopted.desktops) {
      if (HistoryDesktop* desktop = find(*entry, id)) desktop->job = adopted.job;
    }
  }
  void operator()(const NotReceived& not_received) {
    HistoryEntry* entry = request(not_received.intent);
    if (entry == nullptr) return;
    for (const DesktopId& id : not_received.desktops) {
      put_back(*entry, id, RebuildEnd::not_received, std::nullopt, not_received.evidence);
    }
  }
  void operator()(const Verifying& verifying) { job(verifying.job); }
  void operator()(const JobMissed& missed) { job(missed.job); }

  void operator()(const Held& held) {
    const std::string reason = held.detail.empty() ? std::string{name_of(held.reason)}
                                                   : fmt::format("{}: {}", name_of(held.reason), held.detail);
    if (held.intent != 0) {
      if (HistoryEntry* entry = request(held.intent)) {
        for (const DesktopId& id : held.desktops) put_back(*entry, id, RebuildEnd::refused, reason, std::nullopt);
      }
      return;
    }
    HistoryEntry& entry = add(HistoryKind::held);
    entry.groups = {held.group};
    entry.note = reason;
    for (const DesktopId& id : held.desktops) add_desktop(entry, {held.workspace, id}).reason = reason;
  }
  void operator()(const Conflicted&) {}

  void operator()(const Finished& finished) {
    for (const FinishedDesktop& ended : finished.desktops) {
      const DesktopKey key{finished.workspace, ended.id};
      HistoryEntry* entry = finished.job ? job({*finished.job, finished.workspace}) : request(finished.intent);
      Known& known = known_[key];
      if (entry == nullptr && known.last_rebuild) entry = &touch(*known.last_rebuild);
      HistoryDesktop* desktop = entry == nullptr ? nullptr : find(*entry, ended.id);
      if (desktop == nullptr) continue;
      end(*desktop, end_of(ended.outcome), ended.reason, finished.evidence);
      if (ended.outcome == Outcome::ready) known.image = finished.target.image.image_id;
      known.settled = ended.outcome == Outcome::ready || (ended.outcome == Outcome::refused && known.before);
    }
  }

  void operator()(const Recorded& recorded) {
    HistoryEntry& entry = add(HistoryKind::recorded);
    entry.groups = {recorded.group};
    entry.target = recorded.target;
    for (const RecordedDesktop& desktop : recorded.desktops) {
      HistoryDesktop& told = add_desktop(entry, {recorded.workspace, desktop.id});
      told.name = desktop.name;
      told.to = recorded.target.image.image_id;
      told.evidence = recorded.evidence;
      Known& known = known_[told.key];
      known.image = told.to;
      known.settled = true;
      known.group = recorded.group;
    }
  }

  void operator()(const Refreshed& refreshed) {
    std::map<std::optional<GroupName>, std::vector<HistoryDesktop>> seen;
    for (const RefreshedDesktop& desktop : refreshed.desktops) {
      const DesktopKey key{refreshed.workspace, desktop.id};
      const auto [found, added] = known_.try_emplace(key);
      Known& known = found->second;
      if (desktop.group) known.group = desktop.group;
      if (!desktop.image_id || (!added && (!known.settled || known.image == desktop.image_id))) continue;
      HistoryDesktop told;
      told.key = key;
      told.name = desktop.name;
      if (known.image) told.from = ImageState{known.image, {}, {}, {}};
      told.to = desktop.image_id;
      known.image = desktop.image_id;
      known.settled = true;
      seen[known.group].push_back(std::move(told));
    }
    for (auto& [group, desktops] : seen) {
      HistoryEntry& entry = add(HistoryKind::seen);
      if (group) entry.groups = {*group};
      entry.desktops = std::move(desktops);
    }
  }

  void operator()(const Resolved& resolved) {
    std::map<std::optional<GroupName>, std::vector<HistoryDesktop>> decided;
    for (const DesktopKey& key : resolved.desktops) {
      Known& known = known_[key];
      if (known.last_rebuild) {
        HistoryEntry& entry = touch(*known.last_rebuild);
        HistoryDesktop* desktop = find(entry, key.id);
        if (desktop != nullptr && desktop->end == RebuildEnd::open) {
          end(*desktop, RebuildEnd::resolved, fmt::format("as {}: {}", name_of(resolved.as), resolved.reason),
              fmt::format("decided by {}", resolved.by));
        }
        if (resolved.as == Resolution::ready && entry.target) known.image = entry.target->image.image_id;
      }
      known.settled = resolved.as != Resolution::failed;
      HistoryDesktop told;
      told.key = key;
      told.reason = resolved.reason;
      told.evidence = fmt::format("decided by {}", resolved.by);
      decided[known.group].push_back(std::move(told));
    }
    for (auto& [group, desktops] : decided) {
      HistoryEntry& entry = add(HistoryKind::resolved);
      if (group) entry.groups = {*group};
      entry.note = fmt::format("as {}: {}", name_of(resolved.as), resolved.reason);
      entry.desktops = std::move(desktops);
    }
  }

  void operator()(const Regrouped& regrouped) {
    HistoryEntry& entry = add(HistoryKind::regrouped);
    entry.groups = {regrouped.to};
    if (regrouped.from) entry.groups.insert(entry.groups.begin(), *regrouped.from);
    entry.note = regrouped.to.str();
    for (const DesktopKey& key : regrouped.desktops) {
      add_desktop(entry, key);
      known_[key].group = regrouped.to;
    }
  }
  void operator()(const Migrated& migrated) { add(HistoryKind::migrated).note = migrated.to; }

  void operator()(const Removed& removed) {
    std::map<std::optional<GroupName>, std::vector<DesktopKey>> gone;
    for (const DesktopKey& key : removed.desktops) {
      gone[known_[key].group].push_back(key);
      known_.erase(key);
    }
    for (const auto& [group, keys] : gone) {
      HistoryEntry& entry = add(HistoryKind::removed);
      if (group) entry.groups = {*group};
      for (const DesktopKey& key : keys) add_desktop(entry, key);
    }
  }

 private:
  // What the records so far say of a desktop.
  struct Known {
    std::optional<ImageId> image;
    bool settled = false;  // ready: a refresh would write another image
    bool before = false;   // `settled` before the last request
    std::optional<GroupName> group;
    std::optional<std::size_t> last_rebuild;  // place in entries
  };

  HistoryEntry& add(HistoryKind kind) {
    HistoryEntry entry;
    entry.serial = record_->serial;
    entry.at = entry.last_at = record_->at;
    if (!history_.runs.empty()) entry.run = history_.runs.size() - 1;
    entry.kind = kind;
    return history_.entries.emplace_back(std::move(entry));
  }
  std::size_t place_of_last() const { return history_.entries.size() - 1; }
  static HistoryDesktop& add_desktop(HistoryEntry& entry, DesktopKey key) {
    HistoryDesktop& desktop = entry.desktops.emplace_back();
    desktop.key = std::move(key);
    return desktop;
  }
  HistoryEntry& touch(std::size_t place) {
    history_.entries[place].last_at = record_->at;
    return history_.entries[place];
  }
  HistoryEntry* request(std::int64_t intent) {
    const auto found = requests_.find(intent);
    return found == requests_.end() ? nullptr : &touch(found->second);
  }
  HistoryEntry* job(const JobKey& key) {
    const auto found = find_job(jobs_, key);
    return found == jobs_.end() ? nullptr : &touch(found->second);
  }
  void add_job(HistoryEntry& entry, const JobId& id) {
    if (!contains(entry.jobs, id)) entry.jobs.push_back(id);
    // A request names at least one desktop, and all that it names are in one Workspace.
    if (!entry.desktops.empty())
      jobs_[{id, entry.desktops.front().key.workspace}] = static_cast<std::size_t>(&entry - history_.entries.data());
  }
  static HistoryDesktop* find(HistoryEntry& entry, const DesktopId& id) {
    const auto found = std::find_if(entry.desktops.begin(), entry.desktops.end(),
                                    [&](const HistoryDesktop& desktop) { return desktop.key.id == id; });
    return found == entry.desktops.end() ? nullptr : &*found;
  }
  void end(HistoryDesktop& desktop, RebuildEnd how, std::optional<std::string> reason,
           std::optional<std::string> evidence) const {
    desktop.end = how;
    desktop.reason = std::move(reason);
    desktop.evidence = std::move(evidence);
    desktop.ended_at = record_->at;
  }
  void put_back(HistoryEntry& entry, const DesktopId& id, RebuildEnd how, std::optional<std::string> reason,
                std::optional<std::string> evidence) {
    HistoryDesktop* desktop = find(entry, id);
    if (desktop == nullptr) return;
    end(*desktop, how, std::move(reason), std::move(evidence));
    Known& known = known_[desktop->key];
    known.settled = known.before;
  }
  void put_back_all(std::int64_t intent, RebuildEnd how, const std::string& reason) {
    HistoryEntry* entry = request(intent);
    if (entry == nullptr) return;
    entry->note = reason;
    for (std::size_t i = 0; i < entry->desktops.size(); ++i) {
      HistoryDesktop& desktop = entry->desktops[i];
      if (desktop.end != RebuildEnd::open) continue;
      end(desktop, how, reason, std::nullopt);
      Known& known = known_[desktop.key];
      known.settled = known.before;
    }
  }

  const JournalRecord* record_ = nullptr;
  History history_;
  std::map<std::int64_t, std::size_t> requests_;  // to places in entries
  std::map<JobKey, std::size_t> jobs_;
  std::map<DesktopKey, Known> known_;
};

bool takes(const HistoryFilter& filter, const std::vector<GroupName>& groups) {
  return filter.groups.empty() || std::any_of(groups.begin(), groups.end(),
                                              [&](const GroupName& group) { return contains(filter.groups, group); });
}

}  // namespace

std::string_view name_of(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::rebuild:
      return "rebuild";
    case HistoryKind::recorded:
      return "recorded";
    case HistoryKind::seen:
      return "seen";
    case HistoryKind::held:
      return "held";
    case HistoryKind::resolved:
      return "resolved";
    case HistoryKind::removed:
      return "removed";
    case HistoryKind::regrouped:
      return "regrouped";
    case HistoryKind::migrated:
      return "migrated";
    case HistoryKind::rollout:
      return "rollout";
    case HistoryKind::resumed:
      return "resumed";
  }
  return {};
}

bool may_have_wiped(RebuildEnd end) {
  return end != RebuildEnd::refused && end != RebuildEnd::not_executed && end != RebuildEnd::not_received;
}

std::string_view name_of(RebuildEnd end) {
  switch (end) {
    case RebuildEnd::open:
      return "open";
    case RebuildEnd::ready:
      return "ready";
    case RebuildEnd::failed:
      return "failed";
    case RebuildEnd::unhealthy:
      return "unhealthy";
    case RebuildEnd::unknown:
      return "unknown";
    case RebuildEnd::refused:
      return "refused";
    case RebuildEnd::not_executed:
      return "not_executed";
    case RebuildEnd::not_received:
      return "not_received";
    case RebuildEnd::resolved:
      return "resolved";
  }
  return {};
}

History make_history(const std::vector<JournalRecord>& records, const HistoryFilter& filter) {
  Telling telling;
  for (const JournalRecord& record : records) telling.tell(record);
  History history = telling.take();
  std::erase_if(history.entries, [&](HistoryEntry& entry) {
    if (filter.since && entry.last_at < *filter.since) return true;
    if (!takes(filter, entry.groups)) return true;
    if (filter.desktops.empty()) return false;
    std::erase_if(entry.desktops,
                  [&](const HistoryDesktop& desktop) { return !contains(filter.desktops, desktop.key.id); });
    return entry.desktops.empty();
  });
  if (filter.limit && history.entries.size() > *filter.limit) {
    history.entries.erase(history.entries.begin(), history.entries.end() - static_cast<std::ptrdiff_t>(*filter.limit));
  }
  return history;
}

RecordScope::Scope RecordScope::scope_of(const WorkspaceName& workspace, const std::vector<DesktopId>& ids,
                                         const GroupName* group) const {
  Scope scope;
  if (group != nullptr) scope.groups.push_back(*group);
  for (const DesktopId& id : ids) {
    scope.desktops.push_back({workspace, id});
    if (group != nullptr) continue;
    const auto found = groups_.find(scope.desktops.back());
    if (found != groups_.end() && !contains(scope.groups, found->second)) scope.groups.push_back(found->second);
  }
  return scope;
}

RecordScope::Scope RecordScope::scope_of(const Request& request) const {
  return scope_of(request.workspace, request.desktops, &request.group);
}

RecordScope::Scope RecordScope::of(const JournalRecord& record) {
  const auto by_request = [&](std::int64_t intent) {
    const auto found = requests_.find(intent);
    return found == requests_.end() ? Scope{} : scope_of(found->second);
  };
  const auto by_job = [&](const JobKey& job) {
    const auto found = find_job(jobs_, job);
    return found == jobs_.end() ? Scope{} : scope_of(found->second);
  };
  const auto note_job = [&](std::int64_t intent, const JobId& job) {
    const auto found = requests_.find(intent);
    if (found != requests_.end()) jobs_[{job, found->second.workspace}] = found->second;
  };
  const auto some_of = [&](std::int64_t intent, const std::vector<DesktopId>& ids) {
    const auto found = requests_.find(intent);
    return found == requests_.end() ? Scope{} : scope_of(found->second.workspace, ids, &found->second.group);
  };
  const auto ids_of = [](const auto& desktops) {
    std::vector<DesktopId> ids;
    for (const auto& desktop : desktops) ids.push_back(desktop.id);
    return ids;
  };

  struct Visitor {
    RecordScope& self;
    const JournalRecord& record;
    const decltype(by_request)& request;
    const decltype(by_job)& job;
    const decltype(note_job)& note;
    const decltype(some_of)& some;
    const decltype(ids_of)& ids;

    Scope named(const WorkspaceName& workspace, const GroupName& group, const std::vector<DesktopId>& desktops) const {
      for (const DesktopId& id : desktops) self.groups_[{workspace, id}] = group;
      return self.scope_of(workspace, desktops, &group);
    }
    Scope keys(const std::vector<DesktopKey>& desktops) const {
      Scope scope{desktops, {}};
      for (const DesktopKey& key : desktops) {
        const auto found = self.groups_.find(key);
        if (found != self.groups_.end() && !contains(scope.groups, found->second))
          scope.groups.push_back(found->second);
      }
      return scope;
    }

    Scope operator()(const Began&) const { return {}; }
    Scope operator()(const RolloutStarted& r) const {
      Scope scope;
      for (const RolloutGroup& group : r.groups) scope.groups.push_back(group.name);
      return scope;
    }
    Scope operator()(const RolloutAcknowledged& r) const { return {{}, r.groups}; }
    Scope operator()(const RolloutClosed&) const { return {}; }
    Scope operator()(const Intended& r) const {
      self.requests_[record.serial] = {r.workspace, r.group, ids(r.desktops)};
      return named(r.workspace, r.group, ids(r.desktops));
    }
    Scope operator()(const Accepted& r) const {
      note(r.intent, r.job);
      return request(r.intent);
    }
    Scope operator()(const Refused& r) const { return request(r.intent); }
    Scope operator()(const NotExecuted& r) const { return request(r.intent); }
    Scope operator()(const Lost& r) const { return request(r.intent); }
    Scope operator()(const Looked& r) const { return request(r.intent); }
    Scope operator()(const Adopted& r) const {
      note(r.intent, r.job);
      return some(r.intent, r.desktops);
    }
    Scope operator()(const NotReceived& r) const { return some(r.intent, r.desktops); }
    Scope operator()(const Verifying& r) const {
      const auto found = find_job(self.jobs_, r.job);
      if (found == self.jobs_.end()) return {};
      return self.scope_of(found->second.workspace, r.desktops, &found->second.group);
    }
    Scope operator()(const JobMissed& r) const { return job(r.job); }
    Scope operator()(const Held& r) const { return named(r.workspace, r.group, r.desktops); }
    Scope operator()(const Conflicted& r) const { return {{}, {r.group}}; }
    Scope operator()(const Finished& r) const { return named(r.workspace, r.group, ids(r.desktops)); }
    Scope operator()(const Recorded& r) const { return named(r.workspace, r.group, ids(r.desktops)); }
    Scope operator()(const Refreshed& r) const {
      for (const RefreshedDesktop& desktop : r.desktops) {
        if (desktop.group) self.groups_[{r.workspace, desktop.id}] = *desktop.group;
      }
      return self.scope_of(r.workspace, ids(r.desktops), nullptr);
    }
    Scope operator()(const Resolved& r) const { return keys(r.desktops); }
    Scope operator()(const Removed& r) const { return keys(r.desktops); }
    Scope operator()(const Regrouped& r) const {
      Scope scope = keys(r.desktops);
      for (const DesktopKey& key : r.desktops) self.groups_[key] = r.to;
      scope.groups.push_back(r.to);
      return scope;
    }
    Scope operator()(const Migrated&) const { return {}; }
  };
  return std::visit(Visitor{*this, record, by_request, by_job, note_job, some_of, ids_of}, record.body);
}

std::vector<ToldRecord> tell_records(const std::vector<JournalRecord>& records, const HistoryFilter& filter) {
  std::vector<ToldRecord> told;
  RecordScope scopes;
  std::optional<HistoryRun> run;
  for (const JournalRecord& record : records) {
    if (const auto* began = std::get_if<Began>(&record.body)) run = HistoryRun{record.serial, record.at, *began};
    RecordScope::Scope scope = scopes.of(record);
    if (filter.since && record.at < *filter.since) continue;
    if (!takes(filter, scope.groups)) continue;
    if (!filter.desktops.empty()) {
      std::erase_if(scope.desktops, [&](const DesktopKey& key) { return !contains(filter.desktops, key.id); });
      if (scope.desktops.empty()) continue;
    }
    told.push_back({&record, run, std::move(scope.desktops)});
  }
  if (filter.limit && told.size() > *filter.limit) {
    told.erase(told.begin(), told.end() - static_cast<std::ptrdiff_t>(*filter.limit));
  }
  return told;
}

HistoryNames names_in(const std::vector<JournalRecord>& records) {
  HistoryNames names;
  RecordScope scopes;
  for (const JournalRecord& record : records) {
    RecordScope::Scope scope = scopes.of(record);
    names.groups.insert(scope.groups.begin(), scope.groups.end());
    names.desktops.insert(scope.desktops.begin(), scope.desktops.end());
  }
  return names;
}

}  // namespace gild
