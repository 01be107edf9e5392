// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/wire.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "engine/cloud/answer_json.hpp"
#include "engine/core/error.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using answer_json::as;
using answer_json::Element;
using answer_json::member;
using answer_json::Object;
using answer_json::parse_object;
using answer_json::Presence;
using answer_json::text;

constexpr std::string_view kReport =
    "What the service shows cannot be relied on, so nothing is decided by it. Please report this with the request id.";

// Far above what the service's pages (W 2.1, 3.2) and tags (W 3.4) hold: more is an attack on our memory.
constexpr std::size_t kMaxPage = 10'000;
constexpr std::size_t kMaxTags = 1'000;

[[noreturn]] void fail(std::string_view what) {
  throw Error(ErrorKind::service, fmt::format("The service's answer cannot be used: {}", what), std::string(kReport));
}

Object document(simdjson::dom::parser& parser, std::string_view body) {
  const auto object = parse_object(parser, body);
  if (!object) fail("it is not a JSON object");
  return *object;
}

template <class T>
std::optional<T> strict(const Object& object, std::string_view name, std::string_view expected) {
  const auto found = member(object, name);
  if (!found) return std::nullopt;
  const auto value = as<T>(found);
  if (!value) fail(fmt::format("{} is not {}", name, expected));
  return value;
}

std::string strict_text(const Object& object, std::string_view name) {
  return std::string(strict<std::string_view>(object, name, "a string").value_or(""));
}

std::optional<int> strict_int(const Object& object, std::string_view name) {
  const auto value = strict<std::int64_t>(object, name, "an integer");
  if (!value) return std::nullopt;
  if (*value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max()) {
    fail(fmt::format("{} is out of range", name));
  }
  return static_cast<int>(*value);
}

std::optional<int> lenient_int(const Object& object, std::string_view name) {
  const auto value = as<std::int64_t>(member(object, name));
  if (!value || *value < 0 || *value > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<std::int64_t> total_count(const Object& object) {
  const auto total = strict<std::int64_t>(object, "total_count", "an integer");
  if (total && *total < 0) fail("total_count is negative");
  return total;
}

// Calls function(const Object&) for each object of the list. An absent list is an error: an answer of another kind must
// not pass for one that shows nothing.
template <class Function>
void for_each_object(const Object& object, std::string_view name, Function function) {
  const auto list = strict<simdjson::dom::array>(object, name, "a list");
  if (!list) fail(fmt::format("it has no list named {}", name));
  if (list->size() > kMaxPage) fail(fmt::format("{} has more than {} items", name, kMaxPage));
  for (const Element item : *list) {
    Object item_object;
    if (item.get(item_object) != simdjson::SUCCESS) fail(fmt::format("an item of {} is not an object", name));
    function(item_object);
  }
}

// An id goes into requests, records and texts: one that could not be a real one is none.
bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string upper(std::string_view value) {
  std::string out(value);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

void read_metadata(const Object& object, LiveDesktop& desktop) {
  const auto metadata = strict<Object>(object, "metadata", "an object");
  if (!metadata) return;
  Presence presence = Presence::absent;
  const auto image = member(*metadata, "metering.image_id", &presence);  // the dot is part of the name (W 3.4)
  if (presence == Presence::many) fail("metering.image_id is given twice");
  if (image) {
    const auto id = as<std::string_view>(image);
    if (!id) fail("metering.image_id is not a string");
    if (!id->empty()) desktop.image_id = ImageId(*id);
  }
  const auto os_type = text(*metadata, "os_type");
  if (os_type && !os_type->empty()) desktop.os_type = *os_type;
}

void read_disks(const Object& object, LiveDesktop& desktop) {
  if (const auto root = as<Object>(member(object, "root_volume"))) desktop.root_gb = lenient_int(*root, "size");
  if (const auto disks = as<simdjson::dom::array>(member(object, "data_volumes"))) {
    desktop.data_disks = static_cast<int>(disks->size());
  }
}

void read_tags(const Object& object, LiveDesktop& desktop) {
  const auto tags = as<simdjson::dom::array>(member(object, "tags"));
  if (!tags) return;
  if (tags->size() > kMaxTags) fail(fmt::format("a desktop has more than {} tags", kMaxTags));
  for (const Element item : *tags) {
    Object tag;
    if (item.get(tag) != simdjson::SUCCESS) continue;
    if (auto key = text(tag, "key")) desktop.tags.emplace_back(std::move(*key), text(tag, "value").value_or(""));
  }
}

LiveDesktop decode_desktop(const Object& object) {
  LiveDesktop desktop;
  desktop.id = DesktopId(strict_text(object, "desktop_id"));
  if (desktop.id.empty()) fail("a desktop has no desktop_id");
  desktop.name = text(object, "computer_name").value_or("");
  desktop.status = strict_text(object, "status");
  desktop.task_status = strict_text(object, "task_status");
  desktop.process = strict_int(object, "process");
  desktop.login_status = strict_text(object, "login_status");
  desktop.attach_state = strict_text(object, "attach_state");
  desktop.desktop_type = strict_text(object, "desktop_type");
  desktop.frozen = strict<bool>(object, "is_freeze", "true or false").value_or(false);
  read_metadata(object, desktop);
  read_disks(object, desktop);
  read_tags(object, desktop);
  return desktop;
}

SubJob decode_sub_job(const Object& object) {
  SubJob job;
  job.id = SubJobId(strict_text(object, "id"));
  if (job.id.empty()) fail("a sub-job has no id");
  job.job_id = JobId(strict_text(object, "job_id"));
  job.status_text = strict_text(object, "status");
  job.status = parse_sub_job_status(job.status_text);
  if (const auto entities = strict<Object>(object, "entities", "an object")) {
    job.desktop_id = DesktopId(strict_text(*entities, "desktop_id"));
  }
  job.begin_time = text(object, "begin_time").value_or("");
  job.end_time = text(object, "end_time").value_or("");
  job.error_code = text(object, "error_code").value_or("");
  job.fail_reason = text(object, "fail_reason").value_or("");
  if (job.fail_reason.empty()) job.fail_reason = text(object, "message").value_or("");
  job.process = lenient_int(object, "process");
  return job;
}

}  // namespace

SubJobStatus parse_sub_job_status(std::string_view value) {
  const std::string status = upper(value);
  if (status == "WAITING") return SubJobStatus::waiting;
  if (status == "RUNNING") return SubJobStatus::running;
  if (status == "SUCCESS") return SubJobStatus::success;
  if (status == "FAILED" || status == "FAIL") return SubJobStatus::failed;
  return SubJobStatus::other;
}

std::string encode_rebuild(const RebuildRequest& request) {
  std::string out;
  JsonWriter json(out);
  const auto optional_field = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) json.field(name, *value);
  };
  json.begin_object();
  json.key("desktop_ids");
  json.begin_array();
  for (const DesktopId& id : request.desktop_ids) json.string(id.str());
  json.end_array();
  json.field("image_type", request.image.image_type);
  json.field("image_id", request.image.image_id.str());
  optional_field("os_type", request.image.os_type);
  if (request.options.delay_time) json.field("delay_time", *request.options.delay_time);
  optional_field("message", request.options.message);
  optional_field("order_id", request.options.order_id);
  optional_field("enterprise_project_id", request.options.enterprise_project_id);
  optional_field("encrypt_type", request.options.encrypt_type);
  optional_field("kms_id", request.options.kms_id);
  json.end_object();
  return out;
}

