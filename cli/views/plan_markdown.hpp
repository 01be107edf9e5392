// SPDX-License-Identifier: Apache-2.0
// A plan as a comment on a pull request: what is wiped and how badly it can go at a glance, the desktops folded away.
// It is never longer than asked for: the desktops give way first, then the groups, and it says what was left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/model/plan.hpp"

namespace gild {

// The first line, by which a bot finds its own comment again.
inline constexpr std::string_view kPlanMarker = "<!-- gild plan -->";

// What a comment on GitHub may have.
inline constexpr std::size_t kMarkdownBytes = 65'536;
// Below that not even the verdict is sure to fit.
inline constexpr std::size_t kLeastMarkdownBytes = 4'000;

struct PlanMarkdownOptions {
  std::size_t max_bytes = kMarkdownBytes;  // at least kLeastMarkdownBytes
  bool whole_ids = false;
  std::string since{};  // what stands behind the verdict and is never left out: plan_difference_views.hpp
};

std::string render_plan_markdown(const Plan& plan, const PlanMarkdownOptions& options);

}  // namespace gild
