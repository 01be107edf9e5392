// SPDX-License-Identifier: Apache-2.0
// What of the Guardrails needs today's date, judged when an apply begins; freezes again before each batch.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/guardrails.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"
#include "engine/ops/op_deps.hpp"
#include "engine/plan/guardrail_rules.hpp"

namespace gild {

// The freeze that holds at that moment.
std::optional<GuardrailBreach> find_freeze(const std::vector<Guardrails>& guardrails, Time now);

// Rebuilds that were requested since then, but those that the service refused and those proven not executed. Throws
// Error(refused) where the history does not tell all of that time.
std::size_t count_rebuilds(const std::vector<JournalRecord>& history, const State& state, Time since);

// Of a plan with the digest `digest` that is about to be carried out with this state. Throws Error(refused) where it
// breaks a rule, or where that cannot be told. A plan that wipes nothing breaks none.
void check_dated(const Plan& plan, const std::string& digest, const std::vector<Guardrails>& guardrails,
                 const OpDeps& deps, const State& state);

}  // namespace gild
