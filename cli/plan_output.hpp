// SPDX-License-Identifier: Apache-2.0
// In which form gild plan and gild show print a plan.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/arguments.hpp"
#include "engine/model/plan.hpp"

namespace gild {

enum class PlanFormat { text, json, markdown, html, gitlab };

struct PlanOutput {
  PlanFormat format = PlanFormat::text;
  std::optional<std::size_t> max_bytes;  // of Markdown
  bool verbose = false;
};

// --format, --max-bytes, --verbose
void add_plan_output(Arguments& arguments, PlanOutput& output);

// Throws Error(usage) where --max-bytes is given for another format or is too little. Before anything else is done.
void check_plan_output(const PlanOutput& output);

// Any form but text, which each command has more to say to.
std::string render_for_programs(const Plan& plan, const PlanOutput& output);

}  // namespace gild
