// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/state_codec.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/codec/desktop_lines.hpp"
#include "engine/codec/document.hpp"
#include "engine/codec/model_json.hpp"
#include "engine/codec/remote_document.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr std::string_view kFormat = "gild.state/1";
// The document and its lists open up; each item stands on one line.
constexpr int kOpenDepth = 2;
// Bytes to set aside for a desktop's line. Growing a string of many megabytes by doubling would need its memory twice.
constexpr std::size_t kBytesPerDesktop = 640;
constexpr std::size_t kPiece = std::size_t{1024} * 1024;

std::int64_t read_intent_number(Members& members) {
  const JsonValue* value = members.find("intent");
  return value == nullptr ? 0 : value->as_integer(1, kMaxJsonInteger);
}

std::shared_ptr<const PastFailure> read_past_failure(const JsonValue& value) {
  return std::make_shared<const PastFailure>(read_object(value, [](Members& members) {
    PastFailure failure;
    failure.target = read_optional_target(members.find("target"));
    failure.job_id = members.optional_id<JobId>("job_id");
    failure.reason = members.optional_string("reason");
    return failure;
  }));
}

void write_past_failure(JsonWriter& json, std::string_view key, const PastFailure* failure) {
  if (failure == nullptr) return json.null_field(key);
  json.key(key);
  json.begin_object();
  write_target(json, "target", failure->target);
  write_id(json, "job_id", failure->job_id);
  json.field("reason", failure->reason);
  json.end_object();
}

DesktopRecord read_desktop(Members& members) {
  DesktopRecord desktop;
  desktop.group = members.optional_id<GroupName>("group");
  desktop.name = members.optional_string("name");
  desktop.image = read_image_fields(members);
  desktop.status = read_name(members.at("status"), desktop_status_from);
  desktop.target = read_optional_target(members.find("target"));
  desktop.job_id = members.optional_id<JobId>("job_id");
  desktop.intent = read_intent_number(members);
  desktop.reason = members.optional_string("reason");
  desktop.updated_at = members.time("updated_at");
  desktop.previous = read_optional_image(members.find("previous"));
  if (const JsonValue* details = members.find("details")) desktop.details = read_details(*details);
  if (members.has("failed_before")) {
    if (const JsonValue* failure = members.find("failed_before")) desktop.failed_before = read_past_failure(*failure);
  }
  return desktop;
}

void write_intent_desktop(JsonWriter& json, const IntentDesktop& desktop) {
  write_id(json, "id", desktop.id);
  write_image(json, "from", desktop.from);
  json.key("before");
  if (!desktop.known) return json.null();
  json.begin_object();
  json.field("status", name_of(desktop.status_before));
  write_target(json, "target", desktop.target_before);
  write_id(json, "job_id", desktop.job_before);
  json.key("intent");
  desktop.intent_before == 0 ? json.null() : json.integer(desktop.intent_before);
  json.field("reason", desktop.reason_before);
  json.end_object();
}

IntentDesktop read_intent_desktop(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    IntentDesktop desktop;
    desktop.id = members.id<DesktopId>("id");
    desktop.from = read_image(members.at("from"));
    const JsonValue* before = members.find("before");
    if (before == nullptr) return desktop;
    desktop.known = true;
    Members old(*before);
    desktop.status_before = read_name(old.at("status"), desktop_status_from);
    desktop.target_before = read_optional_target(old.find("target"));
    desktop.job_before = old.optional_id<JobId>("job_id");
    desktop.intent_before = read_intent_number(old);
    desktop.reason_before = old.optional_string("reason");
    old.finish();
    return desktop;
  });
}

Intent read_intent(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Intent intent;
    intent.number = members.at("number").as_integer(1, kMaxJsonInteger);
    intent.workspace = members.id<WorkspaceName>("workspace");
    intent.group = members.id<GroupName>("group");
    intent.batch = members.id<BatchId>("batch");
    intent.target = read_target(members.at("target"));
    intent.options = read_object(members.at("options"), read_option_fields);
    intent.desktops = members.list("desktops", read_intent_desktop);
    intent.asked_for = members.ids<DesktopId>("asked_for");
    intent.known_sub_jobs = members.ids<SubJobId>("known_sub_jobs");
    intent.known_complete = members.boolean("known_complete");
    intent.service_time = members.optional_time("service_time");
    intent.settle = std::chrono::seconds{members.count("settle_seconds")};
    intent.lost = members.optional_string("lost");
    intent.looks = members.list("looks", [](const JsonValue& look) { return read_object(look, read_look); });
    intent.adopted_jobs = members.ids<JobId>("adopted_jobs");
    return intent;
  });
}

