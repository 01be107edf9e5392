// SPDX-License-Identifier: Apache-2.0
// A plan for the views that show plans, with everything in it that a plan can say.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "engine/model/plan.hpp"

namespace gild::test {

inline constexpr const char* kOld = "11aa0c3e-0000-4000-8000-000000000001";
inline constexpr const char* kNew = "6b0f77d1-0000-4000-8000-000000000002";

inline Workspace prod() {
  Workspace workspace;
  workspace.name = WorkspaceName{"prod"};
  workspace.region = "ap-southeast-1";
  return workspace;
}

inline PlannedGroup finance() {
  PlannedGroup group;
  group.name = GroupName{"finance"};
  group.workspace = WorkspaceName{"prod"};
  group.target = {{ImageId{kNew}, "private", "Windows"}, "2026-w47"};
  group.rebuild.delay_time = 15;
  group.rebuild.message = "Your desktop will be rebuilt at 22:00. Save your work.";
  return group;
}

inline PlannedDesktop desktop(std::string id, Action action, std::string reason) {
  PlannedDesktop out;
  out.id = DesktopId{std::move(id)};
  out.workspace = WorkspaceName{"prod"};
  out.group = GroupName{"finance"};
  out.action = action;
  out.reason = std::move(reason);
  return out;
}

// Everything that a plan can say about a group, and a second group with nothing to do.
inline Plan rich_plan() {
  Plan plan;
  plan.workspaces = {prod()};
  PlannedGroup group = finance();
  for (int i = 1; i <= 12; ++i) {
    PlannedDesktop wiped =
        desktop(fmt::format("2f4a{:04}-0000-4000-8000-000000000000", i), Action::rebuild, "image differs");
    wiped.name = fmt::format("FIN-{:03}", i);
    wiped.data_disks = i % 4 == 0 ? 0 : 1;
    wiped.from = ImageState{ImageId{kOld}, "private", "Windows", "2026-w46"};
    plan.desktops.push_back(std::move(wiped));
  }
  plan.desktops.push_back(desktop("3b110000-0000-4000-8000-000000000000", Action::rebuild, "never seen"));
  PlannedDesktop failed =
      desktop("3c220000-0000-4000-8000-000000000000", Action::rebuild, "job a1 failed: WKS.0001 disk\x1b[2J full");
  failed.from = ImageState{};
  plan.desktops.push_back(std::move(failed));
  plan.desktops.push_back(
      desktop("4d330000-0000-4000-8000-000000000000", Action::in_progress, "job b2 is rebuilding it"));
  plan.desktops.push_back(desktop("5e440000-0000-4000-8000-000000000000", Action::held,
                                  "unknown after job c3; look at it, then: gild state resolve "
                                  "5e440000-0000-4000-8000-000000000000 --as ready|failed|not-received --reason TEXT"));
  PlannedDesktop chief = desktop("77c00000-0000-4000-8000-000000000000", Action::protect, "protected; image differs");
  chief.name = "CFO";
  plan.desktops.push_back(std::move(chief));
  plan.desktops.push_back(desktop("9e1d0000-0000-4000-8000-000000000000", Action::exclude, "excluded"));
  group.counts = {14, 1188, 1, 1, 1, 1};
  plan.groups.push_back(group);
  PlannedGroup sales = finance();
  sales.name = GroupName{"sales"};
  sales.target.revision.reset();
  sales.counts.unchanged = 120;
  plan.groups.push_back(sales);
  PlannedBatch batch;
  batch.group = GroupName{"finance"};
  plan.batches = {batch};
  plan.summary = {14, 1308, 1, 1, 1, 1, 3, 1, 14};
  plan.warnings = {"There is no canary: the group is one wave."};
  return plan;
}

}  // namespace gild::test
