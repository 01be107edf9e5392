// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/wire.hpp"

#include <fmt/format.h>

#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"

namespace gild::emulator {
namespace {

// "2026-11-23 21:04:11": sub-jobs and the short list (W 2.6).
std::string plain_time(ServiceInstant time) {
  std::string text = format_time(std::chrono::floor<std::chrono::seconds>(time));
  text[10] = ' ';
  text.pop_back();
  return text;
}

// "2026-11-23T21:04:11.042Z": the detailed list.
std::string precise_time(ServiceInstant time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = format_time(seconds);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, (time - seconds).count());
}

void write_task(JsonWriter& json, const LiveDesktop& live) {
  json.field("status", live.status);
  json.field("task_status", live.task_status);
}

void write_tags(JsonWriter& json, const LiveDesktop& live) {
  json.key("tags");
  json.begin_array();
  for (const auto& [key, value] : live.tags) {
    json.begin_object();
    json.field("key", key);
    json.field("value", value);
    json.end_object();
  }
  json.end_array();
}

// The list of connections calls a user's name otherwise than the lists of desktops (W 3.1, 3.4, 3.8).
void write_users(JsonWriter& json, std::string_view list, std::string_view name, const ServiceDesktop& desktop) {
  json.key(list);
  json.begin_array();
  if (!desktop.user_name.empty()) {
    json.begin_object();
    json.field(name, desktop.user_name);
    json.field("user_group", "users");
    json.field("type", "USER");
    json.end_object();
  }
  json.end_array();
}

void write_volume(JsonWriter& json, std::string_view device, int gigabytes) {
  json.begin_object();
  json.field("type", "SAS");
  json.field("size", gigabytes);
  json.field("device", device);
  json.end_object();
}

void write_metadata(JsonWriter& json, const LiveDesktop& live, const ServiceModel& model) {
  json.key("metadata");
  json.begin_object();
  if (live.image_id) {
    json.field("metering.image_id", live.image_id->str());  // a literal dot
    const auto image = model.images().find(*live.image_id);
    if (image != model.images().end()) json.field("image_name", image->second.name);
  }
  if (live.os_type) json.field("os_type", *live.os_type == "Other" ? "Others" : *live.os_type);
  json.field("os_bit", "64");
  json.end_object();
}

// W 3.4
void write_detail(JsonWriter& json, const ServiceDesktop& desktop, const ServiceModel& model) {
  const LiveDesktop& live = desktop.live;
  json.begin_object();
  json.field("desktop_id", live.id.str());
  json.field("computer_name", live.name);
  json.field("os_host_name", live.name);
  json.field("desktop_type", live.desktop_type);
  write_task(json, live);
  json.field("login_status", live.login_status);
  json.key("process");
  if (live.process) {
    json.integer(*live.process);
  } else {
    json.null();
  }
  json.field("in_maintenance_mode", desktop.maintenance);
  json.field("is_freeze", live.frozen);
  write_metadata(json, live, model);
  if (live.root_gb) {
    json.key("root_volume");
    write_volume(json, "/dev/vda", *live.root_gb);
  }
  json.key("data_volumes");
  json.begin_array();
  for (int disk = 0; disk < live.data_disks.value_or(0); ++disk) {
    write_volume(json, fmt::format("/dev/vd{}", static_cast<char>('b' + disk)), 100);
  }
  json.end_array();
  json.key("product");
  json.begin_object();
  json.field("product_id", "workspace.c2.large.windows");
  json.field("charge_mode", desktop.order_id.empty() ? "1" : "0");
  json.field("architecture", "x86");
  json.end_object();
  json.field("order_id", desktop.order_id);
  write_tags(json, live);
  json.field("enterprise_project_id", "0");
  json.field("user_name", desktop.user_name);
  write_users(json, "attach_user_infos", "user_name", desktop);
  json.field("attach_state", live.attach_state);
  json.field("created", precise_time(desktop.created));
  json.end_object();
}

// W 2.1
void write_sub_job(JsonWriter& json, const ServiceSubJob& sub_job, const ServiceModel& model,
                   const std::string& project_id) {
  const SubJob& shown = sub_job.shown;
  const auto desktop = model.desktops().find(shown.desktop_id);
  json.begin_object();
  json.field("id", shown.id.str());
  json.field("job_id", shown.job_id.str());
  json.field("job_type", "rebuildDesktops");
  json.field("project_id", project_id);
  json.field("status", shown.status_text);
  json.field("process", shown.process.value_or(0));
  json.field("begin_time", shown.begin_time);
  if (sub_job.ended) json.field("end_time", shown.end_time);
  json.key("entities");
  json.begin_object();
  json.field("desktop_id", shown.desktop_id.str());
  if (desktop != model.desktops().end()) {
    json.field("desktop_name", desktop->second.live.name);
    json.field("user_name", desktop->second.user_name);
  }
  json.end_object();
  if (!shown.error_code.empty()) json.field("error_code", shown.error_code);
  if (!shown.fail_reason.empty()) json.field("fail_reason", shown.fail_reason);
  json.end_object();
}

// {"total_count": …, "NAME": […]}
template <class Items, class Write>
std::string list_page(std::size_t total, std::string_view name, const Items& items, Write write) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("total_count", total);
  json.key(name);
  json.begin_array();
  for (const auto& item : items) write(json, item);
  json.end_array();
  json.end_object();
  return out;
}

