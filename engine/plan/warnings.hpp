// SPDX-License-Identifier: Apache-2.0
// What a reviewer of a plan should know beyond the list: how much can go wrong at once, and what will not go as
// written.
#pragma once

#include <string>
#include <vector>

#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild {

// `plan` has its groups and batches already. Full sentences, in a fixed order.
std::vector<std::string> warnings_for(const Plan& plan, const State& known);

}  // namespace gild
