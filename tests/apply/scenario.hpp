// SPDX-License-Identifier: Apache-2.0
// One group, or two in one Workspace, on a simulated service, clock and disk, with a plan made by hand; what the
// applier's tests stand on.
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
  std::vector<DesktopId> ids;    // all that the manifests name
  std::vector<DesktopId> sales;  // those of them in the group "sales"; the others are in "finance"
  Workspace workspace;
  std::size_t batch_size = 100;
  int max_unavailable = 100;
  int max_failures = 0;
  std::string image = "new";
  std::optional<std::string> revision;
  RebuildOptions options;
  std::stop_source stop;
  ApplyReport last;  // of the last apply, and its plan
  Plan last_plan;

  explicit Scenario(std::size_t count, std::uint64_t seed = 1) : model(seed) {
    ids = add_fleet(model, count, "old");
    add_private_image(model, "new");
    add_private_image(model, "newer");
    workspace.name = WorkspaceName{"prod"};
    workspace.settle = std::chrono::minutes{30};
    cloud.demand_places();
  }

  GroupName group_of(const DesktopId& id) const {
    return GroupName{std::find(sales.begin(), sales.end(), id) == sales.end() ? "finance" : "sales"};
  }

  // Every desktop that the state does not show as right, in batches: the planner's rules in twenty lines.
  Plan plan(const State& state) const {
    Plan plan;
    if (!state.lineage.empty()) plan.basis.lineage = state.lineage;
    plan.basis.serial = state.serial;
    plan.manifest_digest = image + revision.value_or("");
    plan.workspaces = {workspace};
    std::vector<DesktopId> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    for (const char* name : {"finance", "sales"}) {
      PlannedGroup group;
      group.name = GroupName{name};
      group.workspace = workspace.name;
      group.target = {{ImageId{image}, "private", std::nullopt}, revision};
      group.rebuild = options;
      group.batch_size = static_cast<int>(batch_size);
      group.max_unavailable = max_unavailable;
      group.max_failures = max_failures;
      bool any = false;
      for (const DesktopId& id : sorted) {
        if (group_of(id) != group.name) continue;
        any = true;
        add_desktop(plan, group, id, state.find(workspace.name, id));
      }
      if (any) plan.groups.push_back(group);
    }
    std::sort(plan.desktops.begin(), plan.desktops.end(),
              [](const PlannedDesktop& a, const PlannedDesktop& b) { return a.id < b.id; });
    return plan;
  }

  void add_desktop(Plan& plan, PlannedGroup& group, const DesktopId& id, const DesktopRecord* record) const {
    PlannedDesktop desktop;
    desktop.id = id;
    desktop.workspace = workspace.name;
    desktop.group = group.name;
    desktop.to = image_state_of(group.target);
    if (record != nullptr) {
      desktop.from = record->image;
      const bool right =
          record->image.image_id == group.target.image.image_id && !revision_differs(record->image.revision, revision);
      if (record->status == DesktopStatus::ready && right) {
        ++group.counts.unchanged;
        return;
      }
      if (record->status == DesktopStatus::rebuilding || record->status == DesktopStatus::settling) {
        desktop.action = Action::in_progress;
        ++group.counts.in_progress;
      } else if (record->status == DesktopStatus::unhealthy || record->status == DesktopStatus::unknown) {
        desktop.action = Action::held;
        ++group.counts.held;
      }
    }
    if (desktop.action == Action::rebuild) {
      const std::size_t size =
          std::min({batch_size, static_cast<std::size_t>(max_unavailable), kMaxDesktopsPerRequest});
      if (plan.batches.empty() || plan.batches.back().group != group.name ||
          plan.batches.back().request.desktop_ids.size() == size) {
        PlannedBatch batch;
        batch.id = BatchId{group.name.str() + "-" + std::to_string(plan.batches.size() + 1)};
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

  static std::string digest_of(const Plan& plan) {
    return plan.manifest_digest + "@" + std::to_string(plan.basis.serial);
  }

  ApplyReport apply(const Plan& plan, ApplyOptions apply_options = {}) {
    last_plan = plan;
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
      look_at_open({workspace}, deps, SettleRule::full, stop.get_token(),
                   {{GroupName{"finance"}, delay_of(options)}, {GroupName{"sales"}, delay_of(options)}});
      locked->fold_to_disk();
    }
    return apply(plan(store.read()), apply_options);
  }

  void set_crash_point(CrashPoint* crash) {
    cloud.set_crash_point(crash);
    store.set_crash_point(crash);
    clock.set_crash_point(crash);
  }
  // An apply that a power cut ends at the call of that number; 0: none. Afterwards the disk is as the cut left it. True
  // where it came to the cut.
  bool apply_until_crash(std::size_t at_call, std::size_t unsynced_kept, ApplyOptions apply_options = {}) {
    CrashPoint crash;
    crash.arm(at_call);
    set_crash_point(&crash);
    bool crashed = false;
    try {
      apply(apply_options);
    } catch (const SimulatedCrash&) {
      crashed = true;
    } catch (...) {
      set_crash_point(nullptr);
      throw;
    }
    set_crash_point(nullptr);
    if (crashed) store = store.crashed_copy(unsynced_kept);
    return crashed;
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
