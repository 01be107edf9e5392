// SPDX-License-Identifier: Apache-2.0
// A run as Markdown, for the summary of a pipeline or a comment: the verdict, what needs somebody, a table of the
// groups, and folded lists. Never longer than asked for; what is left out is said. What others wrote stays text
// (markdown.hpp).
#pragma once

#include <cstddef>
#include <string>

#include "cli/views/run_report.hpp"

namespace gild {

// What GitHub takes as the summary of a step.
inline constexpr std::size_t kSummaryBytes = 1'048'576;
// Less cannot hold the verdict, and what to do about it, of any run.
inline constexpr std::size_t kLeastReportBytes = 8'192;

std::string render_report_markdown(const RunReport& report, std::size_t max_bytes = kSummaryBytes);

}  // namespace gild
