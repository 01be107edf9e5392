// SPDX-License-Identifier: Apache-2.0
// A plan as one HTML file for who reviews it: what is wiped and how badly it can go, warnings, groups and batches in
// the markup, and every desktop as data, of which the page draws what is looked at. Nothing is left out, however many
// there are.
#pragma once

#include <string>

#include "engine/model/plan.hpp"

namespace gild {

struct PlanHtmlOptions {
  bool whole_ids = false;  // of images; those of desktops always are
};

std::string render_plan_html(const Plan& plan, const PlanHtmlOptions& options);

}  // namespace gild
