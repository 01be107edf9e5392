// SPDX-License-Identifier: Apache-2.0
#include "cli/log_fold.hpp"

#include <chrono>
#include <exception>
#include <variant>

#include <fmt/format.h>

#include "cli/workflow_commands.hpp"

namespace gild {
namespace {

constexpr std::string_view kPlan = "gild_plan";
constexpr std::string_view kProgress = "gild_progress";

std::string section(std::string_view what, const Clock& clock, std::string_view name, std::string_view title) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  return fmt::format("\x1b[0K{}:{}:{}\r\x1b[0K{}\n", what, seconds, name, title);
}

}  // namespace

LogFold::LogFold(const App& app, const Clock* clock) : clock_(clock) {
  if (app.environment("GITHUB_ACTIONS") == "true") {
    machine_ = Machine::github;
  } else if (clock != nullptr && app.environment("GITLAB_CI") == "true") {
    machine_ = Machine::gitlab;
  }
}

void LogFold::begin(OutputStream& out, std::string_view name, std::string_view title) const {
  if (machine_ == Machine::github) out.write_command(workflow_command("group", {}, title));
  if (machine_ == Machine::gitlab) out.write_command(section("section_start", *clock_, name, title));
}

void LogFold::end(OutputStream& out, std::string_view name) const {
  if (machine_ == Machine::github) out.write_command(workflow_command("endgroup", {}, {}));
  if (machine_ == Machine::gitlab) out.write_command(section("section_end", *clock_, name, {}));
}

void write_folded(OutputStream& out, const LogFold& fold, const Plan& plan, const PlanTextOptions& options,
                  const Style& style) {
  const PlanParts parts = render_plan_parts(plan, options, style);
  if (!fold.folds() || parts.groups.empty()) {
    out.write(parts.groups + parts.verdict);
    return;
  }
  fold.begin(out, kPlan, "The plan, group by group");
  out.write(parts.groups);
  fold.end(out, kPlan);
  out.write(parts.verdict);
}

void FoldedProgress::on(const Event& event) noexcept {
  if (!begun_ && describe_event(event)) begin();
  lines_.on(event);
  if (std::holds_alternative<event::RunFinished>(event)) end();
}

void FoldedProgress::begin() noexcept {
  begun_ = true;
  try {
    fold_.begin(out_, kProgress, "What happened");
  } catch (const std::exception&) {
    // Standard error is gone; the run is worth more than its display.
  }
}

void FoldedProgress::end() noexcept {
  if (!begun_) return;
  begun_ = false;
  try {
    fold_.end(out_, kProgress);
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace gild
