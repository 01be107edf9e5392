// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/config/document_readers.hpp"
#include "engine/config/local_path.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, 8> kGroupKeys = {"workspace",     "image",   "revision", "desktops",
                                                        "desktop_files", "exclude", "rebuild",  "rollout"};
constexpr std::array<Block::Hint, 14> kGroupHints = {{
    {"delay_time", "It belongs under \"rebuild\"."},
    {"message", "It belongs under \"rebuild\"."},
    {"order_id", "It belongs under \"rebuild\"."},
    {"enterprise_project_id", "It belongs under \"rebuild\"."},
    {"encrypt_type", "It belongs under \"rebuild\"."},
    {"kms_id", "It belongs under \"rebuild\"."},
    {"batch_size", "It belongs under \"rollout\"."},
    {"max_unavailable", "It belongs under \"rollout\"."},
    {"max_failures", "It belongs under \"rollout\"."},
    {"sessions", "It belongs under \"rollout\"."},
    {"image_id", "It belongs under \"image\"."},
    {"image_type", "It belongs under \"image\"."},
    {"os_type", "It belongs under \"image\"."},
    {"protect", "It belongs to a single desktop, as in {id: ..., protect: true}."},
}};
constexpr Block kGroup{"a desktop group", "desktop group", kGroupKeys, kGroupHints};

constexpr std::array<std::string_view, 4> kDesktopKeys = {"id", "name", "protect", "order_id"};
constexpr Block kDesktop{"a desktop", "desktop", kDesktopKeys};

constexpr std::array<std::string_view, 6> kRebuildKeys = {
    "delay_time", "message", "order_id", "enterprise_project_id", "encrypt_type", "kms_id"};
constexpr Block kRebuild{"rebuild", "rebuild", kRebuildKeys};

constexpr std::array<std::string_view, 4> kRolloutKeys = {"batch_size", "max_unavailable", "max_failures", "sessions"};
constexpr std::array<Block::Hint, 2> kRolloutHints = {{
    {"policy", "It belongs under \"sessions\"."},
    {"delay_time", "It belongs under \"rebuild\"."},
}};
constexpr Block kRollout{"a rollout", "rollout", kRolloutKeys, kRolloutHints};

constexpr std::array<std::string_view, 1> kSessionKeys = {"policy"};
constexpr Block kSessions{"sessions", "sessions", kSessionKeys};

constexpr TextRule kLineRule{is_single_line, 255, "Write 1 to 255 characters on one line."};
constexpr TextRule kOrderRule{is_visible_ascii, kMaxIdLength, "Write 1 to 255 characters of ASCII without blanks."};
constexpr TextRule kEnterpriseRule{is_word, kMaxEnterpriseProjectLength, "Write 1 to 36 letters, digits, _ and -."};
constexpr TextRule kMessageRule{is_single_line, kMaxMessageLength,
                                "Write 1 to 400 characters on one line, or leave the message out."};
constexpr TextRule kPathRule{[](std::string_view) { return true; }, 1024, "Write a path beside or below the manifest."};

constexpr int kLeastForcedDelay = 5;  // minutes; in less nobody saves a document and signs out

void read_desktop(const ReadContext& context, const YamlValue& item, GroupDraft& out) {
  DesktopEntry entry;
  Place place;
  std::optional<std::string> id;
  if (item.is_mapping()) {
    const FieldReader reader{context, item, kDesktop};
    if (const auto field = reader.require("id", context.place(item))) {
      id = read_text(context, *field, kIdRule);
      place = context.use(field->value);
    }
    if (const auto field = reader.find("name")) entry.name = read_text(context, *field, kLineRule);
    if (const auto field = reader.find("protect")) entry.protect = read_boolean(context, *field).value_or(true);
    if (const auto field = reader.find("order_id")) entry.order_id = read_text(context, *field, kOrderRule);
  } else if (item.is_sequence()) {
    context.error("wrong-type", "Value of the wrong type",
                  "A desktop is an id, or a mapping such as {id: ..., protect: true}, and this is a list.", item);
  } else {
    id = read_text(context, {"desktops", item, item}, kIdRule);
    place = context.use(item);
  }
  if (!id) {
    out.desktops_complete = false;
    return;
  }
  entry.id = DesktopId{*id};
  entry.location = place.location;
  entry.length = place.length;
  out.desktops.push_back(std::move(entry));
}

void read_lists(const DocumentContext& context, const Field& field, GroupDraft& out) {
  const ReadContext& read = context.read;
  if (!is_list(read, field)) {
    out.desktops_complete = false;
    return;
  }
  field.value.for_each_item([&](const YamlValue& item) {
    const auto text = read_text(read, {"desktop_files", item, item}, kPathRule);
    auto problem = text ? find_local_path_problem(*text) : std::nullopt;
    if (problem) read.error("bad-path", "Path that is not allowed", std::move(*problem), item);
    if (text && !problem) out.lists.push_back({beside(context.manifest_path, *text), read.use(item)});
    if (!text || problem) out.desktops_complete = false;
  });
}

