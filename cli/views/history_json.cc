// SPDX-License-Identifier: Apache-2.0
#include "cli/views/history_json.hpp"

#include "engine/codec/model_json.hpp"

namespace gild {
namespace {

void write_run(JsonWriter& json, const HistoryRun* run) {
  json.key("run");
  if (run == nullptr) return json.null();
  json.begin_object();
  json.field("serial", run->serial);
  write_time(json, "at", run->at);
  json.field("command", run->who.command);
  json.field("user", run->who.user);
  json.field("host", run->who.host);
  json.field("commit", run->who.commit);
  json.field("gild_version", run->who.gild_version);
  json.end_object();
}

void write_desktop(JsonWriter& json, const HistoryEntry& entry, const HistoryDesktop& desktop) {
  write_id(json, "workspace", desktop.key.workspace);
  write_id(json, "id", desktop.key.id);
  json.field("name", desktop.name);
  write_image(json, "from", desktop.from);
  write_id(json, "to", desktop.to);
  json.key("end");
  entry.kind == HistoryKind::rebuild ? json.string(name_of(desktop.end)) : json.null();
  write_id(json, "job_id", desktop.job);
  json.field("reason", desktop.reason);
  json.field("evidence", desktop.evidence);
  write_time(json, "ended_at", desktop.ended_at);
}

}  // namespace

std::string write_history(const History& history) {
  std::string out;
  for (const HistoryEntry& entry : history.entries) {
    JsonWriter json(out);
    json.begin_object();
    json.field("format", "gild.history/1");
    json.field("serial", entry.serial);
    write_time(json, "at", entry.at);
    write_time(json, "last_at", entry.last_at);
    json.field("kind", name_of(entry.kind));
    write_run(json, entry.run ? &history.runs[*entry.run] : nullptr);
    write_ids(json, "groups", entry.groups);
    write_id(json, "batch", entry.batch);
    write_target(json, "target", entry.target);
    write_ids(json, "jobs", entry.jobs);
    json.field("note", entry.note);
    write_list(json, "desktops", entry.desktops,
               [&](const HistoryDesktop& desktop) { write_desktop(json, entry, desktop); });
    json.end_object();
    out += '\n';
  }
  return out;
}

}  // namespace gild
