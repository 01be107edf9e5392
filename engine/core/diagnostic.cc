// SPDX-License-Identifier: Apache-2.0
#include "engine/core/diagnostic.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kExcerptWidth = 160;

// One place: arrow line, then the source line and the carets below it, where the file is at hand. A tab in the source
// becomes one blank, so that a caret always stands below its character.
void append_place(std::string& out, const Location& location, std::uint32_t length, const SourceMap& sources) {
  fmt::format_to(std::back_inserter(out), "  --> {}\n", escape_controls(sources.describe(location)));
  if (location.line == 0) return;
  const std::string_view line = sources.line(location);
  if (line.empty()) return;
  const auto points = code_points(line);
  const std::size_t column = std::max<std::size_t>(location.column, 1) - 1;
  const std::size_t from = column > kExcerptWidth / 2 ? column - kExcerptWidth / 2 : 0;
  const std::size_t to = std::min(points.size(), from + kExcerptWidth);
  std::string shown;
  for (std::size_t i = from; i < to; ++i) shown += points[i] == "\t" ? " " : escape_controls(points[i]);
  const std::size_t room = std::max<std::size_t>(points.size() > column ? points.size() - column : 1, 1);
  const std::size_t carets = std::clamp<std::size_t>(length, 1, std::min(room, kExcerptWidth / 2));
  const std::string number = fmt::format("{:>4}", location.line);
  fmt::format_to(std::back_inserter(out), "  {} | {}\n", number, shown);
  // Wide characters before the caret take two cells of a terminal, so blanks are counted in cells.
  std::size_t blanks = 0;
  for (std::size_t i = from; i < std::min(column, to); ++i) {
    blanks += points[i] == "\t" ? 1 : display_width(escape_controls(points[i]));
  }
  fmt::format_to(std::back_inserter(out), "  {} | {}{}\n", std::string(number.size(), ' '), std::string(blanks, ' '),
                 std::string(carets, '^'));
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++errors_;
  items_.push_back(std::move(diagnostic));
}

void Diagnostics::sort() {
  std::stable_sort(items_.begin(), items_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.location.file, a.location.line, a.location.column) <
           std::tie(b.location.file, b.location.line, b.location.column);
  });
}

std::string render(const Diagnostic& diagnostic, const SourceMap& sources) {
  std::string out = fmt::format("{}[{}]: {}\n", diagnostic.severity == Severity::error ? "error" : "warning",
                                diagnostic.code, escape_controls(diagnostic.summary));
  append_place(out, diagnostic.location, diagnostic.length, sources);
  for (const RelatedPlace& place : diagnostic.related) {
    append_place(out, place.location, 1, sources);
    fmt::format_to(std::back_inserter(out), "  {}\n", escape_controls(place.note));
  }
  std::string_view detail = diagnostic.detail;
  while (!detail.empty()) {
    const auto end = detail.find('\n');
    fmt::format_to(std::back_inserter(out), "  {}\n", escape_controls(detail.substr(0, end)));
    detail = end == std::string_view::npos ? std::string_view{} : detail.substr(end + 1);
  }
  return out;
}

}  // namespace gild
