// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/journal_codec.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/codec/model_json.hpp"
#include "engine/core/error.hpp"

// Reading takes back everything that writing gives: a record that was synced and cannot be read again would lose what
// it proves. So nothing is checked here beyond the shape; what fits a state is fold's affair.
namespace gild {
namespace {

// One pair of functions per kind: write_body() puts the members into the open object, and read<Kind>() takes them. The
// order of the names is that of the variant.
constexpr std::array<std::string_view, std::variant_size_v<RecordBody>> kKinds{
    "began",          "rollout_started", "rollout_acknowledged",
    "rollout_closed", "intended",        "accepted",
    "refused",        "not_executed",    "lost",
    "looked",         "adopted",         "not_received",
    "verifying",      "job_missed",      "held",
    "conflicted",     "finished",        "recorded",
    "refreshed",      "resolved",        "removed",
    "regrouped",      "migrated"};

template <class Kind>
Kind read(Members& members) = delete;

void write_keys(JsonWriter& json, const std::vector<DesktopKey>& desktops) {
  write_list(json, "desktops", desktops, [&](const DesktopKey& key) {
    write_id(json, "workspace", key.workspace);
    write_id(json, "id", key.id);
  });
}

std::vector<DesktopKey> read_keys(Members& members) {
  return members.list("desktops", [](const JsonValue& item) {
    return read_object(item, [](Members& key) {
      auto workspace = key.id<WorkspaceName>("workspace");
      return DesktopKey{std::move(workspace), key.id<DesktopId>("id")};
    });
  });
}

// Where a record may be about no intent: 0 stands for none and is written as null.
void write_intent_number(JsonWriter& json, std::int64_t intent) {
  json.key("intent");
  intent == 0 ? json.null() : json.integer(intent);
}

std::int64_t read_intent_number(Members& members) {
  const JsonValue* value = members.find("intent");
  return value == nullptr ? 0 : value->as_integer(1, kMaxJsonInteger);
}

void write_body(JsonWriter& json, const Began& began) {
  json.field("command", began.command);
  json.field("user", began.user);
  json.field("host", began.host);
  json.field("commit", began.commit);
  json.field("gild_version", began.gild_version);
}
template <>
Began read<Began>(Members& members) {
  Began began;
  began.command = members.string("command");
  began.user = members.string("user");
  began.host = members.string("host");
  began.commit = members.optional_string("commit");
  began.gild_version = members.string("gild_version");
  return began;
}

void write_body(JsonWriter& json, const RolloutStarted& started) {
  json.field("plan_digest", started.plan_digest);
  write_rollout_groups(json, "groups", started.groups);
}
template <>
RolloutStarted read<RolloutStarted>(Members& members) {
  RolloutStarted started;
  started.plan_digest = members.string("plan_digest");
  started.groups = members.list("groups", read_rollout_group);
  return started;
}

void write_body(JsonWriter& json, const RolloutAcknowledged& acknowledged) {
  write_ids(json, "groups", acknowledged.groups);
}
template <>
RolloutAcknowledged read<RolloutAcknowledged>(Members& members) {
  return {members.ids<GroupName>("groups")};
}

void write_body(JsonWriter& json, const RolloutClosed& closed) {
  json.field("plan_digest", closed.plan_digest);
}
template <>
RolloutClosed read<RolloutClosed>(Members& members) {
  return {members.string("plan_digest")};
}

// The desktops of a request mostly have one and the same image, which is written once: for the record, and for a
// desktop only where it has another. Records of before that was so have one with each desktop, and none for the record.
void write_intended_desktops(JsonWriter& json, const std::vector<IntendedDesktop>& desktops) {
  desktops.empty() ? json.null_field("from") : write_image(json, "from", desktops.front().from);
  write_list(json, "desktops", desktops, [&](const IntendedDesktop& desktop) {
    write_id(json, "id", desktop.id);
    json.field("name", desktop.name);
    desktop.from == desktops.front().from ? json.null_field("from") : write_image(json, "from", desktop.from);
  });
}

std::vector<IntendedDesktop> read_intended_desktops(Members& members) {
  std::optional<ImageState> shared;
  if (members.has("from")) shared = read_optional_image(members.find("from"));
  return members.list("desktops", [&](const JsonValue& item) {
    return read_object(item, [&](Members& fields) {
      IntendedDesktop desktop;
      desktop.id = fields.id<DesktopId>("id");
      desktop.name = fields.optional_string("name");
      const JsonValue& from = fields.at("from");
      if (from.is_null() && !shared) from.fail("neither the record nor the desktop says which image was there");
      desktop.from = from.is_null() ? *shared : read_image(from);
      return desktop;
    });
  });
}

void write_body(JsonWriter& json, const Intended& intended) {
  write_id(json, "workspace", intended.workspace);
  write_id(json, "group", intended.group);
  write_id(json, "batch", intended.batch);
  write_target(json, "target", intended.target);
  json.key("options");
  json.begin_object();
  write_option_fields(json, intended.options);
  json.end_object();
  write_intended_desktops(json, intended.desktops);
  write_ids(json, "known_sub_jobs", intended.known_sub_jobs);
  json.field("known_complete", intended.known_complete);
  write_time(json, "service_time", intended.service_time);
  json.field("settle_seconds", intended.settle.count());
}
template <>
Intended read<Intended>(Members& members) {
  Intended intended;
  intended.workspace = members.id<WorkspaceName>("workspace");
  intended.group = members.id<GroupName>("group");
  intended.batch = members.id<BatchId>("batch");
  intended.target = read_target(members.at("target"));
  intended.options = read_object(members.at("options"), read_option_fields);
  intended.desktops = read_intended_desktops(members);
  intended.known_sub_jobs = members.ids<SubJobId>("known_sub_jobs");
  intended.known_complete = members.boolean("known_complete");
  intended.service_time = members.optional_time("service_time");
  intended.settle = std::chrono::seconds{members.count("settle_seconds")};
  return intended;
}

void write_body(JsonWriter& json, const Accepted& accepted) {
  json.field("intent", accepted.intent);
  write_id(json, "job_id", accepted.job);
  json.field("request_id", accepted.request_id);
  write_time(json, "service_time", accepted.service_time);
}
template <>
Accepted read<Accepted>(Members& members) {
  Accepted accepted;
  accepted.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  accepted.job = members.id<JobId>("job_id");
  accepted.request_id = members.string("request_id");
  accepted.service_time = members.optional_time("service_time");
  return accepted;
}

void write_body(JsonWriter& json, const Refused& refused) {
  json.field("intent", refused.intent);
  write_error(json, "error", refused.error);
}
template <>
Refused read<Refused>(Members& members) {
  Refused refused;
  refused.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  refused.error = read_error(members.at("error"));
  return refused;
}

void write_body(JsonWriter& json, const NotExecuted& not_executed) {
  json.field("intent", not_executed.intent);
  write_error(json, "error", not_executed.error);
}
template <>
NotExecuted read<NotExecuted>(Members& members) {
  NotExecuted not_executed;
  not_executed.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  not_executed.error = read_error(members.at("error"));
  return not_executed;
}

void write_body(JsonWriter& json, const Lost& lost) {
  json.field("intent", lost.intent);
  json.field("why", lost.why);
  write_error(json, "error", lost.error);
}
template <>
Lost read<Lost>(Members& members) {
  Lost lost;
  lost.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  lost.why = members.string("why");
  lost.error = read_error(members.at("error"));
  return lost;
}

void write_body(JsonWriter& json, const Looked& looked) {
  json.field("intent", looked.intent);
  write_look(json, looked.look);
}
template <>
Looked read<Looked>(Members& members) {
  Looked looked;
  looked.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  looked.look = read_look(members);
  return looked;
}

void write_body(JsonWriter& json, const Adopted& adopted) {
  json.field("intent", adopted.intent);
  write_id(json, "job_id", adopted.job);
  write_ids(json, "desktops", adopted.desktops);
  write_ids(json, "sub_jobs", adopted.sub_jobs);
  write_time(json, "time", adopted.time);
}
template <>
Adopted read<Adopted>(Members& members) {
  Adopted adopted;
  adopted.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  adopted.job = members.id<JobId>("job_id");
  adopted.desktops = members.ids<DesktopId>("desktops");
  adopted.sub_jobs = members.ids<SubJobId>("sub_jobs");
  adopted.time = members.time("time");
  return adopted;
}

void write_body(JsonWriter& json, const NotReceived& not_received) {
  json.field("intent", not_received.intent);
  write_ids(json, "desktops", not_received.desktops);
  json.field("evidence", not_received.evidence);
}
template <>
NotReceived read<NotReceived>(Members& members) {
  NotReceived not_received;
  not_received.intent = members.at("intent").as_integer(1, kMaxJsonInteger);
  not_received.desktops = members.ids<DesktopId>("desktops");
  not_received.evidence = members.string("evidence");
  return not_received;
}

// Records of before it was written down have no Workspace.
void write_job_key(JsonWriter& json, const JobKey& job) {
  if (!job.workspace.empty()) write_id(json, "workspace", job.workspace);
  write_id(json, "job_id", job.id);
}
JobKey read_job_key(Members& members) {
  JobKey job;
  if (members.has("workspace")) job.workspace = members.id<WorkspaceName>("workspace");
  job.id = members.id<JobId>("job_id");
  return job;
}

void write_body(JsonWriter& json, const Verifying& verifying) {
  write_job_key(json, verifying.job);
  write_ids(json, "desktops", verifying.desktops);
  write_time(json, "time", verifying.time);
}
template <>
Verifying read<Verifying>(Members& members) {
  Verifying verifying;
  verifying.job = read_job_key(members);
  verifying.desktops = members.ids<DesktopId>("desktops");
  verifying.time = members.time("time");
  return verifying;
}

void write_body(JsonWriter& json, const JobMissed& missed) {
  write_job_key(json, missed.job);
  write_time(json, "time", missed.time);
}
template <>
JobMissed read<JobMissed>(Members& members) {
  JobMissed missed;
  missed.job = read_job_key(members);
  missed.time = members.time("time");
  return missed;
}

void write_body(JsonWriter& json, const Held& held) {
  write_intent_number(json, held.intent);
  write_id(json, "workspace", held.workspace);
  write_id(json, "group", held.group);
  json.field("reason", name_of(held.reason));
  write_ids(json, "desktops", held.desktops);
  json.field("detail", held.detail);
}
template <>
Held read<Held>(Members& members) {
  Held held;
  held.intent = read_intent_number(members);
  held.workspace = members.id<WorkspaceName>("workspace");
  held.group = members.id<GroupName>("group");
  held.reason = read_name(members.at("reason"), hold_reason_from);
  held.desktops = members.ids<DesktopId>("desktops");
  held.detail = members.string("detail");
  return held;
}

void write_body(JsonWriter& json, const Conflicted& conflicted) {
  write_id(json, "group", conflicted.group);
  json.field("live_status", conflicted.live_status);
}
template <>
Conflicted read<Conflicted>(Members& members) {
  Conflicted conflicted;
  conflicted.group = members.id<GroupName>("group");
  conflicted.live_status = members.string("live_status");
  return conflicted;
}

void write_body(JsonWriter& json, const Finished& finished) {
  write_id(json, "workspace", finished.workspace);
  write_id(json, "group", finished.group);
  write_id(json, "job_id", finished.job);
  write_intent_number(json, finished.intent);
  write_target(json, "target", finished.target);
  write_list(json, "desktops", finished.desktops, [&](const FinishedDesktop& desktop) {
    write_id(json, "id", desktop.id);
    json.field("outcome", name_of(desktop.outcome));
    json.field("reason", desktop.reason);
  });
  json.field("evidence", finished.evidence);
}
template <>
Finished read<Finished>(Members& members) {
  Finished finished;
  finished.workspace = members.id<WorkspaceName>("workspace");
  finished.group = members.id<GroupName>("group");
  finished.job = members.optional_id<JobId>("job_id");
  finished.intent = read_intent_number(members);
  finished.target = read_target(members.at("target"));
  finished.desktops = members.list("desktops", [](const JsonValue& item) {
    return read_object(item, [](Members& fields) {
      FinishedDesktop desktop;
      desktop.id = fields.id<DesktopId>("id");
      desktop.outcome = read_name(fields.at("outcome"), outcome_from);
      desktop.reason = fields.optional_string("reason");
      return desktop;
    });
  });
  finished.evidence = members.string("evidence");
  return finished;
}

void write_body(JsonWriter& json, const Recorded& recorded) {
  write_id(json, "workspace", recorded.workspace);
  write_id(json, "group", recorded.group);
  write_target(json, "target", recorded.target);
  write_list(json, "desktops", recorded.desktops, [&](const RecordedDesktop& desktop) {
    write_id(json, "id", desktop.id);
    json.field("name", desktop.name);
  });
  json.field("evidence", recorded.evidence);
}
template <>
Recorded read<Recorded>(Members& members) {
  Recorded recorded;
  recorded.workspace = members.id<WorkspaceName>("workspace");
  recorded.group = members.id<GroupName>("group");
  recorded.target = read_target(members.at("target"));
  recorded.desktops = members.list("desktops", [](const JsonValue& item) {
    return read_object(item, [](Members& desktop) {
      auto id = desktop.id<DesktopId>("id");
      return RecordedDesktop{std::move(id), desktop.optional_string("name")};
    });
  });
  recorded.evidence = members.string("evidence");
  return recorded;
}

void write_body(JsonWriter& json, const Refreshed& refreshed) {
  write_id(json, "workspace", refreshed.workspace);
  write_list(json, "desktops", refreshed.desktops, [&](const RefreshedDesktop& desktop) {
    write_id(json, "id", desktop.id);
    write_id(json, "group", desktop.group);
    json.field("name", desktop.name);
    write_id(json, "image_id", desktop.image_id);
    json.field("os_type", desktop.os_type);
    write_details(json, "details", desktop.details);
  });
}
template <>
Refreshed read<Refreshed>(Members& members) {
  Refreshed refreshed;
  refreshed.workspace = members.id<WorkspaceName>("workspace");
  refreshed.desktops = members.list("desktops", [](const JsonValue& item) {
    return read_object(item, [](Members& fields) {
      RefreshedDesktop desktop;
      desktop.id = fields.id<DesktopId>("id");
      desktop.group = fields.optional_id<GroupName>("group");
      desktop.name = fields.optional_string("name");
      desktop.image_id = fields.optional_id<ImageId>("image_id");
      desktop.os_type = fields.optional_string("os_type");
      desktop.details = read_details(fields.at("details"));
      return desktop;
    });
  });
  return refreshed;
}

void write_body(JsonWriter& json, const Resolved& resolved) {
  write_keys(json, resolved.desktops);
  json.field("as", name_of(resolved.as));
  json.field("reason", resolved.reason);
  json.field("by", resolved.by);
}
template <>
Resolved read<Resolved>(Members& members) {
  Resolved resolved;
  resolved.desktops = read_keys(members);
  resolved.as = read_name(members.at("as"), resolution_from);
  resolved.reason = members.string("reason");
  resolved.by = members.string("by");
  return resolved;
}

void write_body(JsonWriter& json, const Removed& removed) {
  write_keys(json, removed.desktops);
}
template <>
Removed read<Removed>(Members& members) {
  return {read_keys(members)};
}

void write_body(JsonWriter& json, const Regrouped& regrouped) {
  write_keys(json, regrouped.desktops);
  write_id(json, "from", regrouped.from);
  write_id(json, "to", regrouped.to);
}
template <>
Regrouped read<Regrouped>(Members& members) {
  Regrouped regrouped;
  regrouped.desktops = read_keys(members);
  regrouped.from = members.optional_id<GroupName>("from");
  regrouped.to = members.id<GroupName>("to");
  return regrouped;
}

void write_body(JsonWriter& json, const Migrated& migrated) {
  json.field("to", migrated.to);
}
template <>
Migrated read<Migrated>(Members& members) {
  return {members.optional_string("to")};
}

// The reader of each kind, in the order of the variant.
using Reader = RecordBody (*)(Members&);
template <std::size_t... Index>
constexpr auto readers_of(std::index_sequence<Index...>) {
  return std::array<Reader, sizeof...(Index)>{
      [](Members& members) -> RecordBody { return read<std::variant_alternative_t<Index, RecordBody>>(members); }...};
}
constexpr auto kReaders = readers_of(std::make_index_sequence<kKinds.size()>{});

RecordBody read_body(const JsonValue& kind, Members& members) {
  const std::string_view name = kind.as_string();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return kReaders[i](members);
  }
  kind.fail(fmt::format("\"{}\" is not a kind of record that this gild knows; a newer gild may have written it", name));
}

}  // namespace

std::string write_record(const JournalRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("serial", record.serial);
  write_time(json, "at", record.at);
  json.field("kind", kKinds[record.body.index()]);
  std::visit([&](const auto& body) { write_body(json, body); }, record.body);
  json.end_object();
  return out;
}

JournalRecord read_record(std::string_view line, std::string_view name, JsonParser& parser) {
  return read_record(parser.parse(line, name));
}

JournalRecord read_record(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    JournalRecord record;
    record.serial = members.at("serial").as_integer(1, kMaxJsonInteger);
    record.at = members.time("at");
    record.body = read_body(members.at("kind"), members);
    return record;
  });
}

}  // namespace gild
