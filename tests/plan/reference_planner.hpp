// SPDX-License-Identifier: Apache-2.0
// A planner that is slow and plain to see through: contract 6, rule by rule, one desktop after another. It says nothing
// for people, so a plan must lose its words before the two are compared.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild::test {

inline std::optional<Action> reference_action(const DesktopEntry& entry, const Target& target,
                                              const DesktopRecord* record) {
  if (entry.protect) return Action::protect;
  if (entry.excluded) return Action::exclude;
  if (record == nullptr || record->status == DesktopStatus::failed) return Action::rebuild;
  if (record->status == DesktopStatus::rebuilding || record->status == DesktopStatus::settling)
    return Action::in_progress;
  if (record->status != DesktopStatus::ready) return Action::held;
  if (record->image.image_id != target.image.image_id) return Action::rebuild;
  if (record->image.revision && target.revision && record->image.revision != target.revision) return Action::rebuild;
  return std::nullopt;
}

inline Plan reference_plan(const Manifest& wanted, const State& known) {
  Plan plan;
  if (!known.lineage.empty()) plan.basis = {known.lineage, known.serial};

  std::map<GroupName, const DesktopGroup*> groups;
  for (const DesktopGroup& group : wanted.groups) groups[group.name] = &group;
  for (const auto& [name, group] : groups) {
    PlannedGroup planned;
    planned.name = name;
    planned.workspace = group->workspace;
    planned.target = group->target;
    planned.rebuild = group->rebuild;
    planned.desktops = group->desktops.size();
    planned.rollout_given = group->rollout_given;
    plan.summary.named += planned.desktops;
    std::map<std::optional<std::string>, std::set<DesktopId>> by_order;
    for (const DesktopEntry& entry : group->desktops) {
      const auto record = known.desktops.find({group->workspace, entry.id});
      const DesktopRecord* recorded = record == known.desktops.end() ? nullptr : &record->second;
      const std::optional<Action> action = reference_action(entry, group->target, recorded);
      planned.counts.unchanged += action ? 0U : 1U;
      planned.counts.rebuild += action == Action::rebuild ? 1U : 0U;
      planned.counts.in_progress += action == Action::in_progress ? 1U : 0U;
      planned.counts.protect += action == Action::protect ? 1U : 0U;
      planned.counts.exclude += action == Action::exclude ? 1U : 0U;
      planned.counts.held += action == Action::held ? 1U : 0U;
      if (!action) continue;
      PlannedDesktop desktop{entry.id, group->workspace, name, entry.name, {}, *action, {}, {}, {}, {}};
      if (recorded != nullptr) desktop.from = recorded->image;
      if (recorded != nullptr && !desktop.name) desktop.name = recorded->name;
      if (recorded != nullptr && recorded->details) desktop.data_disks = recorded->details->data_disks;
      desktop.to = {group->target.image.image_id, group->target.image.image_type, group->target.image.os_type,
                    group->target.revision};
      plan.desktops.push_back(std::move(desktop));
      if (action != Action::rebuild) continue;
      by_order[entry.order_id ? std::optional<std::string>(*entry.order_id) : group->rebuild.order_id].insert(entry.id);
    }
    planned.batch_size = group->rollout.batch_size;
    planned.max_unavailable = group->rollout.max_unavailable.resolve(planned.counts.rebuild, 1);
    planned.max_failures = group->rollout.max_failures.resolve(planned.counts.rebuild, 0);
    planned.sessions = group->rollout.sessions;
    const auto limit = static_cast<std::size_t>(std::min({planned.batch_size, planned.max_unavailable, 100}));
    int number = 0;
    for (auto& [order, ids] : by_order) {
      while (!ids.empty()) {
        PlannedBatch batch{BatchId(fmt::format("{}-{:03}", name, ++number)), name, group->workspace, 1, {}};
        batch.request.image = group->target.image;
        batch.request.options = group->rebuild;
        batch.request.options.order_id = order;
        while (!ids.empty() && batch.request.desktop_ids.size() < limit)
          batch.request.desktop_ids.push_back(ids.extract(ids.begin()).value());
        plan.batches.push_back(std::move(batch));
      }
    }
    plan.groups.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace gild::test