DecodedJobId decode_job_id(std::string_view body) {
  DecodedJobId out;
  simdjson::dom::parser parser;
  const auto object = parse_object(parser, body);
  if (!object) return out;
  out.is_object = true;
  Presence presence = Presence::absent;
  const auto found = member(*object, "job_id", &presence);
  out.present = presence != Presence::absent;
  const auto id = as<std::string_view>(found);
  if (presence == Presence::one && id && is_plain_id(*id)) out.job = JobId(*id);
  const auto code = text(*object, "error_code");
  out.has_error_code = code && !code->empty();
  return out;
}

DecodedDesktops decode_desktops(std::string_view body) {
  simdjson::dom::parser parser;
  const Object object = document(parser, body);
  DecodedDesktops page;
  page.total = total_count(object);
  for_each_object(object, "desktops", [&](const Object& item) { page.desktops.push_back(decode_desktop(item)); });
  return page;
}

DecodedSubJobs decode_sub_jobs(std::string_view body) {
  simdjson::dom::parser parser;
  const Object object = document(parser, body);
  DecodedSubJobs page;
  page.total = total_count(object);
  for_each_object(object, "jobs", [&](const Object& item) {
    page.sub_jobs.push_back(decode_sub_job(item));
    page.job_types.push_back(strict_text(item, "job_type"));
  });
  return page;
}

JobSummary decode_job(std::string_view body) {
  simdjson::dom::parser parser;
  const Object object = document(parser, body);
  JobSummary job;
  job.found = true;
  job.status_text = strict_text(object, "status");
  const std::string status = upper(job.status_text);
  job.ended = status == "COMPLETE" || status == "SUCCESS" || status == "FAIL" || status == "FAILED";
  job.error_code = text(object, "job_error_code").value_or("");
  job.fail_reason = text(object, "fail_reason").value_or("");
  return job;
}

std::string encode_token_request(const PasswordCredentials& credentials, std::string_view project_id) {
  std::string out;
  JsonWriter json(out);
  const auto open = [&](std::string_view name) {
    json.key(name);
    json.begin_object();
  };
  json.begin_object();
  open("auth");
  open("identity");
  json.key("methods");
  json.begin_array();
  json.string("password");
  json.end_array();
  open("password");
  open("user");
  json.field("name", credentials.user);
  json.field("password", credentials.password.reveal());
  open("domain");
  json.field("name", credentials.domain);
  for (int i = 0; i < 4; ++i) json.end_object();  // domain, user, password, identity
  open("scope");
  open("project");
  json.field("id", project_id);
  for (int i = 0; i < 4; ++i) json.end_object();  // project, scope, auth, the whole
  return out;
}

TokenTimes decode_token_times(std::string_view body) {
  simdjson::dom::parser parser;
  const auto object = parse_object(parser, body);
  const auto token = object ? as<Object>(member(*object, "token")) : std::nullopt;
  if (!token) return {};
  return {parse_time(text(*token, "issued_at").value_or("")), parse_time(text(*token, "expires_at").value_or(""))};
}

}  // namespace gild
