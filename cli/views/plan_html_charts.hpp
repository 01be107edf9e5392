// SPDX-License-Identifier: Apache-2.0
// Pictures of a plan, as SVG within its page. A plan knows no time: what lies further to the right is sent later, and
// how wide it is says how many desktops it is.
#pragma once

#include <string>

#include "cli/views/plan_outline.hpp"
#include "engine/model/plan.hpp"

namespace gild {

// What becomes of the desktops that the manifests name, as parts of one bar, and what its colours mean.
std::string fleet_chart(const PlanSummary& summary);

// The batches of a group that something is wiped in: in the order of their requests, which of them the worst case
// reaches, and how many desktops may be under way at once.
std::string lane_chart(const Plan& plan, const GroupOutline& outline);

}  // namespace gild
