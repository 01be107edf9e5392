// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/applier.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "engine/apply/follower.hpp"
#include "engine/apply/submitter.hpp"
#include "engine/apply/tally.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// With nothing but lost answers left, a run waits for a proof that can be complete within this time (contract 7).
constexpr Duration kWaitForProof = std::chrono::seconds{120};
// A rebuild is followed for 60 minutes after its delay, which is 15 minutes at most.
constexpr Duration kWaitForOthers = std::chrono::minutes{75};

struct InFlight {
  std::size_t settling = 0;
  std::size_t rebuilding = 0;
  std::size_t overdue = 0;  // unknown by time-out, but their jobs may still run
  std::size_t waited_for() const { return settling + rebuilding; }
  std::size_t all() const { return waited_for() + overdue; }
  // Those that nothing in this run can be counted on to end.
  std::size_t lasting() const { return settling + overdue; }
};

template <class Predicate>
InFlight in_flight(const State& state, Predicate belongs) {
  InFlight sum;
  for (const auto& [number, intent] : state.intents) {
    if (belongs(intent.workspace, intent.group)) sum.settling += intent.desktops.size();
  }
  for (const auto& [id, job] : state.jobs) {
    if (!belongs(job.workspace, job.group)) continue;
    sum.overdue += job.overdue();
    sum.rebuilding += job.desktops.size() - job.overdue();
  }
  return sum;
}

std::size_t minus(std::size_t limit, std::size_t used) {
  return limit > used ? limit - used : 0;
}

// How many desktops the front batch may name now; 0: it has to wait. A batch goes whole once it fits, in part only
// where nothing under way can make it fit, settling and overdue ones aside (contract 6).
std::size_t room_for(std::size_t batch, std::size_t group_limit, const InFlight& group, std::size_t workspace_limit,
                     const InFlight& workspace) {
  const std::size_t now = std::min(minus(group_limit, group.all()), minus(workspace_limit, workspace.all()));
  if (batch <= now) return batch;
  const std::size_t at_best =
      std::min(minus(group_limit, group.lasting()), minus(workspace_limit, workspace.lasting()));
  if (batch <= at_best) return 0;
  return now == at_best ? now : 0;
}

class Run {
 public:
  Run(const Plan& plan, const std::string& digest, const ApplyDeps& deps, const ApplyOptions& options,
      std::stop_token stop)
      : plan_(plan),
        digest_(digest),
        deps_(deps),
        options_(options),
        stop_(std::move(stop)),
        tally_(plan, deps.journal.state()),
        follower_(deps, SettleRule::full, delays_of(plan)),
        submitter_(plan, deps, tally_, [this] { return !is_barred(); }) {
    for (const Workspace& workspace : plan_.workspaces) {
      sessions_.emplace(workspace.name, std::make_unique<WorkspaceSession>(workspace, deps_.clouds, deps_.clock));
    }
    for (const PlannedDesktop& desktop : plan_.desktops) desktops_[{desktop.workspace, desktop.id}] = &desktop;
  }

  ApplyReport carry_out() {
    ApplyReport report;
    try {
      begin();
      loop();
      close_rollouts();
      deps_.journal.sync();
    } catch (const Interrupted&) {
      report.interrupted = true;
    } catch (const Error& error) {
      report.failure = error;
    }
    complete(report);
    deps_.observer.on(event::RunFinished{report});
    return report;
  }

 private:
  static std::map<GroupName, std::chrono::minutes> delays_of(const Plan& plan) {
    std::map<GroupName, std::chrono::minutes> delays;
    for (const PlannedGroup& group : plan.groups) delays[group.name] = delay_of(group.rebuild);
    for (const PlannedBatch& batch : plan.batches) {
      delays[batch.group] = std::max(delays[batch.group], delay_of(batch.request.options));
    }
    return delays;
  }

  const State& state() const { return deps_.journal.state(); }
  WorkspaceSession& session(const WorkspaceName& name) { return *sessions_.at(name); }

  bool is_paused(const PlannedGroup& group) const {
    const RolloutGroup* rollout = state().open_rollout_of(group.name);
    return rollout != nullptr && same_target(rollout->target, group.target) && rollout->paused();
  }

