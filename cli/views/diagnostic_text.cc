// SPDX-License-Identifier: Apache-2.0
#include "cli/views/diagnostic_text.hpp"

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {

std::string render_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources, const Style& style) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.items()) {
    const std::string text = render(diagnostic, sources);
    const auto label_end = std::min(text.find(':'), text.size());
    const std::string label = text.substr(0, label_end);
    out += diagnostic.severity == Severity::error ? style.error(label) : style.warning(label);
    out.append(text, label_end).append("\n");
  }
  return out;
}

std::string count_problems(const Diagnostics& diagnostics, std::size_t files) {
  std::vector<std::string> counts;
  if (diagnostics.error_count() > 0) counts.push_back(plural(diagnostics.error_count(), "error"));
  if (diagnostics.warning_count() > 0) counts.push_back(plural(diagnostics.warning_count(), "warning"));
  return fmt::format("{} in {}", counts.empty() ? "No problems" : join_and(counts), plural(files, "file"));
}

}  // namespace gild
