// SPDX-License-Identifier: Apache-2.0
#include "cli/apply_outputs.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/github_files.hpp"
#include "cli/views/error_text.hpp"
#include "cli/views/report_html.hpp"
#include "cli/views/report_json.hpp"
#include "cli/views/report_junit.hpp"
#include "cli/views/report_markdown.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

RunOutcome outcome_of(const RunReport& report, bool declined) {
  switch (report.exit) {
    case ExitCode::ok:
    case ExitCode::changes_pending:
      break;
    case ExitCode::error:
      return declined ? RunOutcome::declined : RunOutcome::failed;
    case ExitCode::incomplete:
      return RunOutcome::incomplete;
    case ExitCode::locked:
      return RunOutcome::locked;
    case ExitCode::refused:
      return RunOutcome::refused;
    case ExitCode::interrupted:
      return RunOutcome::interrupted;
  }
  return report.apply && report.apply->desktops.empty() ? RunOutcome::nothing_to_do : RunOutcome::done;
}

}  // namespace

void refuse_to_lose(App& app, const std::string& path, std::string_view wanted, std::string_view otherwise) {
  const std::string resolved = app.disk.resolve(path);
  std::error_code unknown;  // opening it tells more
  if (!std::filesystem::is_regular_file(resolved, unknown)) return;
  const auto file = app.disk.open(resolved, FileAccess::read);
  if (file == nullptr || file->size() == 0) return;
  std::string begin(wanted.size(), '\0');
  begin.resize(file->read(0, begin));
  if (begin == wanted) return;
  throw Error(ErrorKind::usage, fmt::format("{} is there and {}; it is not written over.", path, otherwise),
              "Nothing was done. Name another file, or remove it.");
}

std::string_view ApplyOutputs::beginning_of(Format format) {
  switch (format) {
    case Format::markdown:
      return "### gild apply";
    case Format::html:
      return "<!DOCTYPE html>";
    case Format::json:
      break;
    case Format::junit:
      return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gild apply";
  }
  return R"({
  "format": "gild.report/)";
}

void add_report(Arguments& arguments, std::vector<std::string>& reports) {
  arguments.values("--report", "FILE", reports,
                   "write how it ended there, by the ending: .md, .html, .json, or .xml for JUnit; repeatable",
                   ValueHint::file);
}

ApplyOutputs::Format ApplyOutputs::format_of(const std::string& path) {
  constexpr std::pair<std::string_view, Format> kEndings[] = {
      {".md", Format::markdown}, {".html", Format::html}, {".json", Format::json}, {".xml", Format::junit}};
  for (const auto& [ending, format] : kEndings) {
    if (path.size() > ending.size() && path.ends_with(ending)) return format;
  }
  throw Error(ErrorKind::usage,
              fmt::format("--report {}: the ending says what to write, and this one says nothing.", path),
              "Nothing was done. Name a file that ends in .md (Markdown), .html, .json, or .xml (JUnit).");
}

ApplyOutputs::ApplyOutputs(App& app, const std::vector<std::string>& reports) : app_(app) {
  for (const std::string& path : reports) {
    // A link may lead there too.
    const std::string place = app.disk.resolve(path);
    const auto same = [&](const Report& other) { return app.disk.resolve(other.path) == place; };
    if (std::any_of(reports_.begin(), reports_.end(), same)) {
      throw Error(ErrorKind::usage, fmt::format("--report {} is given twice.", path));
    }
    reports_.push_back({path, format_of(path), nullptr});
    refuse_to_lose(app, path, beginning_of(reports_.back().format), "is no report");
  }
  try {
    for (Report& report : reports_) report.file = app.open_output(report.path);
  } catch (Error& error) {
    error.while_doing("opening the reports; nothing was sent");
    throw;
  }
}

std::string ApplyOutputs::render(const RunReport& report, Format format) {
  switch (format) {
    case Format::markdown:
      return render_report_markdown(report);
    case Format::html:
      return render_report_html(report);
    case Format::json:
      return write_report(report);
    case Format::junit:
      break;
  }
  return write_junit(report);
}

bool ApplyOutputs::write(RunReport report, ApplyResult result) {
  if (reports_.empty() && !github_asks(app_)) return true;  // a digest takes its time
  if (result.plan) report.plan_digest = plan_digest(*result.plan);
  report.apply = std::move(result.report);
  report.outcome = outcome_of(report, result.declined);
  report.ended = app_.clock.now();
  const bool whole = write_reports(report);
  leave_for_github(app_, report);
  return whole;
}

bool ApplyOutputs::write_reports(const RunReport& report) noexcept {
  bool whole = true;
  for (Report& each : reports_) {
    try {
      each.file->write(render(report, each.format));
    } catch (const std::exception& error) {  // what was done is done; the others may still be written
      whole = false;
      try {
        SteadyOutput{app_.err}.write(
            render_message("warning", fmt::format("There is no whole report in {}: {}", each.path, error.what()), {},
                           app_.sentence_width(), app_.style_of(app_.err)));
      } catch (const std::exception&) {  // standard error is gone too: the exit status has to do
      }
    }
  }
  return whole;
}

}  // namespace gild