  const Rollout* own_rollout() const {
    const auto found = std::find_if(state().rollouts.begin(), state().rollouts.end(),
                                    [&](const Rollout& rollout) { return rollout.plan_digest == digest_; });
    return found == state().rollouts.end() ? nullptr : &*found;
  }

  void begin() {
    for (const auto& [name, session] : sessions_) {
      follower_.mark_crashed_intents(name);
      had_open_ = had_open_ || follower_.has_open(name);
      follower_.look_at_given_up(*session, stop_);
    }
    resumed_ = own_rollout() != nullptr;
    if (!resumed_) start_rollout();
    if (options_.resume) acknowledge();

    for (const PlannedGroup& group : plan_.groups) {
      GroupRun run;
      run.planned = &group;
      groups_.push_back(std::move(run));
    }
    fill_queues();
    std::vector<event::GroupTotals> totals;
    for (const GroupRun& run : groups_) {
      const GroupName& name = run.planned->name;
      std::size_t queued = 0;
      if (!is_paused(*run.planned)) {
        for (const PendingBatch& batch : run.queue) queued += batch.desktops.size();
      }
      totals.push_back({name, queued, waited_for_in(name)});
    }
    deps_.observer.on(event::RunStarted{digest_, resumed_, std::move(totals)});
    for (const WorkspaceName& name : unfollowed()) deps_.observer.on(event::Warning{describe_unfollowed(name)});
  }

  // Desktops of the group that have no end yet. Overdue ones have: they are unknown.
  std::size_t waited_for_in(const GroupName& group) const {
    return in_flight(state(), [&](const auto&, const GroupName& name) { return name == group; }).waited_for();
  }

  // A group's part of the rollout that begins. Failures that paused a group hold for the group and its target,
  // whichever plan comes; a new target starts at zero.
  RolloutGroup rollout_group(const PlannedGroup& planned) const {
    RolloutGroup group{planned.name,
                       planned.workspace,
                       planned.target,
                       planned.counts.rebuild,
                       planned.max_unavailable,
                       planned.max_failures,
                       {},
                       {}};
    const RolloutGroup* open = state().open_rollout_of(planned.name);
    if (open != nullptr && same_target(open->target, planned.target)) {
      group.failures = open->failures;
      group.conflict_statuses = open->conflict_statuses;
    }
    return group;
  }

  // Groups that the plan sends nothing for, but which stay open: paused, or with desktops whose requests are. Without a
  // rollout the failures among those would count nowhere, and what is proven not received would be sent again past any
  // limit of failures.
  std::vector<RolloutGroup> carried_groups(const std::vector<RolloutGroup>& begun) const {
    const auto begins = [&](const GroupName& name) {
      return std::any_of(begun.begin(), begun.end(), [&](const RolloutGroup& group) { return group.name == name; });
    };
    std::vector<RolloutGroup> carried;
    for (const Rollout& rollout : state().rollouts) {
      const bool ends = std::any_of(rollout.groups.begin(), rollout.groups.end(),
                                    [&](const RolloutGroup& group) { return begins(group.name); });
      if (!ends) continue;
      for (const RolloutGroup& group : rollout.groups) {
        const bool stays = group.paused() || !group.conflict_statuses.empty() || waited_for_in(group.name) > 0;
        if (stays && !begins(group.name)) carried.push_back(group);
      }
    }
    for (const PlannedGroup& planned : plan_.groups) {
      const bool known = begins(planned.name) || state().open_rollout_of(planned.name) != nullptr;
      if (!known && waited_for_in(planned.name) > 0) carried.push_back(rollout_group(planned));
    }
    return carried;
  }

  void start_rollout() {
    std::vector<RolloutGroup> groups;
    bool all_paused = true;
    for (const PlannedGroup& planned : plan_.groups) {
      if (planned.counts.rebuild == 0) continue;
      groups.push_back(rollout_group(planned));
      all_paused = all_paused && groups.back().paused();
    }
    // Every night the same poisoned image: nothing would be sent, so nothing is begun and the state stays as it is.
    if (!groups.empty() && all_paused && !options_.resume) return;
    const std::vector<RolloutGroup> carried = carried_groups(groups);
    groups.insert(groups.end(), carried.begin(), carried.end());
    if (groups.empty()) return;
    deps_.journal.append(RolloutStarted{digest_, std::move(groups)});
    deps_.journal.sync();
  }

