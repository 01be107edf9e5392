// SPDX-License-Identifier: Apache-2.0
#include "engine/model/worst_case.hpp"

#include <algorithm>

namespace gild {

const Workspace* find_workspace(const Plan& plan, const WorkspaceName& name) {
  const auto found = std::find_if(plan.workspaces.begin(), plan.workspaces.end(),
                                  [&](const Workspace& workspace) { return workspace.name == name; });
  return found == plan.workspaces.end() ? nullptr : &*found;
}

std::size_t worst_case(const PlannedGroup& group, const Workspace* workspace) {
  auto in_flight = static_cast<std::size_t>(group.max_unavailable);
  if (workspace != nullptr) in_flight = std::min(in_flight, static_cast<std::size_t>(workspace->max_in_flight));
  return std::min(group.counts.rebuild, static_cast<std::size_t>(group.max_failures) + in_flight);
}

std::size_t worst_case(const Plan& plan) {
  std::size_t sum = 0;
  for (const PlannedGroup& group : plan.groups) sum += worst_case(group, find_workspace(plan, group.workspace));
  return sum;
}

}  // namespace gild
