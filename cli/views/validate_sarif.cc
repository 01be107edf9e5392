// SPDX-License-Identifier: Apache-2.0
#include "cli/views/validate_sarif.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/version.hpp"
#include "engine/core/json_writer.hpp"

namespace gild {
namespace {

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

class Sarif {
 public:
  Sarif(const Diagnostics& diagnostics, const SourceMap& sources, const RepositoryPaths& paths)
      : diagnostics_(diagnostics), sources_(sources), paths_(paths) {
    for (const Diagnostic& problem : diagnostics.items()) rules_.emplace(problem.code, 0);
    std::size_t next = 0;
    for (auto& [code, index] : rules_) index = next++;
  }

  std::string write() {
    json_.begin_object();
    json_.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_.field("version", "2.1.0");
    json_.key("runs");
    json_.begin_array();
    write_run();
    json_.end_array();
    json_.end_object();
    return std::move(out_) + "\n";
  }

 private:
  void write_run() {
    json_.begin_object();
    json_.key("tool");
    write_tool();
    json_.field("columnKind", "unicodeCodePoints");
    json_.key("results");
    json_.begin_array();
    for (const Diagnostic& problem : diagnostics_.items()) write_result(problem);
    json_.end_array();
    json_.end_object();
  }

  void write_tool() {
    json_.begin_object();
    json_.key("driver");
    json_.begin_object();
    json_.field("name", "gild");
    json_.field("semanticVersion", std::string{version()});
    json_.key("rules");
    json_.begin_array();
    for (const auto& [code, index] : rules_) write_rule(code);
    json_.end_array();
    json_.end_object();
    json_.end_object();
  }

  void write_rule(const std::string& code) {
    std::string words = code;
    std::replace(words.begin(), words.end(), '-', ' ');
    json_.begin_object();
    json_.field("id", code);
    json_.key("shortDescription");
    write_text(words);
    json_.end_object();
  }

  void write_result(const Diagnostic& problem) {
    json_.begin_object();
    json_.field("ruleId", problem.code);
    json_.field("ruleIndex", rules_.at(problem.code));
    json_.field("level", problem.severity == Severity::error ? "error" : "warning");
    json_.key("message");
    write_text(fmt::format("{}. {}", problem.summary, problem.detail));
    json_.key("locations");
    json_.begin_array();
    json_.begin_object();
    write_physical(problem.location, problem.length);
    json_.end_object();
    json_.end_array();
    if (!problem.related.empty()) write_related(problem);
    json_.end_object();
  }

  void write_related(const Diagnostic& problem) {
    json_.key("relatedLocations");
    json_.begin_array();
    for (const RelatedPlace& related : problem.related) {
      json_.begin_object();
      write_physical(related.location, 0);
      json_.key("message");
      write_text(related.note);
      json_.end_object();
    }
    json_.end_array();
  }

  // `length` in code points; 0: not known.
  void write_physical(const Location& location, std::uint32_t length) {
    const std::string& path = sources_.path(location.file);
    const std::optional<std::string> relative = paths_.relative(path);
    json_.key("physicalLocation");
    json_.begin_object();
    json_.key("artifactLocation");
    json_.begin_object();
    json_.field("uri", relative ? percent_encoded(*relative)
                                : fmt::format("file://{}", percent_encoded(paths_.absolute(path))));
    if (relative) json_.field("uriBaseId", "%SRCROOT%");
    json_.end_object();
    if (location.line > 0) {
      json_.key("region");
      json_.begin_object();
      json_.field("startLine", location.line);
      json_.field("startColumn", location.column);
      if (length > 0) {
        json_.field("endLine", location.line);
        json_.field("endColumn", location.column + length);  // the one behind the last
      }
      json_.end_object();
    }
    json_.end_object();
  }

  void write_text(std::string_view text) {
    json_.begin_object();
    json_.field("text", text);
    json_.end_object();
  }

  const Diagnostics& diagnostics_;
  const SourceMap& sources_;
  const RepositoryPaths& paths_;
  std::map<std::string, std::size_t> rules_;  // code → its place among the rules
  std::string out_;
  JsonWriter json_{out_, 5};
};

}  // namespace

std::string write_sarif(const Diagnostics& diagnostics, const SourceMap& sources, const RepositoryPaths& paths) {
  return Sarif{diagnostics, sources, paths}.write();
}

}  // namespace gild