  void acknowledge() {
    std::vector<GroupName> names;
    for (const PlannedGroup& planned : plan_.groups) {
      const RolloutGroup* open = state().open_rollout_of(planned.name);
      if (open != nullptr && (!open->failures.empty() || !open->conflict_statuses.empty()))
        names.push_back(planned.name);
    }
    if (names.empty()) return;
    deps_.journal.append(RolloutAcknowledged{std::move(names)});
    deps_.journal.sync();
  }

  // What of the plan is still to be sent: not what this rollout sent before, unless it was proven not executed.
  void fill_queues() {
    const Rollout* rollout = own_rollout();
    if (rollout == nullptr) {
      // Not begun (all of it is paused): the batches wait.
      for (const PlannedBatch& batch : plan_.batches) {
        group_run(batch.group).queue.push_back({batch.id, batch.request.options, batch.request.desktop_ids});
      }
      return;
    }
    std::map<GroupName, std::vector<PendingBatch>> last;
    for (const PlannedBatch& batch : plan_.batches) {
      PendingBatch pending{batch.id, batch.request.options, {}};
      std::vector<PendingBatch> denied_before;
      const PlannedGroup& planned = *group_run(batch.group).planned;
      for (const DesktopId& id : batch.request.desktop_ids) {
        const DesktopKey key{batch.workspace, id};
        const DesktopRecord* record = state().find(batch.workspace, id);
        const bool sent = record != nullptr && record->intent > rollout->started;
        const bool right = record != nullptr && record->status == DesktopStatus::ready &&
                           record->image.image_id == planned.target.image.image_id &&
                           !revision_differs(record->image.revision, planned.target.revision);
        if (sent) {
          tally_.sent(key, record->intent);
        } else if (resumed_ && right) {
          tally_.already_right(key);
        } else if (record != nullptr && record->status == DesktopStatus::ready && record->reason) {
          // The service denied this one before. Another 409 would put the fate of its whole batch in doubt, run after
          // run, so it goes last and alone.
          denied_before.push_back({batch.id, batch.request.options, {id}});
        } else {
          pending.desktops.push_back(id);
        }
      }
      if (!pending.desktops.empty()) group_run(batch.group).queue.push_back(std::move(pending));
      for (PendingBatch& alone : denied_before) last[batch.group].push_back(std::move(alone));
    }
    for (auto& [group, batches] : last) {
      for (PendingBatch& alone : batches) group_run(group).queue.push_back(std::move(alone));
    }
  }

  GroupRun& group_run(const GroupName& name) {
    return *std::find_if(groups_.begin(), groups_.end(),
                         [&](const GroupRun& run) { return run.planned->name == name; });
  }

  void loop() {
    Instant only_settling_since = Instant::max();  // max: something else is under way
    for (;;) {
      if (stop_.stop_requested()) throw Interrupted{};
      for (const auto& [name, session] : sessions_) {
        if (!follower_.has_open(name)) continue;
        for (const ReturnedDesktops& returned : follower_.follow(*session, stop_)) take_back(returned);
      }
      const bool submitted = submit_what_fits();
      report_pauses();
      if (submitted) {
        only_settling_since = Instant::max();
        continue;
      }
      if (!options_.wait) return;
      const std::optional<Instant> next = next_event(only_settling_since);
      if (!next) return;
      deps_.clock.sleep_until(*next, stop_);
    }
  }