Job read_job(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Job job;
    job.id = members.id<JobId>("id");
    job.intent = members.count("intent");
    job.workspace = members.id<WorkspaceName>("workspace");
    job.group = members.id<GroupName>("group");
    job.batch = members.id<BatchId>("batch");
    job.target = read_target(members.at("target"));
    job.desktops = members.list("desktops", [](const JsonValue& item) {
      return read_object(item, [](Members& desktop) {
        auto id = desktop.id<DesktopId>("id");
        return JobDesktop{std::move(id), desktop.optional_time("verifying_since"), false};
      });
    });
    job.accepted_at = members.time("accepted_at");
    job.delay = std::chrono::minutes{members.integer("delay_time")};
    job.vanished_since = members.optional_time("vanished_since");
    return job;
  });
}

void write_rollout(JsonWriter& json, const Rollout& rollout) {
  json.field("plan_digest", rollout.plan_digest);
  json.field("started", rollout.started);
  write_time(json, "started_at", rollout.started_at);
  write_rollout_groups(json, "groups", rollout.groups);
}

Rollout read_rollout(const JsonValue& value) {
  return read_object(value, [](Members& members) {
    Rollout rollout;
    rollout.plan_digest = members.string("plan_digest");
    rollout.started = members.count("started");
    rollout.started_at = members.time("started_at");
    rollout.groups = members.list("groups", read_rollout_group);
    return rollout;
  });
}

// Adds to the end of a map whose document must be sorted: an item out of order may be a hand's or a merge's doing, and
// a second line for a desktop would hide what the first one says.
template <class Map, class Value>
void add_sorted(Map& map, typename Map::key_type key, Value value, const JsonValue& where, std::string_view what) {
  if (!map.empty() && !(map.rbegin()->first < key)) {
    where.fail(map.rbegin()->first == key ? fmt::format("this {} is listed twice", what)
                                          : fmt::format("this {} is not in sorted order", what));
  }
  map.emplace_hint(map.end(), std::move(key), std::move(value));
}

}  // namespace

void write_desktop(JsonWriter& json, const DesktopKey& key, const DesktopRecord& desktop) {
  write_id(json, "workspace", key.workspace);
  write_id(json, "id", key.id);
  write_id(json, "group", desktop.group);
  json.field("name", desktop.name);
  write_image_fields(json, desktop.image);
  json.field("status", name_of(desktop.status));
  write_target(json, "target", desktop.target);
  write_id(json, "job_id", desktop.job_id);
  json.key("intent");
  desktop.intent == 0 ? json.null() : json.integer(desktop.intent);
  json.field("reason", desktop.reason);
  write_time(json, "updated_at", desktop.updated_at);
  write_image(json, "previous", desktop.previous);
  write_details(json, "details", desktop.details);
  write_past_failure(json, "failed_before", desktop.failed_before.get());
}

void write_intent(JsonWriter& json, const Intent& intent) {
  json.field("number", intent.number);
  write_id(json, "workspace", intent.workspace);
  write_id(json, "group", intent.group);
  write_id(json, "batch", intent.batch);
  write_target(json, "target", intent.target);
  json.key("options");
  json.begin_object();
  write_option_fields(json, intent.options);
  json.end_object();
  write_list(json, "desktops", intent.desktops, [&](const IntentDesktop& d) { write_intent_desktop(json, d); });
  write_ids(json, "asked_for", intent.asked_for);
  write_ids(json, "known_sub_jobs", intent.known_sub_jobs);
  json.field("known_complete", intent.known_complete);
  write_time(json, "service_time", intent.service_time);
  json.field("settle_seconds", intent.settle.count());
  json.field("lost", intent.lost);
  write_list(json, "looks", intent.looks, [&](const Look& look) { write_look(json, look); });
  write_ids(json, "adopted_jobs", intent.adopted_jobs);
}

void write_job(JsonWriter& json, const Job& job) {
  write_id(json, "id", job.id);
  json.field("intent", job.intent);
  write_id(json, "workspace", job.workspace);
  write_id(json, "group", job.group);
  write_id(json, "batch", job.batch);
  write_target(json, "target", job.target);
  write_list(json, "desktops", job.desktops, [&](const JobDesktop& desktop) {
    write_id(json, "id", desktop.id);
    write_time(json, "verifying_since", desktop.verifying_since);
  });
  write_time(json, "accepted_at", job.accepted_at);
  json.field("delay_time", job.delay.count());
  write_time(json, "vanished_since", job.vanished_since);
}

