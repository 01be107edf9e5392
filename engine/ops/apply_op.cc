// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/apply_op.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/plan_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/guardrail_dates.hpp"
#include "engine/ops/history_report.hpp"
#include "engine/ops/locked_run.hpp"
#include "engine/ops/state_scope.hpp"
#include "engine/plan/guardrail_rules.hpp"
#include "engine/plan/planner.hpp"

namespace gild {
namespace {

std::map<GroupName, std::chrono::minutes> todays_delays(const Manifest& manifest) {
  std::map<GroupName, std::chrono::minutes> delays;
  for (const DesktopGroup& group : manifest.groups) delays[group.name] = delay_of(group.rebuild);
  return delays;
}

// A desktop that has the group's image from before the group had a revision counts as rebuilt for the first one, so
// that the next one rebuilds it (contract 6). Nothing happens to its disk.
void take_on_revisions(Journal& journal, const Plan& plan) {
  constexpr std::size_t kDesktopsPerRecord = 1'000;
  for (const PlannedGroup& group : plan.groups) {
    if (!group.target.revision) continue;
    std::vector<RecordedDesktop> desktops;
    for (const auto& [key, record] : journal.state().desktops) {
      const bool takes = key.workspace == group.workspace && record.group == group.name &&
                         record.status == DesktopStatus::ready && !record.image.revision &&
                         record.image.image_id == group.target.image.image_id;
      if (takes) desktops.push_back({key.id, record.name});
    }
    for (std::size_t begin = 0; begin < desktops.size(); begin += kDesktopsPerRecord) {
      const auto first = desktops.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last =
          desktops.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kDesktopsPerRecord, desktops.size()));
      journal.append(Recorded{group.workspace,
                              group.name,
                              group.target,
                              {first, last},
                              "it has the image, and the group got its first revision"});
    }
  }
}

// The guardrails that need a date: the plan's own, and those that were given beside it.
std::vector<Guardrails> dated_guardrails(const Plan& plan, const ApplyLimits& limits) {
  std::vector<Guardrails> all = plan.guardrails;
  for (Guardrails& given : dated_part(limits.guardrails)) {
    if (std::find(all.begin(), all.end(), given) == all.end()) all.push_back(std::move(given));
  }
  return all;
}

// Most plans have none, and the digest of a large one takes its time.
void judge_dates(const Plan& plan, const ApplyLimits& limits, const OpDeps& deps, const State& state) {
  const std::vector<Guardrails> dated = dated_guardrails(plan, limits);
  if (!dated.empty()) check_dated(plan, plan_digest(plan), dated, deps, state);
}

// An approval is good for one wipe of each desktop, so what was sent since it was given has to be known.
LastRequests last_requests(const OpDeps& deps, const Approval& approved, const Plan& today, const State& state) {
  const std::int64_t since = approved.plan.basis.serial;
  const bool may_send = today.summary.rebuild > 0 || today.summary.in_progress > 0;
  if (!may_send || state.serial <= since) return {};
  const std::vector<JournalRecord> history = deps.store.read_history();
  if (history.empty() || history.front().serial > since + 1) {
    throw Error(ErrorKind::refused,
                "What was sent since the approved plan was made cannot be told: the state's history begins later",
                "Nothing was sent. Make a new plan and have that approved:\n\n    gild plan --out FILE");
  }
  LastRequests last;
  for (const HistoryEntry& entry : make_history(history, {}).entries) {
    if (entry.kind != HistoryKind::rebuild || state.intents.contains(entry.serial)) continue;
    for (const HistoryDesktop& desktop : entry.desktops) {
      if (may_have_wiped(desktop.end)) last[desktop.key] = std::max(last[desktop.key], entry.serial);
    }
  }
  return last;
}

// Asked before each batch, before its intent and before its first byte: a freeze may begin while somebody is asked, or
// in the middle of a run.
void keep_to_guardrails(ApplyOptions& options, const Plan& plan, const ApplyLimits& limits, Clock& clock) {
  options.not_again.merge(not_to_go_again(plan, limits.guardrails));
  std::vector<Guardrails> dated = dated_guardrails(plan, limits);
  if (dated.empty()) return;
  options.why_not_send = [dated = std::move(dated), &clock]() -> std::optional<std::string> {
    const auto freeze = find_freeze(dated, clock.now());
    if (!freeze) return std::nullopt;
    return fmt::format("{} ({})", freeze->what, freeze->where);
  };
}

