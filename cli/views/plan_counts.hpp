// SPDX-License-Identifier: Apache-2.0
// A plan as numbers that other programs already read. A rebuild counts as something destroyed and something created,
// never as a change: the disk is wiped.
#pragma once

#include <string>

#include "engine/model/plan.hpp"

namespace gild {

// The line by which Atlantis and other wrappers of Terraform tell what a plan does, without a line break:
// "Plan: 119 to add, 0 to change, 119 to destroy.", or "No changes. …" where every desktop has what is wanted.
std::string counts_line(const Plan& plan);

// What GitLab reads as artifacts:reports:terraform, and shows in the merge request.
std::string render_plan_gitlab(const Plan& plan);

}  // namespace gild
