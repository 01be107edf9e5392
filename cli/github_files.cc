// SPDX-License-Identifier: Apache-2.0
#include "cli/github_files.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/error_text.hpp"
#include "cli/views/plan_markdown.hpp"
#include "cli/views/report_markdown.hpp"
#include "engine/codec/plan_codec.hpp"

namespace gild {
namespace {

constexpr const char* kSummary = "GITHUB_STEP_SUMMARY";
constexpr const char* kOutput = "GITHUB_OUTPUT";

using Outputs = std::vector<std::pair<std::string, std::string>>;

void warn(App& app, const std::string& message) noexcept {
  try {
    SteadyOutput{app.err}.write(render_message("warning", message, {}, app.sentence_width(), app.style_of(app.err)));
  } catch (const std::exception&) {  // nobody is there to be warned
  }
}

// Calls `make` with what the file holds, in bytes, and appends what it returns.
template <class Make>
void append(App& app, const char* variable, Make make) noexcept {
  std::string path;
  try {
    const std::optional<std::string> named = app.environment(variable);
    if (!named) return;
    path = *named;
    const auto file = app.disk.open_or_create(app.disk.resolve(path));
    const std::size_t size = file->size();
    file->write(size, make(size));
  } catch (const std::exception& error) {
    warn(app, fmt::format("{} was not written: {}", variable, error.what()));
  }
}

void append_summary(App& app, const std::function<std::string(std::size_t max_bytes)>& render) noexcept {
  append(app, kSummary, [&](std::size_t size) -> std::string {
    const std::size_t begun = size == 0 ? 0 : 1;  // what is there may lack its last line break
    if (size + begun + kLeastReportBytes > kSummaryBytes) {
      warn(app, "GITHUB_STEP_SUMMARY is full, so that what gild has to say is not in it.");
      return {};
    }
    return std::string(begun, '\n') + render(kSummaryBytes - size - begun);
  });
}

// Values are words, numbers and digests of ours, never text that somebody else wrote; what could begin another line is
// left out all the same.
void append_outputs(App& app, const std::function<Outputs()>& make) noexcept {
  append(app, kOutput, [&](std::size_t) {
    std::string lines;
    for (const auto& [name, value] : make()) {
      const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
      if (plain) lines += fmt::format("{}={}\n", name, value);
    }
    return lines;
  });
}

}  // namespace

bool github_asks(const App& app) {
  return app.environment(kSummary) || app.environment(kOutput);
}

void leave_for_github(App& app, const Plan& plan) noexcept {
  append_summary(app, [&](std::size_t max_bytes) { return render_plan_markdown(plan, {max_bytes, false}); });
  append_outputs(app, [&]() -> Outputs {
    const PlanSummary& summary = plan.summary;
    return {{"changes", plan.empty() ? "false" : "true"},
            {"rebuilds", fmt::to_string(summary.rebuild)},
            {"batches", fmt::to_string(summary.batches)},
            {"worst_case", fmt::to_string(summary.worst_case)},
            {"in_progress", fmt::to_string(summary.in_progress)},
            {"held", fmt::to_string(summary.held)},
            {"digest", plan_digest(plan)}};
  });
}

void leave_for_github(App& app, const RunReport& report) noexcept {
  append_summary(app, [&](std::size_t max_bytes) { return render_report_markdown(report, max_bytes); });
  append_outputs(app, [&]() -> Outputs {
    Outputs outputs{{"outcome", std::string{name_of(report.outcome)}},
                    {"exit_status", fmt::to_string(static_cast<int>(report.exit))},
                    {"requests", fmt::to_string(report.apply ? report.apply->requests : 0)}};
    for (const DesktopEnd end : kDesktopEnds) {
      outputs.emplace_back(name_of(end), fmt::to_string(report.apply ? report.apply->count(end) : 0));
    }
    if (report.plan_digest) outputs.emplace_back("digest", *report.plan_digest);
    return outputs;
  });
}

}  // namespace gild