  // Desktops of open intents belong to the plan that runs: one proven not received goes again where the plan still
  // wants the same for it, in batches of today's size and with today's options. The order stays that of the desktop.
  void take_back(const ReturnedDesktops& returned) {
    const auto run = std::find_if(groups_.begin(), groups_.end(), [&](const GroupRun& candidate) {
      return candidate.planned->name == returned.group && same_target(candidate.planned->target, returned.target);
    });
    if (run == groups_.end()) return;
    const PlannedGroup& planned = *run->planned;
    RebuildOptions options = planned.rebuild;
    options.order_id = returned.options.order_id;
    const std::size_t most = std::min(static_cast<std::size_t>(planned.batch_size), kMaxDesktopsPerRequest);
    std::vector<PendingBatch> again;
    for (const DesktopId& id : returned.desktops) {
      const auto found = desktops_.find({planned.workspace, id});
      if (found == desktops_.end() || found->second->group != returned.group) continue;
      const Action action = found->second->action;
      if (action != Action::rebuild && action != Action::in_progress) continue;
      if (options_.not_again.contains({planned.workspace, id})) {
        tally_.not_again({planned.workspace, id}, "its request was not received, and it may not be sent again");
        ++not_again_;
        continue;
      }
      if (again.empty() || again.back().desktops.size() == most) again.push_back({returned.batch, options, {}});
      again.back().desktops.push_back(id);
    }
    run->queue.insert(run->queue.begin(), again.begin(), again.end());
  }

  // Once nothing may be sent it stays so for this run.
  bool is_barred() {
    if (barred_ || !options_.why_not_send) return barred_.has_value();
    barred_ = options_.why_not_send();
    if (barred_) deps_.observer.on(event::Warning{fmt::format("Nothing more is sent in this run. {}", *barred_)});
    return barred_.has_value();
  }

  bool submit_what_fits() {
    bool any = false;
    for (GroupRun& group : groups_) {
      const PlannedGroup& planned = *group.planned;
      while (!group.queue.empty() && !stop_.stop_requested() && !is_paused(planned) && !is_barred()) {
        WorkspaceSession& where = session(planned.workspace);
        if (deps_.clock.instant() < where.not_before) break;
        const InFlight in_group =
            in_flight(state(), [&](const auto&, const GroupName& name) { return name == planned.name; });
        const InFlight in_workspace =
            in_flight(state(), [&](const WorkspaceName& name, const auto&) { return name == planned.workspace; });
        Room room;
        room.elsewhere = deps_.journal.under_way_elsewhere(planned.workspace);
        room.desktops =
            room_for(group.queue.front().desktops.size(), limit_of(planned), in_group,
                     minus(static_cast<std::size_t>(where.workspace().max_in_flight), room.elsewhere), in_workspace);
        if (room.desktops == 0) {
          wait_for_others(where, room.elsewhere);
          break;
        }
        if (!submitter_.submit_front(group, where, room, stop_)) break;
        any = true;
      }
    }
    return any;
  }

  // Other runs take up room in this Workspace, and nothing here tells when they make some: look again later, for as
  // long as theirs moves on within the time in which a rebuild ends or is given up.
  void wait_for_others(WorkspaceSession& where, std::size_t elsewhere) {
    const Instant now = deps_.clock.instant();
    OthersSeen& seen = others_[where.workspace().name];
    if (elsewhere != seen.desktops) seen = {elsewhere, now};
    if (elsewhere > 0 && now - seen.since < kWaitForOthers) where.not_before = now + where.workspace().poll;
  }

  // Frozen when the rollout began.
  std::size_t limit_of(const PlannedGroup& planned) const {
    const RolloutGroup* rollout = state().open_rollout_of(planned.name);
    return static_cast<std::size_t>(rollout != nullptr ? rollout->max_unavailable : planned.max_unavailable);
  }

  void report_pauses() {
    for (const GroupRun& group : groups_) {
      const RolloutGroup* rollout = state().open_rollout_of(group.planned->name);
      if (!is_paused(*group.planned) || !told_paused_.insert(group.planned->name).second) continue;
      deps_.observer.on(event::GroupPaused{group.planned->name, rollout->failures.size(), rollout->max_failures});
    }
  }

