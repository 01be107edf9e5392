// SPDX-License-Identifier: Apache-2.0
// The files that tell others how an apply ended: `--report FILE`, and what GitHub asks for (github_files.hpp). Reports
// are opened before anything is done, so that one that cannot be written is found out while no disk is wiped, and empty
// until the end, so that a report from before is never taken for this run's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app.hpp"
#include "cli/arguments.hpp"
#include "cli/views/run_report.hpp"
#include "engine/ops/apply_op.hpp"

namespace gild {

void add_report(Arguments& arguments, std::vector<std::string>& reports);

// Saved plans and states may have any name, and any name may lead to one: throws Error(usage) where a file is there
// that does not begin with `wanted`, saying what it is `otherwise` ("is no report").
void refuse_to_lose(App& app, const std::string& path, std::string_view wanted, std::string_view otherwise);

class ApplyOutputs {
 public:
  // Throws Error(usage) where a file's ending says no format, it is named twice, or it holds something else that must
  // not be lost; and IoError where it cannot be opened.
  ApplyOutputs(App& app, const std::vector<std::string>& reports);

  // The end: reports, and what is left for GitHub. `report` has its times, its command, its exit status and its
  // failure; what `result` says of the rest is added. False where a report could not be written, which is told on
  // standard error. Called once.
  bool write(RunReport report, ApplyResult result);

 private:
  enum class Format { markdown, html, json, junit };
  struct Report {
    std::string path;
    Format format = Format::json;
    std::unique_ptr<OutputStream> file;
  };
  static Format format_of(const std::string& path);
  static std::string_view beginning_of(Format format);  // of every report of that kind
  static std::string render(const RunReport& report, Format format);
  bool write_reports(const RunReport& report) noexcept;

  App& app_;
  std::vector<Report> reports_;
};

}  // namespace gild
