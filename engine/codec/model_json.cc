// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/model_json.hpp"

#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace gild {
namespace {

constexpr std::array<std::string_view, 3> kCompleteness{"complete", "ended_beyond_reach", "incomplete"};

std::optional<LookCompleteness> completeness_from(std::string_view name) {
  for (std::size_t i = 0; i < kCompleteness.size(); ++i) {
    if (kCompleteness[i] == name) return static_cast<LookCompleteness>(i);
  }
  return std::nullopt;
}

void write_target_object(JsonWriter& json, const Target& target) {
  json.begin_object();
  write_id(json, "image_id", target.image.image_id);
  json.field("image_type", target.image.image_type);
  json.field("os_type", target.image.os_type);
  json.field("revision", target.revision);
  json.end_object();
}

void write_image_object(JsonWriter& json, const ImageState& image) {
  json.begin_object();
  write_image_fields(json, image);
  json.end_object();
}

void write_finding(JsonWriter& json, const Finding& finding) {
  write_id(json, "id", finding.id);
  write_list(json, "new_sub_jobs", finding.new_sub_jobs, [&](const auto& sub_job) {
    write_id(json, "id", sub_job.first);
    write_id(json, "job_id", sub_job.second);
  });
  json.field("task", finding.task);
  write_id(json, "image_id", finding.image_id);
  json.field("missing", finding.missing);
}

Finding read_finding(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Finding finding;
    finding.id = members.id<DesktopId>("id");
    finding.new_sub_jobs = members.list("new_sub_jobs", [](const JsonValue& item) {
      return read_object(item, [](Members& sub_job) {
        auto id = sub_job.id<SubJobId>("id");
        return std::pair{std::move(id), sub_job.id<JobId>("job_id")};
      });
    });
    finding.task = members.optional_string("task");
    finding.image_id = members.optional_id<ImageId>("image_id");
    finding.missing = members.boolean("missing");
    return finding;
  });
}

}  // namespace

void write_strings(JsonWriter& json, std::string_view key, const std::vector<std::string>& strings) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : strings) json.string(text);
  json.end_array();
}

void write_integer(JsonWriter& json, std::string_view key, const std::optional<int>& number) {
  json.key(key);
  number ? json.integer(*number) : json.null();
}

void write_time(JsonWriter& json, std::string_view key, Time time) {
  json.field(key, TimeText(time).view());
}

void write_time(JsonWriter& json, std::string_view key, const std::optional<Time>& time) {
  time ? write_time(json, key, *time) : json.null_field(key);
}

void write_seconds(JsonWriter& json, std::string_view key, Duration duration) {
  std::string text = fmt::format("{}.{:03}", duration.count() / 1000, duration.count() % 1000);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  json.key(key);
  json.raw(text);
}

Duration read_seconds(const JsonValue& value, double least, double most) {
  return Duration{std::llround(value.as_number(least, most) * 1000)};
}

void write_target(JsonWriter& json, std::string_view key, const Target& target) {
  json.key(key);
  write_target_object(json, target);
}

Target read_target(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Target target;
    target.image.image_id = members.id<ImageId>("image_id");
    target.image.image_type = members.string("image_type");
    target.image.os_type = members.optional_string("os_type");
    target.revision = members.optional_string("revision");
    return target;
  });
}

std::optional<Target> read_optional_target(const JsonValue* value) {
  if (value == nullptr) return std::nullopt;
  return read_target(*value);
}

void write_image_fields(JsonWriter& json, const ImageState& image) {
  write_id(json, "image_id", image.image_id);
  json.field("image_type", image.image_type);
  json.field("os_type", image.os_type);
  json.field("revision", image.revision);
}

void write_image(JsonWriter& json, std::string_view key, const ImageState& image) {
  json.key(key);
  write_image_object(json, image);
}

ImageState read_image_fields(Members& members) {
  ImageState image;
  image.image_id = members.optional_id<ImageId>("image_id");
  image.image_type = members.optional_string("image_type");
  image.os_type = members.optional_string("os_type");
  image.revision = members.optional_string("revision");
  return image;
}

ImageState read_image(const JsonValue& value) {
  return read_object(value, read_image_fields);
}

std::optional<ImageState> read_optional_image(const JsonValue* value) {
  if (value == nullptr) return std::nullopt;
  return read_image(*value);
}

