// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/tally.hpp"

#include <utility>

namespace gild {
namespace {

DesktopEnd end_of(DesktopStatus status) {
  switch (status) {
    case DesktopStatus::ready:
      return DesktopEnd::ready;
    case DesktopStatus::rebuilding:
      return DesktopEnd::rebuilding;
    case DesktopStatus::settling:
      return DesktopEnd::settling;
    case DesktopStatus::failed:
      return DesktopEnd::failed;
    case DesktopStatus::unhealthy:
      return DesktopEnd::unhealthy;
    case DesktopStatus::unknown:
      return DesktopEnd::unknown;
  }
  return DesktopEnd::unknown;
}

bool is_in_flight(DesktopStatus status) {
  return status == DesktopStatus::settling || status == DesktopStatus::rebuilding;
}

bool shows(const DesktopRecord& record, const std::optional<ImageState>& wanted) {
  return wanted && record.image.image_id == wanted->image_id &&
         !revision_differs(record.image.revision, wanted->revision);
}

}  // namespace

Tally::Tally(const Plan& plan, const State& state) {
  for (const PlannedDesktop& desktop : plan.desktops) {
    const DesktopKey key{desktop.workspace, desktop.id};
    Entry entry;
    entry.outcome.key = key;
    entry.outcome.group = desktop.group;
    entry.outcome.name = desktop.name;
    entry.wanted = desktop.to;
    switch (desktop.action) {
      case Action::rebuild:
        break;
      case Action::in_progress:
      case Action::held:
        follow(entry, state.find(key.workspace, key.id));
        break;
      case Action::protect:
        entry.outcome.end = DesktopEnd::held;
        entry.outcome.hold = HoldReason::protect;
        break;
      case Action::exclude:
        entry.outcome.end = DesktopEnd::held;
        entry.outcome.hold = HoldReason::exclude;
        break;
    }
    entries_.emplace(key, std::move(entry));
  }
  const auto add_open = [&](const WorkspaceName& workspace, const GroupName& group, const DesktopId& id) {
    const DesktopKey key{workspace, id};
    const auto [found, added] = entries_.try_emplace(key);
    if (added) {
      found->second.outcome.key = key;
      found->second.outcome.group = group;
    }
    follow(found->second, state.find(workspace, id));
  };
  for (const auto& [number, intent] : state.intents) {
    for (const IntentDesktop& desktop : intent.desktops) add_open(intent.workspace, intent.group, desktop.id);
  }
  for (const auto& [id, job] : state.jobs) {
    for (const JobDesktop& desktop : job.desktops) add_open(job.workspace, job.group, desktop.id);
  }
}

void Tally::follow(Entry& entry, const DesktopRecord* record) {
  if (record == nullptr) return;
  entry.intent = record->intent;
  entry.in_flight = is_in_flight(record->status);
}

Tally::Entry& Tally::settle(const DesktopKey& key, DesktopEnd end) {
  Entry& entry = entries_.at(key);
  entry.outcome.end = end;
  entry.intent.reset();
  return entry;
}

void Tally::held(const DesktopKey& key, HoldReason reason, const std::string& detail) {
  DesktopOutcome& outcome = settle(key, DesktopEnd::held).outcome;
  outcome.hold = reason;
  outcome.reason = detail;
}

void Tally::already_right(const DesktopKey& key) {
  settle(key, DesktopEnd::already);
}

void Tally::refused(const DesktopKey& key, const std::string& reason) {
  settle(key, DesktopEnd::refused).outcome.reason = reason;
}

void Tally::sent(const DesktopKey& key, std::int64_t intent) {
  Entry& entry = entries_.at(key);
  entry.intent = intent;
  entry.in_flight = true;
}

void Tally::not_again(const DesktopKey& key, const std::string& why) {
  DesktopOutcome& outcome = settle(key, DesktopEnd::waiting).outcome;
  outcome.reason = why;
}

std::vector<DesktopOutcome> Tally::finish(const State& state) const {
  std::vector<DesktopOutcome> out;
  out.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    out.push_back(entry.outcome);
    const DesktopRecord* record = state.find(key.workspace, key.id);
    if (record == nullptr) continue;
    DesktopOutcome& last = out.back();
    if (!last.name) last.name = record->name;
    if (!entry.intent) continue;
    if (record->intent != *entry.intent) {
      last.reason = "its request was not executed";
      continue;
    }
    // A record is ready before its rebuild too. Only the end of a request, or the wanted image, makes the desktop so.
    if (record->status == DesktopStatus::ready && !entry.in_flight && !shows(*record, entry.wanted)) {
      last.reason = "nothing was sent for it; a new plan decides";
      continue;
    }
    last.end = end_of(record->status);
    last.reason = record->reason;
    last.job = record->job_id;
  }
  return out;
}

}  // namespace gild
