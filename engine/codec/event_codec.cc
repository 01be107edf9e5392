// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/event_codec.hpp"

#include <array>

#include "engine/codec/model_json.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Event>> kTypes{
    "run_started",     "desktops_held",        "desktops_recorded", "request_sending", "request_accepted",
    "request_refused", "request_not_executed", "request_lost",      "request_adopted", "request_not_received",
    "job_progress",    "desktop_finished",     "group_paused",      "waiting",         "warning",
    "run_finished"};

void write_batch(JsonWriter& json, const GroupName& group, const BatchId& batch) {
  write_id(json, "group", group);
  write_id(json, "batch", batch);
}

void write_body(JsonWriter& json, const event::RunStarted& started) {
  json.field("plan_digest", started.plan_digest);
  json.field("resumed", started.resumed);
  write_list(json, "groups", started.groups, [&](const event::GroupTotals& group) {
    write_id(json, "group", group.group);
    json.field("targets", group.targets);
    json.field("in_flight", group.in_flight);
  });
}

void write_body(JsonWriter& json, const event::DesktopsHeld& held) {
  write_batch(json, held.group, held.batch);
  json.field("reason", name_of(held.reason));
  write_ids(json, "desktops", held.desktops);
  json.field("detail", held.detail);
}

void write_body(JsonWriter& json, const event::DesktopsRecorded& recorded) {
  write_batch(json, recorded.group, recorded.batch);
  write_ids(json, "desktops", recorded.desktops);
}

void write_body(JsonWriter& json, const event::RequestSending& sending) {
  write_batch(json, sending.group, sending.batch);
  json.field("intent", sending.intent);
  write_ids(json, "desktops", sending.desktops);
}

void write_body(JsonWriter& json, const event::RequestAccepted& accepted) {
  write_batch(json, accepted.group, accepted.batch);
  write_id(json, "job_id", accepted.job);
  json.field("request_id", accepted.request_id);
  json.field("desktops", accepted.desktops);
}

void write_body(JsonWriter& json, const event::RequestRefused& refused) {
  write_batch(json, refused.group, refused.batch);
  write_error(json, "error", refused.error);
  write_ids(json, "named", refused.named);
}

void write_body(JsonWriter& json, const event::RequestNotExecuted& not_executed) {
  write_batch(json, not_executed.group, not_executed.batch);
  write_error(json, "error", not_executed.error);
  write_seconds(json, "wait_seconds", not_executed.wait);
}

void write_body(JsonWriter& json, const event::RequestLost& lost) {
  write_batch(json, lost.group, lost.batch);
  json.field("why", lost.why);
  write_ids(json, "desktops", lost.desktops);
}

void write_body(JsonWriter& json, const event::RequestAdopted& adopted) {
  write_batch(json, adopted.group, adopted.batch);
  write_id(json, "job_id", adopted.job);
  write_ids(json, "desktops", adopted.desktops);
}

void write_body(JsonWriter& json, const event::RequestNotReceived& not_received) {
  write_batch(json, not_received.group, not_received.batch);
  write_ids(json, "desktops", not_received.desktops);
}

void write_body(JsonWriter& json, const event::JobProgress& progress) {
  write_id(json, "group", progress.group);
  write_id(json, "job_id", progress.job);
  json.field("waiting", progress.waiting);
  json.field("running", progress.running);
  json.field("succeeded", progress.succeeded);
  json.field("failed", progress.failed);
}

void write_body(JsonWriter& json, const event::DesktopFinished& finished) {
  write_id(json, "group", finished.group);
  write_id(json, "desktop", finished.desktop);
  json.field("outcome", name_of(finished.outcome));
  json.field("reason", finished.reason);
  write_id(json, "job_id", finished.job);
}

void write_body(JsonWriter& json, const event::GroupPaused& paused) {
  write_id(json, "group", paused.group);
  json.field("failures", paused.failures);
  json.field("max_failures", paused.max_failures);
}

void write_body(JsonWriter& json, const event::Waiting& waiting) {
  json.field("what", waiting.what);
  write_seconds(json, "at_most_seconds", waiting.at_most);
}

void write_body(JsonWriter& json, const event::Warning& warning) {
  json.field("text", warning.text);
}

void write_outcome(JsonWriter& json, const DesktopOutcome& outcome) {
  write_id(json, "workspace", outcome.key.workspace);
  write_id(json, "id", outcome.key.id);
  write_id(json, "group", outcome.group);
  json.field("end", name_of(outcome.end));
  json.key("hold");
  outcome.hold ? json.string(name_of(*outcome.hold)) : json.null();
  json.field("reason", outcome.reason);
  write_id(json, "job_id", outcome.job);
}

void write_failure(JsonWriter& json, const std::optional<Error>& failure) {
  json.key("failure");
  if (!failure) return json.null();
  json.begin_object();
  json.field("message", failure->what());
  write_strings(json, "trail", failure->trail());
  json.field("advice", failure->advice());
  json.end_object();
}

void write_body(JsonWriter& json, const event::RunFinished& finished) {
  const ApplyReport& report = finished.report;
  write_list(json, "desktops", report.desktops, [&](const DesktopOutcome& outcome) { write_outcome(json, outcome); });
  write_list(json, "paused", report.paused, [&](const PausedGroup& paused) {
    write_id(json, "group", paused.group);
    json.field("failures", paused.failures);
    json.field("max_failures", paused.max_failures);
  });
  json.field("interrupted", report.interrupted);
  json.field("nothing_else_to_do", report.nothing_else_to_do);
  if (report.look_again_in) {
    write_seconds(json, "look_again_in_seconds", *report.look_again_in);
  } else {
    json.null_field("look_again_in_seconds");
  }
  write_strings(json, "notes", report.notes);
  json.field("requests", report.requests);
  write_failure(json, report.failure);
}

}  // namespace

std::string write_event(const Event& event, Time at) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("format", "gild.event/1");
  json.field("type", kTypes[event.index()]);
  write_time(json, "time", at);
  std::visit([&](const auto& body) { write_body(json, body); }, event);
  json.end_object();
  return out;
}

}  // namespace gild
