// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/plan_codec.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "engine/codec/document.hpp"
#include "engine/codec/model_json.hpp"
#include "engine/codec/plan_rules.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr std::string_view kFormat = "gild.plan/1";
constexpr int kOpenDepth = 2;  // the document and its lists; each item stands on one line
constexpr std::size_t kBytesPerDesktop = 440;
constexpr std::int64_t kMaxSeconds = 366 * 86'400;

constexpr std::array<std::string_view, 5> kActions{"rebuild", "in-progress", "held", "protected", "excluded"};
constexpr std::array<std::string_view, 2> kSessionPolicies{"skip", "force"};
constexpr std::array<std::string_view, 4> kRolloutFields{"batch_size", "max_unavailable", "max_failures", "sessions"};

template <class Enum, std::size_t Size>
auto parser_of(const std::array<std::string_view, Size>& names) {
  return [&names](std::string_view name) -> std::optional<Enum> {
    for (std::size_t i = 0; i < Size; ++i) {
      if (names[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
  };
}

void write_workspace(JsonWriter& json, const Workspace& workspace) {
  write_id(json, "name", workspace.name);
  json.field("region", workspace.region);
  json.field("project_id", workspace.project_id);
  json.field("endpoint", workspace.endpoint);
  json.field("iam_endpoint", workspace.iam_endpoint);
  json.field("ca_file", workspace.ca_file);
  json.field("credentials", workspace.credentials);
  json.field("settle_seconds", workspace.settle.count());
  write_seconds(json, "poll_seconds", workspace.poll);
  json.field("max_in_flight", workspace.max_in_flight);
  json.key("requests_per_minute");
  json.begin_object();
  json.field("reads", workspace.requests_per_minute.reads);
  json.field("writes", workspace.requests_per_minute.writes);
  json.end_object();
}

Workspace read_workspace(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Workspace workspace;
    workspace.name = members.id<WorkspaceName>("name");
    workspace.region = members.string("region");
    workspace.project_id = members.string("project_id");
    workspace.endpoint = members.string("endpoint");
    workspace.iam_endpoint = members.string("iam_endpoint");
    workspace.ca_file = members.optional_string("ca_file");
    workspace.credentials = members.optional_string("credentials");
    workspace.settle = std::chrono::seconds{members.at("settle_seconds").as_integer(0, kMaxSeconds)};
    workspace.poll = read_seconds(members.at("poll_seconds"), 0, static_cast<double>(kMaxSeconds));
    workspace.max_in_flight = members.integer("max_in_flight", 1);
    workspace.requests_per_minute = read_object(members.at("requests_per_minute"), [](Members& rates) {
      const int reads = rates.integer("reads", 1);
      return RequestRates{reads, rates.integer("writes", 1)};
    });
    return workspace;
  });
}

// What a plan says of a desktop that is not unchanged: one name for each, in groups and in the summary.
template <class Counts>
void write_counts(JsonWriter& json, const Counts& counts) {
  json.field("rebuild", counts.rebuild);
  json.field("unchanged", counts.unchanged);
  json.field("in_progress", counts.in_progress);
  json.field("protected", counts.protect);
  json.field("excluded", counts.exclude);
  json.field("held", counts.held);
}

template <class Counts>
void read_counts(Members& members, Counts& counts) {
  counts.rebuild = members.size("rebuild");
  counts.unchanged = members.size("unchanged");
  counts.in_progress = members.size("in_progress");
  counts.protect = members.size("protected");
  counts.exclude = members.size("excluded");
  counts.held = members.size("held");
}

void write_image_ref(JsonWriter& json, const ImageRef& image) {
  write_id(json, "image_id", image.image_id);
  json.field("image_type", image.image_type);
  json.field("os_type", image.os_type);
}

ImageRef read_image_ref(Members& members) {
  ImageRef image;
  image.image_id = members.id<ImageId>("image_id");
  image.image_type = members.string("image_type");
  image.os_type = members.optional_string("os_type");
  return image;
}

void write_labels(JsonWriter& json, const std::map<std::string, std::string>& labels) {
  write_list(json, "labels", labels, [&](const auto& label) {
    json.field("key", label.first);
    json.field("value", label.second);
  });
}

std::map<std::string, std::string> read_labels(const JsonValue& list) {
  std::map<std::string, std::string> labels;
  list.for_each([&](const JsonValue& item) {
    auto label = read_object(item, [](Members& members) {
      std::string key = members.string("key");
      return std::pair{std::move(key), members.string("value")};
    });
    if (!labels.empty() && labels.rbegin()->first >= label.first) {
      item.fail("the label is listed twice or not in sorted order");
    }
    labels.insert(std::move(label));
  });
  return labels;
}

void write_group(JsonWriter& json, const PlannedGroup& group) {
  write_id(json, "name", group.name);
  write_id(json, "workspace", group.workspace);
  json.field("desktops", group.desktops);
  write_labels(json, group.labels);
  json.field("image_name", group.image_name);
  json.key("image");
  json.begin_object();
  write_image_ref(json, group.target.image);
  json.end_object();
  json.field("revision", group.target.revision);
  json.key("rebuild");
  json.begin_object();
  write_option_fields(json, group.rebuild);
  json.end_object();
  json.key("rollout");
  json.begin_object();
  json.field("batch_size", group.batch_size);
  json.field("max_unavailable", group.max_unavailable);
  json.field("max_failures", group.max_failures);
  json.key("sessions");
  json.begin_object();
  json.field("policy", kSessionPolicies[static_cast<std::size_t>(group.sessions)]);
  json.end_object();
  write_strings(json, "given", group.rollout_given);
  json.end_object();
  json.key("counts");
  json.begin_object();
  write_counts(json, group.counts);
  json.end_object();
}

void read_rollout(Members& members, PlannedGroup& group) {
  group.batch_size = members.integer("batch_size", 1, kMaxDesktopsPerRequest);
  group.max_unavailable = members.integer("max_unavailable", 1);
  group.max_failures = members.integer("max_failures");
  group.sessions = read_object(members.at("sessions"), [](Members& sessions) {
    return read_name(sessions.at("policy"), parser_of<SessionPolicy>(kSessionPolicies));
  });
  const auto field = [](std::string_view name) -> std::optional<std::string> {
    const bool known = std::find(kRolloutFields.begin(), kRolloutFields.end(), name) != kRolloutFields.end();
    return known ? std::optional(std::string(name)) : std::nullopt;
  };
  members.at("given").for_each([&](const JsonValue& item) { group.rollout_given.push_back(read_name(item, field)); });
}

PlannedGroup read_group(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    PlannedGroup group;
    group.name = members.id<GroupName>("name");
    group.workspace = members.id<WorkspaceName>("workspace");
    group.desktops = members.size("desktops");
    group.labels = read_labels(members.at("labels"));
    group.image_name = members.optional_string("image_name");
    group.target.image = read_object(members.at("image"), read_image_ref);
    group.target.revision = members.optional_string("revision");
    group.rebuild = read_object(members.at("rebuild"), read_option_fields);
    Members rollout(members.at("rollout"));
    read_rollout(rollout, group);
    rollout.finish();
    Members counts(members.at("counts"));
    read_counts(counts, group.counts);
    counts.finish();
    return group;
  });
}

