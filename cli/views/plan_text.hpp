// SPDX-License-Identifier: Apache-2.0
// A plan for the person who has to say yes: whose disk is wiped, from which image onto which, how fast, and why the
// others are left alone. The same plan gives the same bytes wherever it is not coloured.
#pragma once

#include <cstddef>
#include <string>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/model/plan.hpp"

namespace gild {

struct PlanTextOptions {
  std::size_t width = kPlainWidth;
  bool every_desktop = false;  // long lists and ids in full
};

// The groups, which may be long, and what has to be read of every plan: warnings and totals. One after the other they
// are the whole.
struct PlanParts {
  std::string groups;
  std::string verdict;
};
PlanParts render_plan_parts(const Plan& plan, const PlanTextOptions& options, const Style& style);

std::string render_plan(const Plan& plan, const PlanTextOptions& options, const Style& style);

// The last lines of it alone: "Plan: 211 desktops will be WIPED, in 3 batches. …"
std::string render_plan_summary(const Plan& plan, std::size_t width, const Style& style);

}  // namespace gild
