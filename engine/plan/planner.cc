// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/planner.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "engine/model/worst_case.hpp"
#include "engine/plan/batching.hpp"
#include "engine/plan/guardrail_rules.hpp"
#include "engine/plan/scope.hpp"
#include "engine/plan/verdict.hpp"
#include "engine/plan/warnings.hpp"

namespace gild {
namespace {

// Desktops that an intent or a job has not ended for. Their records say so too; a state that a hand has edited may not.
std::set<DesktopKey> open_desktops(const State& known) {
  std::set<DesktopKey> out;
  for (const auto& [number, intent] : known.intents) {
    for (const IntentDesktop& desktop : intent.desktops) out.insert({intent.workspace, desktop.id});
  }
  for (const auto& [id, job] : known.jobs) {
    for (const JobDesktop& desktop : job.desktops) out.insert({job.workspace, desktop.id});
  }
  return out;
}

class Planner {
 public:
  Planner(const PreparedManifest& wanted, const State& known, const PlanOptions& options)
      : prepared_(wanted), wanted_(wanted.manifest), known_(known), scope_(wanted.manifest, options) {}

  Plan make() {
    // A state that nothing was ever stored in has neither.
    if (!known_.lineage.empty()) plan_.basis = {known_.lineage, known_.serial};
    plan_.workspaces = wanted_.workspaces;
    std::sort(plan_.workspaces.begin(), plan_.workspaces.end(),
              [](const Workspace& a, const Workspace& b) { return a.name < b.name; });
    plan_.manifest_digest = prepared_.digest;
    judge_desktops();
    add_groups();
    sum_up();
    plan_.guardrails = dated_part(wanted_.guardrails);
    plan_.warnings = warnings_for(plan_, known_);
    return std::move(plan_);
  }

 private:
  struct GroupDraft {
    const DesktopGroup* group = nullptr;
    GroupCounts counts;
    std::vector<std::size_t> rebuilds;               // indices into plan_.desktops, in id order
    std::vector<std::optional<std::string>> orders;  // of these
    bool in_scope = false;
    PlannedGroup judged_by;  // what Guardrails judge by
  };

  // One pass over two sorted ranges: what is wanted and what is recorded.
  void judge_desktops() {
    for (const DesktopGroup& group : wanted_.groups) {
      GroupDraft& draft = drafts_[group.name];
      draft.group = &group;
      draft.judged_by = facts_of(group);
      // A group without desktops is shown where it was asked for, or where nothing in particular was.
      draft.in_scope = scope_.has(group.name) && !scope_.has_desktops();
    }
    const std::set<DesktopKey> open = open_desktops(known_);
    auto recorded = known_.desktops.begin();
    const auto end = known_.desktops.end();
    for (const WantedDesktop& desktop : prepared_.desktops) {
      const auto key = std::tie(desktop.group->workspace, desktop.entry->id);
      while (recorded != end && std::tie(recorded->first.workspace, recorded->first.id) < key) {
        ++recorded;
        ++unmanaged_;
      }
      const DesktopRecord* record = nullptr;
      if (recorded != end && std::tie(recorded->first.workspace, recorded->first.id) == key) {
        record = &recorded->second;
        ++recorded;
      }
      if (!scope_.has(desktop.group->name) || !scope_.has(desktop.entry->id)) continue;
      const bool is_open = !open.empty() && open.contains({desktop.group->workspace, desktop.entry->id});
      add(desktop, record, is_open);
    }
    // What a store did not read is of groups that the manifests do not have.
    unmanaged_ += static_cast<std::size_t>(std::distance(recorded, end)) + known_.unread.desktops;
  }

  void add(const WantedDesktop& desktop, const DesktopRecord* record, bool is_open) {
    const auto& [group, entry, prefix] = desktop;
    GroupDraft& draft = draft_of(*group);
    draft.in_scope = true;
    Verdict verdict = judge(*entry, group->target, record, is_open);
    if (verdict.action == Action::in_progress) keep_from_going_again(verdict, entry->id, draft.judged_by);
    if (!verdict.action) {
      ++draft.counts.unchanged;
      return;
    }
    count(draft.counts, *verdict.action);
    if (verdict.action == Action::rebuild) {
      draft.rebuilds.push_back(plan_.desktops.size());
      draft.orders.push_back(entry->order_id ? std::optional<std::string>(*entry->order_id) : group->rebuild.order_id);
    }
    PlannedDesktop& planned = plan_.desktops.emplace_back();
    planned.id = entry->id;
    planned.workspace = group->workspace;
    planned.group = group->name;
    planned.name = entry->name || record == nullptr ? entry->name : record->name;
    if (record != nullptr && record->details) planned.data_disks = record->details->data_disks;
    planned.action = *verdict.action;
    planned.reason = verdict.reason;
    if (record != nullptr) planned.from = record->image;
    planned.to = image_state_of(group->target);
  }