// The report keeps what was done; the Error goes the way of every other one, so that storing can add to it.
void carry_out(ApplyResult& result, const ApplyDeps& deps, const ApplyOptions& options, std::stop_token stop) {
  const std::string digest = plan_digest(*result.plan);
  result.report = apply_plan(*result.plan, digest, deps, options, std::move(stop));
  if (result.report->failure) throw *result.report->failure;
  if (result.report->interrupted) throw Interrupted{};
  take_on_revisions(deps.journal, *result.plan);
}

ApplyResult run(const OpDeps& deps, const StateScope& scope,
                const std::function<void(LockedState&, ApplyResult&)>& work) {
  ApplyResult result;
  LockedRun run = run_locked(deps, scope, [&](LockedState& locked) { work(locked, result); });
  result.interrupted = run.interrupted;
  result.failure = std::move(run.failure);
  return result;
}

}  // namespace

std::vector<PausedGroup> paused_groups(const Plan& plan, const State& state) {
  std::vector<PausedGroup> paused;
  for (const PlannedGroup& planned : plan.groups) {
    const RolloutGroup* open = state.open_rollout_of(planned.name);
    if (planned.counts.rebuild > 0 && open != nullptr && open->paused() && same_target(open->target, planned.target)) {
      paused.push_back({planned.name, open->failures.size(), open->max_failures});
    }
  }
  return paused;
}

void check_limits(const Plan& plan, const ApplyLimits& limits) {
  refuse_breaches(find_breaches(plan, limits.guardrails));
  if (!limits.max_rebuilds || plan.summary.rebuild <= *limits.max_rebuilds) return;
  throw Error(ErrorKind::refused,
              fmt::format("The plan would wipe {}, and --max-rebuilds allows {}.",
                          plural(plan.summary.rebuild, "desktop"), grouped(*limits.max_rebuilds)),
              "Nothing was sent. Narrow it with --group or --desktop, or raise the limit.");
}

ApplyResult apply_saved_plan(const OpDeps& deps, const Plan& plan, const ApplyLimits& limits,
                             const ApplyOptions& options, std::stop_token stop) {
  check_limits(plan, limits);
  return run(deps, scope_of(plan), [&](LockedState& locked, ApplyResult& result) {
    check_plan(plan, plan_digest(plan), locked.state());
    ApplyOptions within = options;
    judge_dates(plan, limits, deps, locked.state());
    keep_to_guardrails(within, plan, limits, deps.clock);
    result.plan = plan;
    carry_out(result, {deps.clouds, deps.clock, locked, deps.observer}, within, stop);
  });
}

ApplyResult plan_and_apply(const OpDeps& deps, const ApplyRequest& request, const AskToApply& ask,
                           const TellRefresh& tell_refresh, std::stop_token stop) {
  check_names(request.narrowing, request.manifest);
  return run(deps, scope_of(request.manifest, request.narrowing), [&](LockedState& locked, ApplyResult& result) {
    const ApplyDeps apply_deps{deps.clouds, deps.clock, locked, deps.observer};
    if (request.approved != nullptr) check_places(request.manifest.workspaces, *request.approved);
    const bool had_open = !locked.state().intents.empty() || !locked.state().jobs.empty();
    // What is open comes first: a desktop that came to an end meanwhile is planned by that end.
    look_at_open(request.manifest.workspaces, apply_deps, SettleRule::full, stop, todays_delays(request.manifest));
    if (request.refresh) {
      RefreshReport report;
      refresh_into(locked, deps, {request.manifest, RefreshScope::named, request.narrowing}, report, stop);
      tell_refresh(report);
    }
    Plan plan = make_plan(request.manifest, locked.state(),
                          {request.narrowing.groups, request.narrowing.exclude_groups, request.narrowing.desktops});
    check_limits(plan, request.limits);
    ApplyOptions options = request.options;
    if (request.approved != nullptr) {
      const LastRequests last = last_requests(deps, *request.approved, plan, locked.state());
      check_within(plan, *request.approved, locked.state(), last);
      options.not_again = not_to_go_again(plan, *request.approved, locked.state(), last);
    }
    // Nobody is asked about what cannot be done.
    judge_dates(plan, request.limits, deps, locked.state());
    if (!plan.empty()) {
      const std::vector<PausedGroup> paused =
          options.resume ? std::vector<PausedGroup>{} : paused_groups(plan, locked.state());
      const Answer answer = ask(plan, paused);
      if (answer == Answer::no) {
        result.declined = true;
        return;
      }
      options.resume = options.resume || answer == Answer::yes_to_all;
      if (stop.stop_requested()) throw Interrupted{};
    }
    keep_to_guardrails(options, plan, request.limits, deps.clock);
    result.plan = std::move(plan);
    carry_out(result, apply_deps, options, stop);
    if (had_open) result.report->nothing_else_to_do = false;  // following it was something
  });
}

}  // namespace gild