// W 3.1: no image here, but the pool.
void write_short(JsonWriter& json, const ServiceDesktop& desktop, const std::string& project_id) {
  const LiveDesktop& live = desktop.live;
  json.begin_object();
  json.field("desktop_id", live.id.str());
  json.field("computer_name", live.name);
  json.field("os_host_name", live.name);
  json.field("created", plain_time(desktop.created));
  json.field("user_name", desktop.user_name);
  write_users(json, "attach_user_infos", "user_name", desktop);
  json.field("enterprise_project_id", "0");
  write_tags(json, live);
  json.field("in_maintenance_mode", desktop.maintenance);
  json.field("desktop_type", live.desktop_type);
  write_task(json, live);
  json.field("connect_status", live.login_status);
  json.field("project_id", project_id);
  if (desktop.pool_id) json.field("pool_id", *desktop.pool_id);
  json.end_object();
}

// W 3.8
void write_connection(JsonWriter& json, const ServiceDesktop& desktop) {
  json.begin_object();
  json.field("desktop_id", desktop.live.id.str());
  json.field("desktop_name", desktop.live.name);
  json.field("connect_status", desktop.live.login_status);
  write_users(json, "attach_users", "name", desktop);
  json.end_object();
}

// W 4.1
void write_image(JsonWriter& json, const ServiceImage& image) {
  json.begin_object();
  json.field("id", image.ref.image_id.str());
  json.field("name", image.name);
  json.field("image_type", image.ref.image_type);
  if (image.ref.os_type) json.field("os_type", *image.ref.os_type);
  json.field("architecture", image.architecture);
  json.field("min_disk", image.min_disk_gb);
  json.field("min_ram", 0);
  json.end_object();
}

}  // namespace

Answer refusal_answer(const Refusal& refusal, const std::string& request_id) {
  Answer answer;
  answer.status = refusal.status;
  JsonWriter json(answer.body);
  json.begin_object();
  json.field("error_code", refusal.code);
  json.field("error_msg", refusal.message);
  if (refusal.code.starts_with("APIGW.")) json.field("request_id", request_id);
  json.end_object();
  return answer;
}

