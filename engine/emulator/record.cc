// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/record.hpp"

#include <fmt/format.h>

#include "engine/core/json_writer.hpp"

namespace gild::emulator {
namespace {

std::string time_text(ServiceInstant time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = format_time(seconds);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, (time - seconds).count());
}

void write_wipe(JsonWriter& json, const Wipe& wipe) {
  json.begin_object();
  json.field("desktop_id", wipe.desktop.str());
  json.field("at", time_text(wipe.at));
  json.field("image_id", wipe.image.str());
  json.field("job_id", wipe.job.str());
  json.field("request", wipe.request);
  json.end_object();
}

void write_request(JsonWriter& json, const ReceivedRequest& received) {
  const RebuildRequest& request = received.request;
  json.begin_object();
  json.field("number", received.number);
  json.field("at", time_text(received.at));
  json.key("desktop_ids");
  json.begin_array();
  for (const DesktopId& id : request.desktop_ids) json.string(id.str());
  json.end_array();
  json.field("image_id", request.image.image_id.str());
  json.field("image_type", request.image.image_type);
  json.field("os_type", request.image.os_type);
  json.key("delay_time");
  if (request.options.delay_time) {
    json.integer(*request.options.delay_time);
  } else {
    json.null();
  }
  json.field("message", request.options.message);
  json.field("order_id", request.options.order_id);
  json.field("enterprise_project_id", request.options.enterprise_project_id);
  json.field("encrypt_type", request.options.encrypt_type);
  json.field("kms_id", request.options.kms_id);
  json.field("job_id", received.job ? std::optional(received.job->str()) : std::nullopt);
  json.field("status", received.refusal ? received.refusal->status : 200);
  json.field("error_code", received.refusal ? std::optional(received.refusal->code) : std::nullopt);
  json.end_object();
}

void write_sub_job(JsonWriter& json, const ServiceSubJob& sub_job) {
  json.begin_object();
  json.field("desktop_id", sub_job.shown.desktop_id.str());
  json.field("job_id", sub_job.shown.job_id.str());
  json.field("request", sub_job.request);
  json.field("created_at", time_text(sub_job.created));
  json.field("ended_at", sub_job.ended ? std::optional(time_text(sub_job.ends)) : std::nullopt);
  json.field("status", sub_job.shown.status_text);
  json.end_object();
}

}  // namespace

std::string record_json(const ServiceModel& model, const std::array<std::size_t, kCallKinds>& calls,
                        std::size_t unauthorized) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("now", time_text(model.now()));
  json.key("wipes");
  json.begin_array();
  for (const Wipe& wipe : model.wipes()) write_wipe(json, wipe);
  json.end_array();
  json.key("requests");
  json.begin_array();
  for (const ReceivedRequest& received : model.requests()) write_request(json, received);
  json.end_array();
  json.key("calls");
  json.begin_object();
  for (std::size_t kind = 0; kind < kCallKinds; ++kind) json.field(name_of(static_cast<CallKind>(kind)), calls[kind]);
  json.end_object();
  json.field("unauthorized", unauthorized);
  json.field("most_under_way", model.most_under_way());
  json.key("asked_while_under_way");
  json.begin_array();
  for (const DesktopId& id : model.asked_for_while_under_way()) json.string(id.str());
  json.end_array();
  json.key("sub_jobs");
  json.begin_array();
  for (const ServiceSubJob& sub_job : model.sub_jobs()) write_sub_job(json, sub_job);
  json.end_array();
  json.end_object();
  return out;
}

std::string desktops_json(const ServiceModel& model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("images");
  json.begin_array();
  for (const auto& [id, image] : model.images()) {
    json.begin_object();
    json.field("id", id.str());
    json.field("name", image.name);
    json.field("type", image.ref.image_type);
    json.end_object();
  }
  json.end_array();
  json.key("desktops");
  json.begin_array();
  for (const auto& [id, desktop] : model.desktops()) {
    const LiveDesktop& live = desktop.live;
    json.begin_object();
    json.field("id", id.str());
    json.field("name", live.name);
    json.field("image_id", live.image_id ? std::optional(live.image_id->str()) : std::nullopt);
    json.field("status", live.status);
    json.field("task_status", live.task_status);
    json.field("login_status", live.login_status);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace gild::emulator