void write_option_fields(JsonWriter& json, const RebuildOptions& options) {
  write_integer(json, "delay_time", options.delay_time);
  json.field("message", options.message);
  json.field("order_id", options.order_id);
  json.field("enterprise_project_id", options.enterprise_project_id);
  json.field("encrypt_type", options.encrypt_type);
  json.field("kms_id", options.kms_id);
}

RebuildOptions read_option_fields(Members& members) {
  RebuildOptions options;
  options.delay_time = members.optional_integer("delay_time");
  options.message = members.optional_string("message");
  options.order_id = members.optional_string("order_id");
  options.enterprise_project_id = members.optional_string("enterprise_project_id");
  options.encrypt_type = members.optional_string("encrypt_type");
  options.kms_id = members.optional_string("kms_id");
  return options;
}

void write_details(JsonWriter& json, std::string_view key, const ObservedDetails& details) {
  json.key(key);
  json.begin_object();
  write_list(json, "tags", details.tags, [&](const auto& tag) {
    json.field("key", tag.first);
    json.field("value", tag.second);
  });
  json.field("pool_id", details.pool_id);
  json.field("desktop_type", details.desktop_type);
  write_integer(json, "root_gb", details.root_gb);
  write_integer(json, "data_disks", details.data_disks);
  json.field("login_status", details.login_status);
  json.end_object();
}

ObservedDetails read_details(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    ObservedDetails details;
    details.tags = members.list("tags", [](const JsonValue& item) {
      return read_object(item, [](Members& tag) {
        auto key = tag.string("key");
        return std::pair{std::move(key), tag.string("value")};
      });
    });
    details.pool_id = members.optional_string("pool_id");
    details.desktop_type = members.optional_string("desktop_type");
    details.root_gb = members.optional_integer("root_gb");
    details.data_disks = members.optional_integer("data_disks");
    details.login_status = members.optional_string("login_status");
    return details;
  });
}

void write_look(JsonWriter& json, const Look& look) {
  write_time(json, "time", look.time);
  json.field("completeness", kCompleteness[static_cast<std::size_t>(look.completeness)]);
  write_list(json, "findings", look.findings, [&](const Finding& finding) { write_finding(json, finding); });
}

Look read_look(Members& members) {
  Look look;
  look.time = members.time("time");
  look.completeness = read_name(members.at("completeness"), completeness_from);
  look.findings = members.list("findings", read_finding);
  return look;
}

void write_rollout_group_fields(JsonWriter& json, const RolloutGroup& group) {
  write_id(json, "name", group.name);
  write_id(json, "workspace", group.workspace);
  write_target(json, "target", group.target);
  json.field("targets", group.targets);
  json.field("max_unavailable", group.max_unavailable);
  json.field("max_failures", group.max_failures);
  write_ids(json, "failures", group.failures);
  write_strings(json, "conflict_statuses", {group.conflict_statuses.begin(), group.conflict_statuses.end()});
}

void write_rollout_groups(JsonWriter& json, std::string_view key, const std::vector<RolloutGroup>& groups) {
  write_list(json, key, groups, [&](const RolloutGroup& group) { write_rollout_group_fields(json, group); });
}

RolloutGroup read_rollout_group(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    RolloutGroup group;
    group.name = members.id<GroupName>("name");
    group.workspace = members.id<WorkspaceName>("workspace");
    group.target = read_target(members.at("target"));
    group.targets = members.size("targets");
    group.max_unavailable = members.integer("max_unavailable");
    group.max_failures = members.integer("max_failures");
    for (DesktopId& id : members.ids<DesktopId>("failures")) group.failures.insert(std::move(id));
    for (std::string& status : members.at("conflict_statuses").as_strings()) {
      group.conflict_statuses.insert(std::move(status));
    }
    return group;
  });
}

void write_error(JsonWriter& json, std::string_view key, const ServiceError& error) {
  json.key(key);
  json.begin_object();
  write_integer(json, "status", error.status == 0 ? std::nullopt : std::optional{error.status});
  json.field("code", error.code);
  json.field("message", error.message);
  json.field("request_id", error.request_id);
  json.end_object();
}

ServiceError read_error(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    ServiceError error;
    error.status = members.optional_integer("status").value_or(0);
    error.code = members.string("code");
    error.message = members.string("message");
    error.request_id = members.string("request_id");
    return error;
  });
}

}  // namespace gild