RebuildRequest read_rebuild_request(const std::string& body) {
  JsonParser parser;
  const JsonValue json = parser.parse(body, "the request");
  json.expect_keys({"desktop_ids", "image_type", "image_id"},
                   {"os_type", "delay_time", "message", "order_id", "enterprise_project_id", "encrypt_type", "kms_id",
                    "handle_type"});
  RebuildRequest request;
  json.at("desktop_ids").for_each([&](const JsonValue& id) { request.desktop_ids.emplace_back(id.as_string()); });
  request.image.image_type = json.string("image_type");
  request.image.image_id = ImageId(json.string("image_id"));
  json.for_each_member([&](std::string_view key, const JsonValue& value) {
    const auto text = [&] { return std::string(value.as_string()); };  // null is no string: absent fields are left out
    RebuildOptions& options = request.options;
    if (key == "os_type") request.image.os_type = text();
    if (key == "delay_time") options.delay_time = static_cast<int>(value.as_integer(0, 2'147'483'647));
    if (key == "message") options.message = text();
    if (key == "order_id") options.order_id = text();
    if (key == "enterprise_project_id") options.enterprise_project_id = text();
    if (key == "encrypt_type") options.encrypt_type = text();
    if (key == "kms_id") options.kms_id = text();
    if (key == "handle_type") {
      const std::string word = text();
      if (word != "ONLY_FOR_EXPAND" && word != "FOR_EXPAND_AND_IDLE" && word != "FOR_EXPAND_AND_ALL") {
        value.fail("not a handle_type");
      }
    }
  });
  return request;
}

std::string job_accepted(const JobId& job) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("job_id", job.str());
  json.end_object();
  return out;
}

std::string detail_page(const DesktopPage& page, const ServiceModel& model) {
  return list_page(page.total, "desktops", page.desktops,
                   [&](JsonWriter& json, const ServiceDesktop& desktop) { write_detail(json, desktop, model); });
}

std::string short_page(const DesktopPage& page, const std::string& project_id) {
  return list_page(page.total, "desktops", page.desktops,
                   [&](JsonWriter& json, const ServiceDesktop& desktop) { write_short(json, desktop, project_id); });
}

std::string connect_page(const DesktopPage& page) {
  return list_page(page.total, "desktops", page.desktops, write_connection);
}

std::string one_desktop(const ServiceDesktop& desktop, const ServiceModel& model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("desktop");
  write_detail(json, desktop, model);
  json.end_object();
  return out;
}

std::string sub_job_page(const SubJobPage& page, const ServiceModel& model, const std::string& project_id) {
  return list_page(page.total, "jobs", page.sub_jobs, [&](JsonWriter& json, const ServiceSubJob& sub_job) {
    write_sub_job(json, sub_job, model, project_id);
  });
}

// W 2.2
std::string job_view(const JobView& job, const ServiceModel& model, const std::string& project_id) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("id", job.id.str());
  json.field("job_type", "rebuildDesktops");
  json.field("begin_time", plain_time(job.begun));
  if (job.ended) json.field("end_time", plain_time(*job.ended));
  json.field("status", job.status);
  if (!job.error_code.empty()) json.field("job_error_code", job.error_code);
  if (!job.fail_reason.empty()) json.field("fail_reason", job.fail_reason);
  json.field("sub_jobs_total", job.sub_jobs.size());
  json.key("sub_jobs");
  json.begin_array();
  for (const ServiceSubJob& sub_job : job.sub_jobs) write_sub_job(json, sub_job, model, project_id);
  json.end_array();
  json.end_object();
  return out;
}

std::string image_page(const std::vector<ServiceImage>& images, std::size_t total) {
  return list_page(total, "images", images, write_image);
}

// W 3.10
std::vector<DesktopId> read_check_images(const std::string& body) {
  JsonParser parser;
  const JsonValue json = parser.parse(body, "the request");
  json.expect_keys({"desktop_ids"});
  std::vector<DesktopId> ids;
  json.at("desktop_ids").for_each([&](const JsonValue& id) { ids.emplace_back(id.as_string()); });
  if (ids.empty() || ids.size() > 500) json.fail("desktop_ids must have 1 to 500 entries");
  return ids;
}

std::string checked_images(const std::vector<DesktopId>& ids, const ServiceModel& model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("image_infos");
  json.begin_array();
  for (const DesktopId& id : ids) {
    const auto desktop = model.desktops().find(id);
    if (desktop == model.desktops().end() || !desktop->second.live.image_id) continue;
    const auto image = model.images().find(*desktop->second.live.image_id);
    if (image == model.images().end()) continue;  // a desktop whose image no longer exists is left out
    json.begin_object();
    json.field("desktop_id", id.str());
    json.field("image_id", image->first.str());
    json.field("image_name", image->second.name);
    json.field("image_type", image->second.ref.image_type);
    if (image->second.ref.os_type) json.field("os_type", *image->second.ref.os_type);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace gild::emulator
