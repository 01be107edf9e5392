// SPDX-License-Identifier: Apache-2.0
// How an apply ended, for the person or the pipeline's log: every desktop of the plan is in it, with what became of it
// and what to do next.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/report.hpp"

namespace gild {

struct ApplyTextOptions {
  std::size_t width = kPlainWidth;
  bool every_desktop = false;
  std::string command;  // the one that was run, to be run again: "gild apply plan.json"
};

std::string render_apply(const ApplyReport& report, const ApplyTextOptions& options, const Style& style);

// What is asked before a disk is wiped, down to where the answer is typed.
std::string render_question(const Plan& plan, const std::vector<PausedGroup>& paused, std::size_t width,
                            const Style& style);

}  // namespace gild
