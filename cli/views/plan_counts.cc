// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_counts.hpp"

#include <fmt/format.h>

namespace gild {

std::string counts_line(const Plan& plan) {
  const PlanSummary& summary = plan.summary;
  // What is under way or held has not what is wanted, though this plan does nothing about it.
  if (summary.rebuild == 0 && summary.in_progress == 0 && summary.held == 0) {
    return "No changes. Your infrastructure matches the configuration.";
  }
  return fmt::format("Plan: {0} to add, 0 to change, {0} to destroy.", summary.rebuild);
}

std::string render_plan_gitlab(const Plan& plan) {
  return fmt::format("{{\"create\":{0},\"update\":0,\"delete\":{0}}}\n", plan.summary.rebuild);
}

}  // namespace gild