namespace {

// Calls line_written() after each line of the lists.
template <class LineWritten>
void write_document(std::string& out, const State& state, std::string_view gild_version, LineWritten line_written) {
  JsonWriter json(out, kOpenDepth);
  json.begin_object();
  json.field("format", kFormat);
  json.field("serial", state.serial);
  json.field("lineage", state.lineage);
  json.field("gild_version", gild_version);
  json.field("moved_to", state.moved_to);
  json.key("unread");
  if (state.whole()) {
    json.null();
  } else {
    json.begin_object();
    json.field("desktops", state.unread.desktops);
    json.field("serial", state.unread.serial);
    json.end_object();
  }
  write_list(json, "desktops", state.desktops,
             [&](const auto& entry) { write_desktop(json, entry.first, entry.second), line_written(); });
  write_list(json, "intents", state.intents,
             [&](const auto& entry) { write_intent(json, entry.second), line_written(); });
  write_list(json, "jobs", state.jobs, [&](const auto& entry) { write_job(json, entry.second), line_written(); });
  write_list(json, "rollouts", state.rollouts,
             [&](const Rollout& rollout) { write_rollout(json, rollout), line_written(); });
  json.end_object();
  out += '\n';
}

}  // namespace

std::string write_state(const State& state, std::string_view gild_version) {
  std::string out;
  out.reserve(1000 + state.desktops.size() * kBytesPerDesktop);
  write_document(out, state, gild_version, [] {});
  return out;
}

void write_state(const State& state, std::string_view gild_version, const std::function<void(std::string_view)>& take) {
  std::string piece;
  write_document(piece, state, gild_version, [&] {
    if (piece.size() < kPiece) return;
    take(piece);
    piece.clear();
  });
  take(piece);
}

namespace {

void mark_overdue(State& state) {
  for (auto& [key, job] : state.jobs) {
    for (JobDesktop& desktop : job.desktops) {
      const DesktopRecord* record = state.find(job.workspace, desktop.id);
      desktop.overdue = record != nullptr && record->status == DesktopStatus::unknown && record->job_id == job.id &&
                        !desktop.verifying_since;
    }
  }
}

State read_document(std::string_view text, std::string_view name) {
  Document document(text, name);
  if (document.peek("format").starts_with("gild.remote/")) return read_remote_document(text, name).state;
  expect_format(document.peek("format"), "gild.state", name, document.peek("gild_version"));
  State state;
  const auto as_text = [](const JsonValue& value) { return std::string(value.as_string()); };
  document.member("format", as_text);
  state.serial = document.member("serial", [](const JsonValue& value) { return value.as_integer(0, kMaxJsonInteger); });
  state.lineage = document.member("lineage", [](const JsonValue& value) {
    if (value.as_string().empty()) value.fail("must not be empty");
    return std::string(value.as_string());
  });
  document.member("gild_version", as_text);  // for people: the format alone decides what can be read
  if (document.has("moved_to")) {
    state.moved_to = document.member("moved_to", [](const JsonValue& value) {
      return value.is_null() ? std::nullopt : std::optional<std::string>(value.as_string());
    });
  }
  if (document.has("unread")) {
    document.member("unread", [&](const JsonValue& value) {
      if (value.is_null()) return;
      value.expect_keys({"desktops", "serial"});
      state.unread.desktops = static_cast<std::size_t>(value.integer("desktops", 0, kMaxJsonInteger));
      state.unread.serial = value.integer("serial", 1, kMaxJsonInteger);
    });
  }
  document.list("desktops", [&](const JsonValue& value) {
    Members members(value);
    DesktopKey key{members.id<WorkspaceName>("workspace"), members.id<DesktopId>("id")};
    DesktopRecord desktop = read_desktop(members);
    members.finish();
    add_sorted(state.desktops, std::move(key), std::move(desktop), value, "desktop");
  });
  document.list("intents", [&](const JsonValue& value) {
    Intent intent = read_intent(value);
    const std::int64_t number = intent.number;
    add_sorted(state.intents, number, std::move(intent), value, "intent");
  });
  document.list("jobs", [&](const JsonValue& value) {
    Job job = read_job(value);
    JobKey key = job.key();  // named before the job is moved from
    add_sorted(state.jobs, std::move(key), std::move(job), value, "job");
  });
  document.list("rollouts", [&](const JsonValue& value) { state.rollouts.push_back(read_rollout(value)); });
  document.finish();
  return state;
}

// Git puts these marks at the beginning of a line, where no line of JSON has them. 0: there is none.
std::size_t line_of_merge_mark(std::string_view text) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    if (text.starts_with("<<<<<<< ") || text.starts_with(">>>>>>> ")) return line;
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return 0;
}

// Any text that is a state, or an error that says what is wrong with it and where.
State read_thoroughly(std::string_view text, std::string_view name) {
  try {
    return read_document(text, name);
  } catch (const Error&) {
    const std::size_t line = line_of_merge_mark(text);
    if (line == 0) throw;
    throw Error(ErrorKind::input, fmt::format("{}:{}: the marks of a merge that was not finished", name, line),
                "Nothing was changed. Two branches wrote to this state, and what is mixed from both is true for "
                "neither. Take the file of one of them whole. gild does not know of the other one's requests then, so "
                "make sure in the service's console that no rebuild of its runs, and read the desktops again:\n\n"
                "    gild refresh");
  }
}

