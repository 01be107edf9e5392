// SPDX-License-Identifier: Apache-2.0
// Does a plan keep the Guardrails? All that can be told without a clock; engine/ops/guardrail_dates.hpp tells the rest.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/guardrails.hpp"
#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild {

// A rule that a plan breaks.
struct GuardrailBreach {
  std::string rule;  // "max_rebuilds"
  std::string where;
  std::string what;                        // a full sentence
  std::vector<std::string> desktops = {};  // those it is about, as far as it is about single ones
};

std::vector<GuardrailBreach> find_breaches(const Plan& plan, const std::vector<Guardrails>& guardrails);

// Throws Error(refused) where there are any.
void refuse_breaches(const std::vector<GuardrailBreach>& breaches);

// Why a rebuild of the desktop that was requested before must not go again: it is protected, or the image it is to get
// is not allowed. nullopt: nothing speaks against it.
std::optional<std::string> why_not_again(const DesktopId& id, const PlannedGroup& group,
                                         const std::vector<Guardrails>& guardrails);
// The desktops of the plan that are under way and of which that is so.
std::set<DesktopKey> not_to_go_again(const Plan& plan, const std::vector<Guardrails>& guardrails);

// What of the rules needs a date: a plan takes it along.
std::vector<Guardrails> dated_part(const std::vector<Guardrails>& guardrails);

// For people: "no rebuild from 2026-12-20T00:00:00Z until 2027-01-05T00:00:00Z (Year-end), guardrails.yaml:9:5".
std::vector<std::string> describe_dated(const std::vector<Guardrails>& guardrails);

}  // namespace gild
