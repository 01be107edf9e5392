// SPDX-License-Identifier: Apache-2.0
#include "cli/views/validate_json.hpp"

#include "engine/core/json_writer.hpp"

namespace gild {
namespace {

void write_place(JsonWriter& json, const Location& location, const SourceMap& sources) {
  json.field("file", sources.path(location.file));
  if (location.line == 0) {
    json.null_field("line");
    json.null_field("column");
  } else {
    json.field("line", location.line);
    json.field("column", location.column);
  }
}

void write_diagnostic(JsonWriter& json, const Diagnostic& diagnostic, const SourceMap& sources) {
  json.begin_object();
  json.field("severity", diagnostic.severity == Severity::error ? "error" : "warning");
  json.field("code", diagnostic.code);
  json.field("summary", diagnostic.summary);
  json.field("detail", diagnostic.detail);
  write_place(json, diagnostic.location, sources);
  json.field("length", diagnostic.length);
  json.key("related");
  json.begin_array();
  for (const RelatedPlace& place : diagnostic.related) {
    json.begin_object();
    json.field("note", place.note);
    write_place(json, place.location, sources);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string write_validation(const Diagnostics& diagnostics, const SourceMap& sources) {
  std::string out;
  JsonWriter json{out, 2};
  json.begin_object();
  json.field("format", "gild.validation/1");
  json.field("valid", !diagnostics.has_errors());
  json.field("errors", diagnostics.error_count());
  json.field("warnings", diagnostics.warning_count());
  json.field("files", sources.size());
  json.key("diagnostics");
  json.begin_array();
  for (const Diagnostic& diagnostic : diagnostics.items()) write_diagnostic(json, diagnostic, sources);
  json.end_array();
  json.end_object();
  return out + "\n";
}

}  // namespace gild