  static PlannedGroup facts_of(const DesktopGroup& group) {
    PlannedGroup facts;
    facts.name = group.name;
    facts.workspace = group.workspace;
    facts.target = group.target;
    facts.desktops = group.desktops.size();
    facts.image_name = group.image_name;
    facts.labels = group.labels;
    facts.rollout_given = group.rollout_given;
    return facts;
  }

  // What was requested before the guardrail was there runs on; but it is not sent a second time, also not by an apply
  // that has nothing but this plan.
  void keep_from_going_again(Verdict& verdict, const DesktopId& id, const PlannedGroup& group) const {
    const auto why = why_not_again(id, group, wanted_.guardrails);
    if (!why) return;
    verdict = {Action::protect,
               fmt::format("{}; {}; a rebuild that was requested cannot be called back", *why, verdict.reason)};
  }

  // Neighbours are mostly of one group.
  GroupDraft& draft_of(const DesktopGroup& group) {
    if (last_draft_ == nullptr || last_draft_->group != &group) last_draft_ = &drafts_.at(group.name);
    return *last_draft_;
  }

  static void count(GroupCounts& counts, Action action) {
    switch (action) {
      case Action::rebuild:
        ++counts.rebuild;
        return;
      case Action::in_progress:
        ++counts.in_progress;
        return;
      case Action::held:
        ++counts.held;
        return;
      case Action::protect:
        ++counts.protect;
        return;
      case Action::exclude:
        ++counts.exclude;
        return;
    }
  }

  void add_groups() {
    for (const auto& [name, draft] : drafts_) {
      if (!draft.in_scope) continue;
      const DesktopGroup& group = *draft.group;
      PlannedGroup& planned = plan_.groups.emplace_back(draft.judged_by);
      planned.rebuild = group.rebuild;
      planned.batch_size = group.rollout.batch_size;
      planned.max_unavailable = group.rollout.max_unavailable.resolve(draft.counts.rebuild, 1);
      planned.max_failures = group.rollout.max_failures.resolve(draft.counts.rebuild, 0);
      planned.sessions = group.rollout.sessions;
      planned.counts = draft.counts;

      std::vector<BatchCandidate> candidates;
      candidates.reserve(draft.rebuilds.size());
      for (std::size_t i = 0; i < draft.rebuilds.size(); ++i) {
        candidates.push_back({&plan_.desktops[draft.rebuilds[i]], draft.orders[i]});
      }
      cut_batches(planned, candidates, plan_.batches);
    }
  }

  void sum_up() {
    PlanSummary& sum = plan_.summary;
    for (const PlannedGroup& group : plan_.groups) {
      sum.rebuild += group.counts.rebuild;
      sum.unchanged += group.counts.unchanged;
      sum.in_progress += group.counts.in_progress;
      sum.protect += group.counts.protect;
      sum.exclude += group.counts.exclude;
      sum.held += group.counts.held;
    }
    sum.unmanaged = scope_.narrowed() ? 0 : unmanaged_;  // in no group, so in no part of the fleet that was asked for
    sum.batches = plan_.batches.size();
    for (const DesktopGroup& group : wanted_.groups) sum.named += group.desktops.size();
    sum.worst_case = worst_case(plan_);
  }

  const PreparedManifest& prepared_;
  const Manifest& wanted_;
  const State& known_;
  Scope scope_;
  Plan plan_;
  std::map<GroupName, GroupDraft> drafts_;
  GroupDraft* last_draft_ = nullptr;
  std::size_t unmanaged_ = 0;
};

}  // namespace

Plan make_plan(const PreparedManifest& wanted, const State& known, const PlanOptions& options) {
  return Planner(wanted, known, options).make();
}

Plan make_plan(const Manifest& wanted, const State& known, const PlanOptions& options) {
  return make_plan(PreparedManifest{wanted}, known, options);
}

}  // namespace gild