void write_batch(JsonWriter& json, const PlannedBatch& batch) {
  write_id(json, "id", batch.id);
  write_id(json, "group", batch.group);
  write_id(json, "workspace", batch.workspace);
  json.field("wave", batch.wave);
  json.key("request");
  json.begin_object();
  write_ids(json, "desktop_ids", batch.request.desktop_ids);
  json.field("image_type", batch.request.image.image_type);
  write_id(json, "image_id", batch.request.image.image_id);
  json.field("os_type", batch.request.image.os_type);
  write_option_fields(json, batch.request.options);
  json.end_object();
}

PlannedBatch read_batch(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    PlannedBatch batch;
    batch.id = members.id<BatchId>("id");
    batch.group = members.id<GroupName>("group");
    batch.workspace = members.id<WorkspaceName>("workspace");
    batch.wave = members.integer("wave", 1);
    batch.request = read_object(members.at("request"), [](Members& request) {
      RebuildRequest out;
      out.desktop_ids = request.ids<DesktopId>("desktop_ids");
      out.image.image_type = request.string("image_type");
      out.image.image_id = request.id<ImageId>("image_id");
      out.image.os_type = request.optional_string("os_type");
      out.options = read_option_fields(request);
      return out;
    });
    return batch;
  });
}

void write_desktop(JsonWriter& json, const PlannedDesktop& desktop) {
  write_id(json, "id", desktop.id);
  write_id(json, "workspace", desktop.workspace);
  write_id(json, "group", desktop.group);
  json.field("name", desktop.name);
  write_integer(json, "data_disks", desktop.data_disks);
  json.field("action", name_of(desktop.action));
  json.field("reason", desktop.reason);
  write_image(json, "from", desktop.from);
  write_image(json, "to", desktop.to);
  write_id(json, "batch", desktop.batch);
}

PlannedDesktop read_desktop(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    PlannedDesktop desktop;
    desktop.id = members.id<DesktopId>("id");
    desktop.workspace = members.id<WorkspaceName>("workspace");
    desktop.group = members.id<GroupName>("group");
    desktop.name = members.optional_string("name");
    desktop.data_disks = members.optional_integer("data_disks");
    desktop.action = read_name(members.at("action"), parser_of<Action>(kActions));
    desktop.reason = members.string("reason");
    desktop.from = read_optional_image(members.find("from"));
    desktop.to = read_optional_image(members.find("to"));
    desktop.batch = members.optional_id<BatchId>("batch");
    return desktop;
  });
}