void read_desktops(const DocumentContext& context, const FieldReader& reader, const Place& owner, GroupDraft& out) {
  const ReadContext& read = context.read;
  const auto desktops = reader.find("desktops");
  const auto lists = reader.find("desktop_files");
  if (!desktops && !lists) {
    out.desktops_complete = false;
    read.reporter.error("missing-key", "Missing key in desktop group",
                        "Each desktop group says which desktops it means: add \"desktops\", a list of ids, or "
                        "\"desktop_files\", a list of files with one id a line.",
                        owner);
  }
  if (desktops) {
    if (is_list(read, *desktops)) {
      desktops->value.for_each_item([&](const YamlValue& item) { read_desktop(read, item, out); });
      if (desktops->value.empty() && !lists) {
        read.warning("no-desktops", "Group without desktops",
                     "The list is empty, so nothing is ever rebuilt in this group. Add ids, or delete the group.",
                     desktops->value);
      }
    } else {
      out.desktops_complete = false;
    }
  }
  if (lists) read_lists(context, *lists, out);
  const auto exclude = reader.find("exclude");
  if (!exclude || !is_list(read, *exclude)) return;
  exclude->value.for_each_item([&](const YamlValue& item) {
    if (auto id = read_text(read, {"exclude", item, item}, kIdRule))
      out.excluded.push_back({std::move(*id), read.use(item)});
  });
}

std::optional<std::string> read_message(const ReadContext& context, const Field& field) {
  auto text = read_text(context, field, kMessageRule);
  if (text && count_utf16_units(*text) > kMaxMessageLength) {
    context.error(
        "bad-value", "Value not allowed",
        fmt::format("The service counts some characters of this message, emoji for example, twice, and comes to "
                    "{}. \"message\" takes {} at most.",
                    count_utf16_units(*text), kMaxMessageLength),
        field.value);
    return std::nullopt;
  }
  return text;
}

void check_encryption(const ReadContext& context, const RebuildOptions& options, const std::optional<Field>& type,
                      const std::optional<Field>& key) {
  const bool encrypted = options.encrypt_type == "ENCRYPTED";
  if (key && !type) {
    context.error("encryption", "Key without encryption",
                  "\"kms_id\" is only for disks that get encrypted. Add encrypt_type: ENCRYPTED, or delete it.",
                  key->key);
  } else if (key && options.encrypt_type && !encrypted) {
    context.error(
        "encryption", "Key without encryption",
        fmt::format("With encrypt_type: {} no key is used. Write encrypt_type: ENCRYPTED, or delete \"kms_id\".",
                    *options.encrypt_type),
        key->key);
  } else if (encrypted && !key) {
    context.error("encryption", "Encryption without a key",
                  "encrypt_type: ENCRYPTED needs \"kms_id\", the key to encrypt with. Add it.", type->value);
  }
}

// What users with unsaved work can still do is said in two blocks; a part of it that could not be read has its
// complaint already, and nothing is concluded from the rest.
struct TimeToSave {
  std::optional<Field> delay;
  std::optional<Field> policy;
  bool readable = true;
};

void read_rebuild(const ReadContext& context, const Field& field, RebuildOptions& out, TimeToSave& time) {
  const FieldReader reader{context, field.value, kRebuild};
  time.delay = reader.find("delay_time");
  if (time.delay) {
    out.delay_time = read_integer(context, *time.delay, {0, kMaxDelayMinutes, "minutes"});
    time.readable = time.readable && out.delay_time;
  }
  if (const auto message = reader.find("message")) out.message = read_message(context, *message);
  if (const auto order = reader.find("order_id")) out.order_id = read_text(context, *order, kOrderRule);
  if (const auto project = reader.find("enterprise_project_id")) {
    out.enterprise_project_id = read_text(context, *project, kEnterpriseRule);
  }
  const auto type = reader.find("encrypt_type");
  const auto key = reader.find("kms_id");
  if (type) out.encrypt_type = read_choice(context, *type, {"KEEP", "UNENCRYPTED", "ENCRYPTED"});
  if (key) out.kms_id = read_text(context, *key, kOrderRule);
  check_encryption(context, out, type, key);
}

// "10%", or nothing where the value does not end with a percent sign.
std::optional<Amount> read_percentage(const ReadContext& context, const Field& field, int least) {
  std::string_view digits = field.value.text();
  digits.remove_suffix(1);
  int percent = -1;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  const bool plain = result.ec == std::errc{} && result.ptr == digits.data() + digits.size() && digits[0] != '-' &&
                     (digits.size() == 1 || digits[0] != '0');
  if (plain && percent >= least && percent <= 100) return Amount{percent, true};
  context.error(
      "bad-value", "Value not allowed",
      fmt::format("{} is not a share for \"{}\". Write a whole number from {} to 100 before the percent sign.",
                  in_quotes(field.value.text()), field.name, least),
      field.value);
  return std::nullopt;
}

