// SPDX-License-Identifier: Apache-2.0
// What must hold inside a plan. Apply trusts a saved plan as a reviewer saw it, and a file may have been edited since,
// by a hand or by a merge; what contradicts itself is refused here and never reaches a desktop. Used inside this folder
// only.
#pragma once

#include <string_view>

#include "engine/model/plan.hpp"

namespace gild {

// Throws Error(input) where `plan` contradicts itself or a limit of the service; `name` is the file's.
void check_plan_rules(const Plan& plan, std::string_view name);

}  // namespace gild
