// SPDX-License-Identifier: Apache-2.0
#include "cli/views/status_json.hpp"

#include <algorithm>

#include "engine/codec/model_json.hpp"

namespace gild {
namespace {

void write_counts(JsonWriter& json, const StatusCounts& counts) {
  json.key("counts");
  json.begin_object();
  for (const DesktopStatus status : {DesktopStatus::ready, DesktopStatus::rebuilding, DesktopStatus::settling,
                                     DesktopStatus::failed, DesktopStatus::unhealthy, DesktopStatus::unknown}) {
    json.field(name_of(status), counts.of(status));
  }
  json.end_object();
}

void write_holder(JsonWriter& json, const LockHolder& holder) {
  json.field("id", holder.id);
  json.field("user", holder.user);
  json.field("host", holder.host);
  json.field("pid", holder.pid);
  json.field("command", holder.command);
  write_time(json, "since", holder.since);
  write_ids(json, "groups", holder.groups);
  write_time(json, "seen", holder.seen);
  json.field("gone", holder.hold == LockHold::gone);
}

void write_rollout(JsonWriter& json, const std::optional<RolloutProgress>& progress) {
  json.key("rollout");
  if (!progress) return json.null();
  json.begin_object();
  json.field("plan_digest", progress->rollout->plan_digest);
  write_time(json, "started_at", progress->rollout->started_at);
  write_target(json, "target", progress->part->target);
  json.field("targets", progress->part->targets);
  json.field("done", progress->done);
  json.field("under_way", progress->under_way);
  json.field("ended", progress->ended);
  json.field("refused", progress->refused);
  json.field("waiting", progress->waiting());
  json.field("failures", progress->part->failures.size());
  json.field("max_failures", progress->part->max_failures);
  json.field("paused", progress->part->paused());
  json.end_object();
}

void write_group(JsonWriter& json, const GroupStatus& group) {
  write_id(json, "name", group.name);
  write_id(json, "workspace", group.workspace);
  write_counts(json, group.counts);
  write_list(json, "images", group.images, [&](const ImageCount& count) {
    write_image_fields(json, count.image);
    json.field("desktops", count.desktops);
  });
  write_rollout(json, group.progress);
  write_list(json, "troubles", group.troubles, [&](const Trouble& trouble) {
    json.field("status", name_of(trouble.status));
    json.field("reason", trouble.reason);
    json.key("desktops");
    json.begin_array();
    for (const DesktopKey* key : trouble.desktops) json.string(key->id.str());
    json.end_array();
  });
}

template <class Desktops>
void write_desktops(JsonWriter& json, const Desktops& desktops) {
  json.key("desktops");
  json.begin_array();
  for (const auto& desktop : desktops) json.string(desktop.id.str());
  json.end_array();
}

void write_job(JsonWriter& json, const Job& job) {
  write_id(json, "id", job.id);
  write_id(json, "workspace", job.workspace);
  write_id(json, "group", job.group);
  write_id(json, "batch", job.batch);
  write_desktops(json, job.desktops);
  json.field("verifying", std::count_if(job.desktops.begin(), job.desktops.end(),
                                        [](const JobDesktop& desktop) { return desktop.verifying_since.has_value(); }));
  write_time(json, "accepted_at", job.accepted_at);
  json.field("delay_time", job.delay.count());
  write_time(json, "vanished_since", job.vanished_since);
}

void write_request(JsonWriter& json, const OpenRequest& request) {
  const Intent& intent = *request.intent;
  json.field("intent", intent.number);
  write_id(json, "workspace", intent.workspace);
  write_id(json, "group", intent.group);
  write_id(json, "batch", intent.batch);
  write_desktops(json, intent.desktops);
  write_time(json, "since", request.since);
  json.field("looks", intent.looks.size());
  write_time(json, "last_look_at", intent.looks.empty() ? std::nullopt : std::optional{intent.looks.back().time});
  json.field("lost", intent.lost);
}

}  // namespace

std::string write_status(const StatusJsonInput& input) {
  std::string out;
  JsonWriter json(out, 2);
  json.begin_object();
  json.field("format", "gild.status/1");
  json.field("state", input.store);
  json.key("lineage");
  input.state.lineage.empty() ? json.null() : json.string(input.state.lineage);
  json.field("serial", input.state.serial);
  json.field("moved_to", input.state.moved_to);
  write_list(json, "locks", input.holders, [&](const LockHolder& holder) { write_holder(json, holder); });
  write_counts(json, input.report.counts);
  write_list(json, "groups", input.report.groups, [&](const GroupStatus& group) { write_group(json, group); });
  write_list(json, "jobs", input.report.jobs, [&](const Job* job) { write_job(json, *job); });
  write_list(json, "requests", input.report.requests,
             [&](const OpenRequest& request) { write_request(json, request); });
  json.end_object();
  return out + "\n";
}

}  // namespace gild
