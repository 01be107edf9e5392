// SPDX-License-Identifier: Apache-2.0
// Plan ↔ JSON, format "gild.plan/1" (schemas/plan.schema.json), and the plan's digest.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/plan.hpp"

namespace gild {

std::string write_plan(const Plan& plan);
Plan read_plan(std::string_view text, std::string_view name);
// SHA-256 over the canonical JSON: the document without white space, keys in the order of the schema. Anybody can make
// it from a saved plan: jq -cj . plan.json | sha256sum
std::string plan_digest(const Plan& plan);

std::string_view name_of(Action action);  // rebuild, in-progress, held, protected, excluded

}  // namespace gild
