// SPDX-License-Identifier: Apache-2.0
#include "cli/views/validate_github.hpp"

#include <fmt/format.h>

#include "cli/workflow_commands.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

std::string number(std::uint32_t value) {
  return value == 0 ? std::string{} : fmt::to_string(value);
}

std::string path_of(const Location& location, const SourceMap& sources, const RepositoryPaths& paths) {
  const std::string& path = sources.path(location.file);
  return paths.relative(path).value_or(paths.absolute(path));
}

std::string place(const Location& location, const SourceMap& sources, const RepositoryPaths& paths) {
  const std::string path = path_of(location, sources, paths);
  return location.line == 0 ? path : fmt::format("{}:{}:{}", path, location.line, location.column);
}

// Of gild's own line breaks, which separate paragraphs and commands, nothing is lost.
std::string escaped_lines(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t end = text.find('\n');
    out += escape_controls(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string render(const Diagnostic& problem, const SourceMap& sources, const RepositoryPaths& paths) {
  const Location& at = problem.location;
  std::string message = escaped_lines(problem.detail);
  for (const RelatedPlace& related : problem.related) {
    message += fmt::format("\n{}: {}", escape_controls(place(related.location, sources, paths)),
                           escape_controls(related.note));
  }
  return workflow_command(problem.severity == Severity::error ? "error" : "warning",
                          {{"file", path_of(at, sources, paths)},
                           {"line", number(at.line)},
                           {"col", number(at.line == 0 ? 0 : at.column)},
                           {"endLine", number(at.line)},
                           {"endColumn", number(at.line == 0 ? 0 : at.column + problem.length)},
                           {"title", fmt::format("{} [{}]", problem.summary, problem.code)}},
                          message);
}

}  // namespace

std::string render_workflow_commands(const Diagnostics& diagnostics, const SourceMap& sources,
                                     const RepositoryPaths& paths) {
  std::string errors;
  std::string warnings;
  for (const Diagnostic& problem : diagnostics.items()) {
    (problem.severity == Severity::error ? errors : warnings) += render(problem, sources, paths);
  }
  return errors + warnings;
}

}  // namespace gild
