// SPDX-License-Identifier: Apache-2.0
// What changed since another plan, the last push to the same pull request for example, for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/style.hpp"
#include "cli/views/plan_text.hpp"
#include "engine/model/plan.hpp"

namespace gild {

// An older plan, and what its file is called.
struct OlderPlan {
  const Plan& plan;
  std::string_view name;
};

std::string render_difference(const Plan& plan, const OlderPlan& older, const PlanTextOptions& options,
                              const Style& style);

// What the summary is sure to fit into.
inline constexpr std::size_t kLeastDifferenceBytes = 2'000;

// Never longer than `max_bytes`, which is at least that: the desktops give way first, then the last lines.
std::string render_difference_markdown(const Plan& plan, const OlderPlan& older, bool whole_ids, std::size_t max_bytes);

}  // namespace gild