  // When to look again; nullopt: nothing is left that waiting in this run would bring about.
  std::optional<Instant> next_event(Instant& only_settling_since) {
    std::optional<Instant> next;
    const auto at = [&](Instant instant) { next = next ? std::min(*next, instant) : instant; };
    bool jobs_open = false;
    bool may_send = false;
    for (const auto& [name, session] : sessions_) {
      const InFlight open =
          in_flight(state(), [&wanted = name](const WorkspaceName& other, const auto&) { return other == wanted; });
      if (open.rebuilding > 0) {
        at(session->next_follow);
        jobs_open = true;
      }
      if (open.settling > 0) at(session->next_settle);
    }
    for (const GroupRun& group : groups_) {
      if (group.queue.empty() || is_paused(*group.planned) || barred_) continue;
      const Instant not_before = session(group.planned->workspace).not_before;
      if (not_before > deps_.clock.instant()) {
        at(not_before);
        may_send = true;
      }
    }
    if (!next || jobs_open || may_send) {
      only_settling_since = Instant::max();
      return next;
    }
    // Only lost answers are left. They are waited for where their proof can be complete soon.
    const Instant now = deps_.clock.instant();
    only_settling_since = std::min(only_settling_since, now);
    const Duration left = kWaitForProof - std::chrono::duration_cast<Duration>(now - only_settling_since);
    for (const auto& [name, session] : sessions_) {
      const auto eta = follower_.time_to_proof(*session);
      if (eta && *eta <= left && left > Duration{0}) {
        if (!std::exchange(told_waiting_, true)) {
          deps_.observer.on(event::Waiting{"Waiting for the proof of what became of the lost requests", kWaitForProof});
        }
        return next;
      }
    }
    return std::nullopt;
  }

  // A rollout closes when each of its desktops has an end and it is not paused. That is plain for this plan's own; of
  // an older one only a plan that finds nothing more to send in any of its groups can tell, and one that was narrowed
  // to fewer desktops than the rollout had does not.
  bool has_ended(const Rollout& rollout) const {
    const bool own = rollout.plan_digest == digest_;
    return std::all_of(rollout.groups.begin(), rollout.groups.end(), [&](const RolloutGroup& group) {
      if (waited_for_in(group.name) > 0 || group.paused() || !group.conflict_statuses.empty()) return false;
      const auto run = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const GroupRun& candidate) { return candidate.planned->name == group.name; });
      if (run == groups_.end()) return own;
      if (own) return run->queue.empty();
      const GroupCounts& counts = run->planned->counts;
      const std::size_t planned = counts.unchanged + counts.in_progress + counts.protect + counts.exclude + counts.held;
      return run->queue.empty() && counts.rebuild == 0 && planned >= group.targets;
    });
  }

  void close_rollouts() {
    std::vector<std::string> ended;
    for (const Rollout& rollout : state().rollouts) {
      if (has_ended(rollout)) ended.push_back(rollout.plan_digest);
    }
    for (const std::string& digest : ended) deps_.journal.append(RolloutClosed{digest});
  }

  void complete(ApplyReport& report) {
    report.desktops = tally_.finish(state());
    report.requests = submitter_.requests();
    bool waiting_elsewhere = false;
    for (const GroupRun& group : groups_) {
      const RolloutGroup* rollout = state().open_rollout_of(group.planned->name);
      if (is_paused(*group.planned)) {
        report.paused.push_back({group.planned->name, rollout->failures.size(), rollout->max_failures});
      } else if (!group.queue.empty()) {
        waiting_elsewhere = true;
      }
    }
    const bool did_something = report.requests > 0 || report.count(DesktopEnd::already) > 0 || had_open_;
    report.nothing_else_to_do = !report.paused.empty() && !waiting_elsewhere && !did_something && !plan_.empty();
    for (const auto& [name, session] : sessions_) {
      const auto eta = follower_.time_to_proof(*session);
      if (eta && (!report.look_again_in || *eta < *report.look_again_in)) {
        report.look_again_in = std::max<Duration>(*eta, Duration{1000});
      }
    }
    report.notes = notes();
    report.barred = barred_.has_value() || not_again_ > 0;
    if (barred_) report.notes.push_back(fmt::format("Nothing more was sent in this run. {}", *barred_));
    if (not_again_ > 0) {
      report.notes.push_back(fmt::format(
          "{} whose request was not received may not be sent again by this run: it is beyond what was approved, or "
          "something protects it now. Their disks were not wiped; a new plan decides.",
          plural(not_again_, "desktop")));
    }
  }

  // Workspaces in which something is open, and of which this plan does not say where they are.
  std::set<WorkspaceName> unfollowed() const {
    std::set<WorkspaceName> names;
    for (const auto& [key, job] : state().jobs) names.insert(job.workspace);
    for (const auto& [number, intent] : state().intents) names.insert(intent.workspace);
    std::erase_if(names, [&](const WorkspaceName& name) { return sessions_.contains(name); });
    return names;
  }
  static std::string describe_unfollowed(const WorkspaceName& name) {
    return fmt::format("Workspace {} has open requests or jobs, but no manifest names it: they are not followed.",
                       name);
  }

  static std::string describe_overdue(const Job& job) {
    const auto first = std::find_if(job.desktops.begin(), job.desktops.end(),
                                    [](const JobDesktop& desktop) { return desktop.overdue; });
    const bool one = job.overdue() == 1;
    return fmt::format(
        "Job {} of batch {} has not ended in its time: {} of group {} {} as unknown, and as under way for "
        "max_unavailable and max_in_flight, since the service may still be wiping {}. Every apply and refresh looks at "
        "the job again. Where it will never end, see in the service's console what became of each desktop, then run "
        "for each: gild state resolve {} --as ready|failed|not-received --reason TEXT",
        job.id, job.batch, plural(job.overdue(), "desktop"), job.group, one ? "counts" : "count", one ? "it" : "them",
        first->id);
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    for (const auto& [number, intent] : state().intents) {
      const bool looked_at = sessions_.contains(intent.workspace) && !intent.looks.empty();
      if (!looked_at || gild::time_to_proof(intent, std::chrono::seconds{0}, std::chrono::seconds{0})) continue;
      notes.push_back(fmt::format(
          "Whether batch {} reached the service cannot be proven by waiting. Look at its {}, then run for each: "
          "gild state resolve {} --as ready|failed|not-received --reason TEXT",
          intent.batch, plural(intent.desktops.size(), "desktop"), intent.desktops.front().id));
    }
    for (const auto& [key, job] : state().jobs) {
      if (sessions_.contains(job.workspace) && job.overdue() > 0) notes.push_back(describe_overdue(job));
    }
    for (const WorkspaceName& name : unfollowed()) notes.push_back(describe_unfollowed(name));
    return notes;
  }

  const Plan& plan_;
  const std::string& digest_;
  ApplyDeps deps_;
  ApplyOptions options_;
  std::stop_token stop_;
  Tally tally_;
  Follower follower_;
  Submitter submitter_;
  std::map<WorkspaceName, std::unique_ptr<WorkspaceSession>> sessions_;
  std::map<DesktopKey, const PlannedDesktop*> desktops_;
  std::vector<GroupRun> groups_;  // by name
  // Desktops under way in other runs, and since when it has been this many.
  struct OthersSeen {
    std::size_t desktops = 0;
    Instant since{};
  };
  std::map<WorkspaceName, OthersSeen> others_;
  std::set<GroupName> told_paused_;
  std::size_t not_again_ = 0;          // kept from being sent again
  std::optional<std::string> barred_;  // why nothing more may be sent
  bool told_waiting_ = false;
  bool resumed_ = false;
  bool had_open_ = false;
};

}  // namespace

