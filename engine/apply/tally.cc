// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/tally.hpp"

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

}  // namespace

Tally::Tally(const Plan& plan, const State& state) {
  for (const PlannedDesktop& desktop : plan.desktops) {
    const DesktopKey key{desktop.workspace, desktop.id};
    DesktopOutcome outcome;
    outcome.key = key;
    outcome.group = desktop.group;
    switch (desktop.action) {
      case Action::rebuild:
        break;
      case Action::in_progress:
      case Action::held:
        by_state_.insert(key);
        break;
      case Action::protect:
        outcome.end = DesktopEnd::held;
        outcome.hold = HoldReason::protect;
        break;
      case Action::exclude:
        outcome.end = DesktopEnd::held;
        outcome.hold = HoldReason::exclude;
        break;
    }
    outcomes_.emplace(key, std::move(outcome));
  }
  const auto add_open = [&](const WorkspaceName& workspace, const GroupName& group, const DesktopId& id) {
    const DesktopKey key{workspace, id};
    const auto [found, added] = outcomes_.try_emplace(key);
    if (added) {
      found->second.key = key;
      found->second.group = group;
    }
    by_state_.insert(key);
  };
  for (const auto& [number, intent] : state.intents) {
    for (const IntentDesktop& desktop : intent.desktops) add_open(intent.workspace, intent.group, desktop.id);
  }
  for (const auto& [id, job] : state.jobs) {
    for (const JobDesktop& desktop : job.desktops) add_open(job.workspace, job.group, desktop.id);
  }
}

void Tally::held(const DesktopKey& key, HoldReason reason, const std::string& detail) {
  DesktopOutcome& outcome = outcomes_[key];
  outcome.end = DesktopEnd::held;
  outcome.hold = reason;
  outcome.reason = detail;
  by_state_.erase(key);
}

void Tally::already_right(const DesktopKey& key) {
  outcomes_[key].end = DesktopEnd::already;
  by_state_.erase(key);
}

void Tally::refused(const DesktopKey& key, const std::string& reason) {
  DesktopOutcome& outcome = outcomes_[key];
  outcome.end = DesktopEnd::refused;
  outcome.reason = reason;
  by_state_.erase(key);
}

void Tally::sent(const DesktopKey& key) {
  by_state_.insert(key);
}

std::vector<DesktopOutcome> Tally::finish(const State& state) const {
  std::vector<DesktopOutcome> out;
  out.reserve(outcomes_.size());
  for (const auto& [key, outcome] : outcomes_) {
    out.push_back(outcome);
    if (!by_state_.contains(key)) continue;
    const DesktopRecord* record = state.find(key.workspace, key.id);
    if (record == nullptr) continue;
    DesktopOutcome& last = out.back();
    last.end = end_of(record->status);
    last.reason = record->reason;
    last.job = record->job_id;
  }
  return out;
}

}  // namespace gild
