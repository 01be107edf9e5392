// SPDX-License-Identifier: Apache-2.0
// How badly a rollout can go: the most desktops that are lost before it stops by itself.
#pragma once

#include <cstddef>

#include "engine/model/plan.hpp"

namespace gild {

const Workspace* find_workspace(const Plan& plan, const WorkspaceName& name);  // nullptr: the plan has none of the name

// As many as may fail without a pause, and all that may be under way when one more does.
std::size_t worst_case(const PlannedGroup& group, const Workspace* workspace);
// A group that stops stops only itself, so it is the sum over the groups.
std::size_t worst_case(const Plan& plan);

}  // namespace gild
