// SPDX-License-Identifier: Apache-2.0
#include "cli/views/diagnostic_text.hpp"

#include <fmt/format.h>

#include "cli/views/error_text.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {

namespace {

// Moved in by two: a sentence. Places ("  --> "), lines of the source ("    12 | ") and commands to copy are not.
bool is_sentence(std::string_view line) {
  if (!line.starts_with("  ") || line.size() < 3 || line[2] == ' ' || line[2] == '-') return false;
  return line.find_first_not_of("0123456789", 2) == 2;
}

std::string broken_at(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out += width != kUnbroken && is_sentence(line) ? wrap(line, width, "  ", "  ") : fmt::format("{}\n", line);
  }
  return out;
}

}  // namespace

std::string render_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources, std::size_t width,
                               const Style& style) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.items()) {
    const std::string text = render(diagnostic, sources);
    const auto label_end = std::min(text.find(':'), text.size());
    const std::string label = text.substr(0, label_end);
    out += diagnostic.severity == Severity::error ? style.error(label) : style.warning(label);
    out.append(broken_at(std::string_view{text}.substr(label_end), width)).append("\n");
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