Amount read_amount(const ReadContext& context, const Field& field, int least, Amount otherwise) {
  if (field.value.is_scalar() && field.value.text().ends_with('%')) {
    return read_percentage(context, field, least).value_or(otherwise);
  }
  const auto number = read_integer(context, field, {least, 1'000'000, "desktops"});
  return number ? Amount{*number, false} : otherwise;
}

void read_sessions(const ReadContext& context, const Field& field, SessionPolicy& out, TimeToSave& time) {
  if (field.value.is_scalar() && (field.value.text() == "skip" || field.value.text() == "force")) {
    time.readable = false;
    context.error("wrong-type", "Value of the wrong type",
                  fmt::format("\"sessions\" takes a mapping. Write sessions: {{policy: {}}}", field.value.text()),
                  field.value);
  } else if (!is_mapping(context, field)) {
    time.readable = false;
  } else {
    const FieldReader reader{context, field.value, kSessions};
    time.policy = reader.find("policy");
    if (!time.policy) return;
    const auto policy = read_choice(context, *time.policy, {"skip", "force"});
    time.readable = time.readable && policy;
    if (policy) out = *policy == "force" ? SessionPolicy::force : SessionPolicy::skip;
  }
}

void read_rollout(const ReadContext& context, const Field& field, GroupDraft& group, TimeToSave& time) {
  const FieldReader reader{context, field.value, kRollout};
  RolloutSettings& out = group.rollout;
  for (const std::string_view key : kRolloutKeys) {
    if (reader.find(key)) group.rollout_given.emplace_back(key);
  }
  if (const auto size = reader.find("batch_size")) {
    static constexpr IntegerRule kRule{1, kMaxDesktopsPerRequest, "desktops"};
    out.batch_size = read_integer(context, *size, kRule).value_or(out.batch_size);
  }
  if (const auto amount = reader.find("max_unavailable")) {
    out.max_unavailable = read_amount(context, *amount, 1, out.max_unavailable);
  }
  if (const auto amount = reader.find("max_failures"))
    out.max_failures = read_amount(context, *amount, 0, out.max_failures);
  if (const auto sessions = reader.find("sessions")) read_sessions(context, *sessions, out.sessions, time);
}

// With force, people at work have only delay_time to save; with skip, those who log on at the last
// moment.
void check_time_to_save(const ReadContext& context, const GroupDraft& group, const TimeToSave& time) {
  if (!time.readable) return;
  if (group.rollout.sessions == SessionPolicy::force) {
    if (delay_of(group.rebuild).count() >= kLeastForcedDelay) return;
    context.error(
        "no-time-to-save", "Users get no time to save their work",
        fmt::format("policy: force rebuilds desktops while people work on them, and they have only "
                    "\"delay_time\" to save. Under \"rebuild\" write {} to {} minutes, such as delay_time: {}",
                    kLeastForcedDelay, kMaxDelayMinutes, kMaxDelayMinutes),
        time.delay ? time.delay->value : time.policy->value);
  } else if (group.rebuild.delay_time == 0) {
    context.warning(
        "no-time-to-save", "Users get no time to save their work",
        "Somebody who logs on between the last look at a desktop and the request has only \"delay_time\" to "
        "save, and that is 0. Write some minutes, up to 15.",
        time.delay->value);
  }
}

}  // namespace

void read_group(const DocumentContext& context, const Field& spec, GroupDraft& out) {
  const ReadContext& read = context.read;
  const FieldReader reader{read, spec.value, kGroup};
  const Place owner = read.place(spec.key);
  if (const auto field = reader.find("workspace")) {
    out.names_workspace = true;
    if (auto name = read_text(read, *field, kNameRule)) out.workspace = {std::move(*name), read.use(field->value)};
  }
  if (const auto field = reader.require("image", owner)) {
    if (field->value.is_mapping()) {
      out.target.image = read_image(read, *field);
    } else if (field->value.is_sequence()) {
      read.error(
          "wrong-type", "Value of the wrong type",
          "\"image\" is the name of an Image, or a mapping such as {image_id: ..., image_type: private}, and this is "
          "a list.",
          field->value);
    } else if (auto name = read_text(read, *field, kNameRule)) {
      out.image_name = {std::move(*name), read.use(field->value)};
    }
  }
  if (const auto field = reader.find("revision")) out.target.revision = read_text(read, *field, kLineRule);
  read_desktops(context, reader, owner, out);
  TimeToSave time;
  if (const auto field = reader.find("rebuild")) {
    time.readable = is_mapping(read, *field);
    if (time.readable) read_rebuild(read, *field, out.rebuild, time);
  }
  if (const auto field = reader.find_mapping("rollout")) read_rollout(read, *field, out, time);
  check_time_to_save(read, out, time);
}

}  // namespace gild