bool check_plan(const Plan& plan, const std::string& digest, const State& state) {
  const std::optional<std::string> lineage = state.lineage.empty() ? std::nullopt : std::optional(state.lineage);
  // Where only a part was read: nothing has touched it since, or nothing has touched anything.
  const bool same_serial =
      plan.basis.serial == state.serial || (state.unread.serial != 0 && plan.basis.serial == state.unread.serial);
  if (plan.basis.lineage == lineage && same_serial) return false;
  const bool continues = std::any_of(state.rollouts.begin(), state.rollouts.end(),
                                     [&](const Rollout& rollout) { return rollout.plan_digest == digest; });
  if (continues) return true;
  const std::string advice =
      "Nothing was sent. Make a new plan, review it, and apply that one:\n    gild plan --out FILE";
  if (plan.basis.lineage != lineage) {
    throw Error(ErrorKind::refused, "This plan was made for another state", advice);
  }
  throw Error(ErrorKind::refused,
              fmt::format("This plan is stale: it was made at serial {} of the state, which is now at {}",
                          plan.basis.serial, state.serial),
              advice);
}

ApplyReport apply_plan(const Plan& plan, const std::string& digest, const ApplyDeps& deps, const ApplyOptions& options,
                       std::stop_token stop) {
  return Run(plan, digest, deps, options, std::move(stop)).carry_out();
}

}  // namespace gild
