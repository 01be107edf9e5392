// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/guardrail_dates.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/history_report.hpp"

namespace gild {
namespace {

constexpr std::chrono::hours kDay{24};

[[noreturn]] void fail_unknown(const std::string& why) {
  throw Error(
      ErrorKind::refused,
      "How many desktops were rebuilt in the last 24 hours cannot be told, and max_rebuilds_per_day limits them",
      fmt::format("Nothing was sent: {}. See what is known with gild history, and wait until 24 hours have passed "
                  "since the last rebuild.",
                  why));
}

// What this plan has still to send: it may go on with a rollout that sent some of it before.
std::size_t left_to_send(const Plan& plan, const std::string& digest, const State& state) {
  const auto rollout = std::find_if(state.rollouts.begin(), state.rollouts.end(),
                                    [&](const Rollout& open) { return open.plan_digest == digest; });
  return static_cast<std::size_t>(
      std::count_if(plan.desktops.begin(), plan.desktops.end(), [&](const PlannedDesktop& desktop) {
        if (desktop.action != Action::rebuild) return false;
        const DesktopRecord* record = state.find(desktop.workspace, desktop.id);
        return rollout == state.rollouts.end() || record == nullptr || record->intent <= rollout->started;
      }));
}

}  // namespace

std::optional<GuardrailBreach> find_freeze(const std::vector<Guardrails>& guardrails, Time now) {
  for (const Guardrails& rails : guardrails) {
    for (const Freeze& freeze : rails.freeze) {
      if (now < freeze.from || now >= freeze.to) continue;
      return GuardrailBreach{
          "freeze", freeze.where,
          fmt::format("No rebuild may be sent from {} until {}: {}. It is {} now.", format_time(freeze.from),
                      format_time(freeze.to), freeze.reason, format_time(now))};
    }
  }
  return std::nullopt;
}

std::size_t count_rebuilds(const std::vector<JournalRecord>& history, const State& state, Time since) {
  if (!history.empty() && history.front().serial > 1 && history.front().at > since) {
    fail_unknown(fmt::format("what the store has of the history begins at {}", format_time(history.front().at)));
  }
  std::set<std::int64_t> requests;
  for (const JournalRecord& record : history) {
    if (std::holds_alternative<Intended>(record.body)) requests.insert(record.serial);
  }
  for (const auto& [key, record] : state.desktops) {
    if (record.intent > 0 && record.updated_at > since && !requests.contains(record.intent)) {
      fail_unknown(fmt::format("the history does not have the last request for desktop {}", key.id));
    }
  }
  std::size_t count = 0;
  for (const HistoryEntry& entry : make_history(history, {}).entries) {
    if (entry.kind != HistoryKind::rebuild || entry.at <= since) continue;
    count += static_cast<std::size_t>(
        std::count_if(entry.desktops.begin(), entry.desktops.end(),
                      [](const HistoryDesktop& desktop) { return may_have_wiped(desktop.end); }));
  }
  return count;
}

void check_dated(const Plan& plan, const std::string& digest, const std::vector<Guardrails>& guardrails,
                 const OpDeps& deps, const State& state) {
  const std::size_t left = left_to_send(plan, digest, state);
  if (left == 0) return;
  std::vector<GuardrailBreach> breaches;
  const Time now = deps.clock.now();
  if (auto freeze = find_freeze(guardrails, now)) breaches.push_back(std::move(*freeze));
  std::optional<std::size_t> before;  // asked of the store at most once, and only where a rule needs it
  for (const Guardrails& rails : guardrails) {
    if (!rails.max_rebuilds_per_day) continue;
    if (!before) before = count_rebuilds(deps.store.read_history(), state, now - kDay);
    if (*before + left <= rails.max_rebuilds_per_day->value) continue;
    breaches.push_back(
        {"max_rebuilds_per_day", rails.max_rebuilds_per_day->where,
         fmt::format("{} rebuilt in the last 24 hours, over all runs, and this one would wipe {} more; {} "
                     "allowed.",
                     plural(*before, "desktop was", "desktops were"), grouped(left),
                     plural(rails.max_rebuilds_per_day->value, "is", "are"))});
  }
  refuse_breaches(breaches);
}

}  // namespace gild
