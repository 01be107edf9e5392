// SPDX-License-Identifier: Apache-2.0
// In which form gild plan and gild show print a plan.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/app.hpp"
#include "cli/arguments.hpp"
#include "engine/model/plan.hpp"

namespace gild {

enum class PlanFormat { text, json, markdown, html, gitlab };

struct PlanOutput {
  PlanFormat format = PlanFormat::text;
  std::optional<std::size_t> max_bytes;  // of Markdown
  std::optional<std::string> diff;       // the file of an older plan
  bool verbose = false;
};

// --format, --max-bytes, --diff, --verbose
void add_plan_output(Arguments& arguments, PlanOutput& output);

// Throws Error(usage) where --max-bytes or --diff is given for another format, or --max-bytes is too little. Before
// anything else is done.
void check_plan_output(const PlanOutput& output);

// The plan of --diff; nullopt: there is no such option. Throws Error(input) where that file holds no plan.
std::optional<Plan> older_plan(App& app, const PlanOutput& output);

// Any form but text, which each command has more to say to.
std::string render_for_programs(const Plan& plan, const PlanOutput& output, const std::optional<Plan>& older);

// What text says of --diff; empty without.
std::string render_since(const Plan& plan, const PlanOutput& output, const std::optional<Plan>& older,
                         std::size_t width, const Style& style);

}  // namespace gild
