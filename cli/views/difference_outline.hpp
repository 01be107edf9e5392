// SPDX-License-Identifier: Apache-2.0
// What a plan does otherwise than an older one, in the sentences that read the same everywhere, most alarming first.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/views/plan_outline.hpp"
#include "engine/plan/plan_difference.hpp"

namespace gild {

// How a view writes what comes from manifests, the state or the service.
struct DifferenceWords {
  using Write = std::function<std::string(std::string_view)>;
  Write value;  // a name or a setting
  Write prose;  // a sentence of ours that has such text in it: a reason, a warning
  Write image;  // an image's id
};

struct DifferenceLine {
  std::string text;          // behind the number of desktops, or alone where there are none
  bool alarming = false;     // more is wiped, or something else than before
  PlannedDesktops desktops;  // as the newer plan has them, else the older one
};

// Desktops of which the same is said are one line. Empty where both plans do and say the same.
std::vector<DifferenceLine> difference_lines(const PlanDifference& difference, const DifferenceWords& words);

// "119 desktops are wiped, 104 before. Worst case: …", and what the plans were made from where that is not the same.
std::string difference_summary(const PlanDifference& difference);

}  // namespace gild
