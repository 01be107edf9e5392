// SPDX-License-Identifier: Apache-2.0
#include "cli/views/report_json.hpp"

#include <chrono>

#include "cli/version.hpp"
#include "engine/core/json_writer.hpp"

namespace gild {
namespace {

std::string_view name_of_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::input:
      return "input";
    case ErrorKind::service:
      return "service";
    case ErrorKind::storage:
      return "storage";
    case ErrorKind::locked:
      return "locked";
    case ErrorKind::refused:
      return "refused";
  }
  return {};
}

void write_failure(JsonWriter& json, const Error& error) {
  json.begin_object();
  json.field("kind", name_of_kind(error.kind()));
  json.field("message", std::string{error.what()});
  json.key("while");
  json.begin_array();
  for (const std::string& step : error.trail()) json.string(step);
  json.end_array();
  json.field("advice", error.advice());
  json.end_object();
}

template <class Counts>
void write_counts(JsonWriter& json, const Counts& counts) {
  json.key("counts");
  json.begin_object();
  for (const DesktopEnd end : kDesktopEnds) json.field(name_of(end), counts.count(end));
  json.end_object();
}

void write_paused(JsonWriter& json, const ApplyReport& report) {
  json.key("paused");
  json.begin_array();
  for (const PausedGroup& paused : report.paused) {
    json.begin_object();
    json.field("group", paused.group.str());
    json.field("failures", paused.failures);
    json.field("max_failures", paused.max_failures);
    json.end_object();
  }
  json.end_array();
}

void write_groups(JsonWriter& json, const ApplyReport& report) {
  json.key("groups");
  json.begin_array();
  for (const GroupEnd& group : group_ends(report)) {
    json.begin_object();
    json.field("name", group.group.str());
    write_counts(json, group);
    json.end_object();
  }
  json.end_array();
}

void write_desktops(JsonWriter& json, const ApplyReport& report) {
  json.key("desktops");
  json.begin_array();
  for (const DesktopOutcome& desktop : report.desktops) {
    json.begin_object();
    json.field("workspace", desktop.key.workspace.str());
    json.field("id", desktop.key.id.str());
    json.field("name", desktop.name);
    json.field("group", desktop.group.str());
    json.field("end", name_of(desktop.end));
    desktop.hold ? json.field("hold", name_of(*desktop.hold)) : json.null_field("hold");
    json.field("reason", desktop.reason);
    desktop.job ? json.field("job_id", desktop.job->str()) : json.null_field("job_id");
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string write_report(const RunReport& report) {
  const ApplyReport none;
  const ApplyReport& apply = report.apply ? *report.apply : none;
  std::string out;
  JsonWriter json{out, 2};
  json.begin_object();
  json.field("format", "gild.report/1");
  json.field("gild_version", version());
  json.field("outcome", name_of(report.outcome));
  json.field("exit_status", static_cast<int>(report.exit));
  json.field("started_at", format_time(report.started));
  json.field("ended_at", format_time(report.ended));
  json.field("plan_digest", report.plan_digest);
  json.field("begun", report.apply.has_value());
  json.field("requests", apply.requests);
  write_counts(json, apply);
  write_paused(json, apply);
  if (apply.look_again_in) {
    json.field("look_again_seconds", std::chrono::ceil<std::chrono::seconds>(*apply.look_again_in).count());
  } else {
    json.null_field("look_again_seconds");
  }
  json.key("next");
  json.begin_array();
  for (const NextStep& step : next_steps(apply, report.command)) {
    json.begin_object();
    json.field("text", step.why);
    step.command.empty() ? json.null_field("command") : json.field("command", step.command);
    json.end_object();
  }
  json.end_array();
  json.key("error");
  report.failure ? write_failure(json, *report.failure) : json.null();
  write_groups(json, apply);
  write_desktops(json, apply);
  json.end_object();
  return out + "\n";
}

}  // namespace gild