// The lines of a text that comes in pieces.
class LineSource {
 public:
  explicit LineSource(const ReadPiece& read) : read_(read), buffer_(kPiece) {}

  // The next line, its line feed included where it has one; empty at the end. Stays until the next call.
  std::string_view next() {
    std::size_t searched = begin_;
    for (;;) {
      const void* found = std::memchr(buffer_.data() + searched, '\n', end_ - searched);
      if (found != nullptr) return cut(static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1);
      searched = end_ - begin_;
      if (!fill()) return cut(end_);
    }
  }
  // All that next() has not returned.
  std::string rest() {
    std::string out;
    do {
      out.append(buffer_.data() + begin_, end_ - begin_);
      begin_ = end_;
    } while (fill());
    return out;
  }

 private:
  std::string_view cut(std::size_t end) {
    const std::string_view line{buffer_.data() + begin_, end - begin_};
    begin_ = end;
    return line;
  }
  // Moves what is left to the front and reads on. False at the end of the text.
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const std::size_t count = read_(offset_, std::span(buffer_).subspan(end_));
    offset_ += count;
    end_ += count;
    return count > 0;
  }

  const ReadPiece& read_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

// One desktop of a document that is laid out line by line: the usual line as such, others as JSON.
void read_desktop_line(std::string_view line, DesktopLineReader& lines, JsonParser& parser, std::string_view name,
                       DesktopKey& key, DesktopRecord& desktop) {
  if (lines.read(line, key, desktop)) return;
  const JsonValue value = parser.parse(line, name);
  Members members(value);
  key = {members.id<WorkspaceName>("workspace"), members.id<DesktopId>("id")};
  desktop = read_desktop(members);
  members.finish();
}

// A state that is laid out as write_state() does it: the list of desktops line by line, and what stands around it as a
// document of its own, which is short. nullopt, or an error that means the same, where the layout is another one or
// anything is wrong.
std::optional<State> read_laid_out(const ReadPiece& read, std::string_view name) {
  constexpr std::string_view kBefore = "  \"desktops\": [\n";
  constexpr std::size_t kMostHeadLines = 20;
  LineSource source{read};
  std::string around;
  std::string_view line = source.next();
  for (std::size_t i = 0; line != kBefore; ++i, line = source.next()) {
    if (i == kMostHeadLines || line.empty()) return std::nullopt;
    around += line;
  }
  if (around.find(fmt::format("\n  \"format\": \"{}\",\n", kFormat)) == std::string::npos) return std::nullopt;
  std::map<DesktopKey, DesktopRecord> desktops;
  DesktopLineReader lines;
  JsonParser parser;
  DesktopKey key;
  DesktopRecord desktop;
  for (bool more = true; more;) {
    line = source.next();
    more = line.ends_with("},\n");
    if (!line.starts_with("    {") || (!more && !line.ends_with("}\n"))) return std::nullopt;
    line.remove_prefix(4);
    line.remove_suffix(more ? 2 : 1);
    read_desktop_line(line, lines, parser, name, key, desktop);
    if (!desktops.empty() && !(desktops.rbegin()->first < key)) return std::nullopt;
    desktops.emplace_hint(desktops.end(), std::move(key), std::move(desktop));
  }
  line = source.next();
  if (!line.starts_with("  ]")) return std::nullopt;
  around.append("  \"desktops\": []").append(line.substr(3));
  around += source.rest();
  State state = read_document(around, name);
  state.desktops = std::move(desktops);
  return state;
}

std::string read_whole(const ReadPiece& read) {
  std::string text;
  for (std::size_t count = kPiece; count > 0;) {
    const std::size_t size = text.size();
    text.resize(size + kPiece);
    count = read(size, std::span(text).subspan(size));
    text.resize(size + count);
  }
  return text;
}

}  // namespace

State read_state(const ReadPiece& read, std::string_view name) {
  std::optional<State> state;
  try {
    state = read_laid_out(read, name);
  } catch (const Error&) {
    // Told below, with the place in the whole text.
  }
  if (!state) state = read_thoroughly(read_whole(read), name);
  mark_overdue(*state);
  return std::move(*state);
}

State read_state(std::string_view text, std::string_view name) {
  return read_state(
      [text](std::uint64_t offset, std::span<char> into) {
        return offset < text.size() ? text.copy(into.data(), into.size(), offset) : 0;
      },
      name);
}

}  // namespace gild
