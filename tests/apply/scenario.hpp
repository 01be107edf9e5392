// SPDX-License-Identifier: Apache-2.0
// One group on a simulated service, clock and disk, with a plan made by hand; what the applier's tests stand on.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/apply/applier.hpp"
#include "engine/simulation/memory_store.hpp"
#include "engine/simulation/recording_observer.hpp"
#include "engine/simulation/simulated_clock.hpp"
#include "engine/simulation/simulated_cloud.hpp"

namespace gild {

struct Scenario {
  ServiceModel model;
  SimulatedClock clock;
  SimulatedCloud cloud{model, clock};
  MemoryStateStore store{clock};
  RecordingObserver observer;
  std::vector<DesktopId> ids;
  Workspace workspace;
  std::size_t batch_size = 100;
  int max_unavailable = 100;
  int max_failures = 0;
  std::string image = "new";
  std::optional<std::string> revision;
  RebuildOptions options;
  std::stop_source stop;
  ApplyReport last;  // of the last apply

  explicit Scenario(std::size_t count, std::uint64_t seed = 1) : model(seed) {
    ids = add_fleet(model, count, "old");
    add_private_image(model, "new");
    add_private_image(model, "newer");
    workspace.name = WorkspaceName{"prod"};
    workspace.settle = std::chrono::minutes{30};
  }

  // Every desktop that the state does not show as right, in batches: the planner's rules in ten lines.
  Plan plan(const State& state) const {
    Plan plan;
    if (!state.lineage.empty()) plan.basis.lineage = state.lineage;
    plan.basis.serial = state.serial;
    plan.manifest_digest = image + revision.value_or("");
    plan.workspaces = {workspace};
    PlannedGroup group;
    group.name = GroupName{"finance"};
    group.workspace = workspace.name;
    group.target = {{ImageId{image}, "private", std::nullopt}, revision};
    group.rebuild = options;
    group.max_unavailable = max_unavailable;
    group.max_failures = max_failures;
    const std::size_t size = std::min({batch_size, static_cast<std::size_t>(max_unavailable), kMaxDesktopsPerRequest});
    std::vector<DesktopId> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    for (const DesktopId& id : sorted) {
      const DesktopRecord* record = state.find(workspace.name, id);
      PlannedDesktop desktop;
      desktop.id = id;
      desktop.workspace = workspace.name;
      desktop.group = group.name;
      desktop.to = image_state_of(group.target);
      if (record != nullptr) {
        desktop.from = record->image;
        const bool right = record->image.image_id == group.target.image.image_id &&
                           !revision_differs(record->image.revision, revision);
        if (record->status == DesktopStatus::ready && right) continue;
        if (record->status == DesktopStatus::rebuilding || record->status == DesktopStatus::settling) {
          desktop.action = Action::in_progress;
        } else if (record->status == DesktopStatus::unhealthy || record->status == DesktopStatus::unknown) {
          desktop.action = Action::held;
        }
      }
      if (desktop.action == Action::rebuild) {
        if (plan.batches.empty() || plan.batches.back().request.desktop_ids.size() == size) {
          PlannedBatch batch;
          batch.id = BatchId{"finance-" + std::to_string(plan.batches.size() + 1)};
          batch.group = group.name;
          batch.workspace = workspace.name;
          batch.request.image = group.target.image;
          batch.request.options = options;
          plan.batches.push_back(batch);
        }
        plan.batches.back().request.desktop_ids.push_back(id);
        desktop.batch = plan.batches.back().id;
        ++group.counts.rebuild;
      }
      plan.desktops.push_back(desktop);
    }
    plan.groups = {group};
    return plan;
  }

  static std::string digest_of(const Plan& plan) {
    return plan.manifest_digest + "@" + std::to_string(plan.basis.serial);
  }

  ApplyReport apply(const Plan& plan, ApplyOptions apply_options = {}) {
    const auto locked = store.lock();
    check_plan(plan, digest_of(plan), locked->state());
    const ApplyDeps deps{cloud, clock, *locked, observer};
    ApplyReport report = apply_plan(plan, digest_of(plan), deps, apply_options, stop.get_token());
    locked->fold_to_disk();
    last = report;
    return report;
  }

  // As `gild apply PATH` does: one look at what is open, a plan, its execution.
  ApplyReport apply(ApplyOptions apply_options = {}) {
    {
      const auto locked = store.lock();
      const ApplyDeps deps{cloud, clock, *locked, observer};
      look_at_open({workspace}, deps, SettleRule::full, stop.get_token(), {{GroupName{"finance"}, delay_of(options)}});
      locked->fold_to_disk();
    }
    return apply(plan(store.read()), apply_options);
  }

  std::size_t wiped_twice() const {
    return static_cast<std::size_t>(
        std::count_if(ids.begin(), ids.end(), [&](const DesktopId& id) { return model.wipes_of(id) > 1; }));
  }
  std::size_t recorded(DesktopStatus status) {
    const State state = store.read();
    return static_cast<std::size_t>(std::count_if(state.desktops.begin(), state.desktops.end(), [&](const auto& entry) {
      return entry.second.status == status &&
             (status != DesktopStatus::ready || entry.second.image.image_id == ImageId{image});
    }));
  }
};

}  // namespace gild