void write_guardrails(JsonWriter& json, const Guardrails& rails) {
  json.field("name", rails.name);
  write_list(json, "freeze", rails.freeze, [&](const Freeze& freeze) {
    write_time(json, "from", freeze.from);
    write_time(json, "to", freeze.to);
    json.field("reason", freeze.reason);
    json.field("where", freeze.where);
  });
  if (!rails.max_rebuilds_per_day) return json.null_field("max_rebuilds_per_day");
  json.key("max_rebuilds_per_day");
  json.begin_object();
  json.field("value", rails.max_rebuilds_per_day->value);
  json.field("where", rails.max_rebuilds_per_day->where);
  json.end_object();
}

Guardrails read_guardrails(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Guardrails rails;
    rails.name = members.string("name");
    rails.freeze = members.list("freeze", [](const JsonValue& item) {
      return read_object(item, [](Members& freeze) {
        Freeze out;
        out.from = freeze.time("from");
        out.to = freeze.time("to");
        out.reason = freeze.string("reason");
        out.where = freeze.string("where");
        return out;
      });
    });
    if (const JsonValue* rule = members.find("max_rebuilds_per_day")) {
      rails.max_rebuilds_per_day = read_object(*rule, [](Members& limit) {
        Placed<std::size_t> out;
        out.value = limit.size("value");
        out.where = limit.string("where");
        return out;
      });
    }
    return rails;
  });
}

std::string write(const Plan& plan, int open_depth) {
  std::string out;
  out.reserve(2000 + plan.desktops.size() * kBytesPerDesktop);
  JsonWriter json(out, open_depth);
  json.begin_object();
  json.field("format", kFormat);
  json.field("manifest_digest", plan.manifest_digest);
  json.key("basis");
  json.begin_object();
  json.field("lineage", plan.basis.lineage);
  json.field("serial", plan.basis.serial);
  json.end_object();
  write_list(json, "workspaces", plan.workspaces,
             [&](const Workspace& workspace) { write_workspace(json, workspace); });
  json.key("summary");
  json.begin_object();
  write_counts(json, plan.summary);
  json.field("unmanaged", plan.summary.unmanaged);
  json.field("batches", plan.summary.batches);
  json.field("worst_case", plan.summary.worst_case);
  json.field("named", plan.summary.named);
  json.end_object();
  write_list(json, "groups", plan.groups, [&](const PlannedGroup& group) { write_group(json, group); });
  write_list(json, "batches", plan.batches, [&](const PlannedBatch& batch) { write_batch(json, batch); });
  write_list(json, "desktops", plan.desktops, [&](const PlannedDesktop& desktop) { write_desktop(json, desktop); });
  write_list(json, "guardrails", plan.guardrails, [&](const Guardrails& rails) { write_guardrails(json, rails); });
  write_strings(json, "warnings", plan.warnings);
  json.end_object();
  return out;
}

}  // namespace

std::string_view name_of(Action action) {
  return kActions[static_cast<std::size_t>(action)];
}

std::string write_plan(const Plan& plan) {
  return write(plan, kOpenDepth) + '\n';
}

std::string plan_digest(const Plan& plan) {
  return sha256_hex(write(plan, 0));
}

namespace {

Plan read_document(std::string_view text, std::string_view name) {
  Document document(text, name);
  expect_format(document.peek("format"), "gild.plan", name);
  const auto as_text = [](const JsonValue& value) { return std::string(value.as_string()); };
  document.member("format", as_text);
  Plan plan;
  plan.manifest_digest = document.member("manifest_digest", as_text);
  plan.basis = document.member("basis", [](const JsonValue& value) {
    return read_object(value, [](Members& members) {
      Basis basis;
      basis.lineage = members.optional_string("lineage");
      basis.serial = members.count("serial");
      return basis;
    });
  });
  document.list("workspaces", [&](const JsonValue& value) { plan.workspaces.push_back(read_workspace(value)); });
  plan.summary = document.member("summary", [](const JsonValue& value) {
    return read_object(value, [](Members& members) {
      PlanSummary summary;
      read_counts(members, summary);
      summary.unmanaged = members.size("unmanaged");
      summary.batches = members.size("batches");
      summary.worst_case = members.size("worst_case");
      summary.named = members.size("named");
      return summary;
    });
  });
  document.list("groups", [&](const JsonValue& value) { plan.groups.push_back(read_group(value)); });
  document.list("batches", [&](const JsonValue& value) { plan.batches.push_back(read_batch(value)); });
  document.list("desktops", [&](const JsonValue& value) { plan.desktops.push_back(read_desktop(value)); });
  document.list("guardrails", [&](const JsonValue& value) { plan.guardrails.push_back(read_guardrails(value)); });
  document.list("warnings", [&](const JsonValue& value) { plan.warnings.emplace_back(value.as_string()); });
  document.finish();
  return plan;
}

}  // namespace

Plan read_plan(std::string_view text, std::string_view name) {
  try {
    Plan plan = read_document(text, name);
    check_plan_rules(plan, name);
    return plan;
  } catch (const Error& error) {
    if (!error.advice().empty()) throw;  // it knows better what to do: a newer format
    throw Error(error.kind(), error.what(),
                "A saved plan is applied as it was reviewed, so one that is damaged or contradicts itself is not used. "
                "Make a new one with gild plan --out.");
  }
}

}  // namespace gild
