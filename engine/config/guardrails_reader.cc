// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/config/document_readers.hpp"
#include "engine/config/freeze_time.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, 8> kKeys = {
    "max_rebuilds", "max_percent", "max_rebuilds_per_day", "require_rollout", "forbid_all_at_once", "allowed_images",
    "protected",    "freeze"};
constexpr std::array<Block::Hint, 6> kHints = {{
    {"ids", "It belongs under \"allowed_images\" or \"protected\"."},
    {"names", "It belongs under \"allowed_images\"."},
    {"types", "It belongs under \"allowed_images\"."},
    {"labels", "It belongs under \"protected\"."},
    {"batch_size", "Guardrails only ask that groups set it: require_rollout: [batch_size]."},
    {"max_unavailable", "Guardrails only ask that groups set it: require_rollout: [max_unavailable]."},
}};
constexpr Block kGuardrails{"guardrails", "guardrails", kKeys, kHints};

constexpr std::array<std::string_view, 3> kImageKeys = {"ids", "names", "types"};
constexpr Block kAllowedImages{"allowed_images", "allowed images", kImageKeys};

constexpr std::array<std::string_view, 2> kProtectedKeys = {"ids", "labels"};
constexpr Block kProtected{"protected", "protected desktops", kProtectedKeys};

constexpr std::array<std::string_view, 3> kFreezeKeys = {"from", "to", "reason"};
constexpr Block kFreeze{"a freeze", "freeze", kFreezeKeys};

constexpr TextRule kTypeRule{is_word, 255, "It is \"gold\", \"private\" or \"market\"."};
constexpr TextRule kReasonRule{is_single_line, 255, "Write 1 to 255 characters on one line."};
constexpr TextRule kTimeRule{is_visible_ascii, 40, "Write a date such as 2026-12-20."};

class GuardrailsReader {
 public:
  GuardrailsReader(const DocumentContext& context, Guardrails& out)
      : context_(context), read_(context.read), out_(out) {}

  void read(const Field& spec) {
    const FieldReader reader{read_, spec.value, kGuardrails};
    if (spec.value.empty()) {
      read_.error("no-rule", "Guardrails without a rule",
                  "They would hold back nothing. Write a rule, such as max_rebuilds: 100, or delete the document.",
                  spec.key);
    }
    read_number(reader, "max_rebuilds", {0, 1'000'000, "desktops"}, out_.max_rebuilds);
    read_number(reader, "max_percent", {0, 100, "percent"}, out_.max_percent);
    read_number(reader, "max_rebuilds_per_day", {0, 1'000'000, "desktops"}, out_.max_rebuilds_per_day);
    if (const auto field = reader.find("require_rollout")) read_required(*field);
    if (const auto field = reader.find("forbid_all_at_once")) {
      if (const auto value = read_boolean(read_, *field)) out_.forbid_all_at_once = {*value, where(field->value)};
    }
    if (const auto field = reader.find_mapping("allowed_images")) read_images(*field);
    if (const auto field = reader.find_mapping("protected")) read_protected(*field);
    if (const auto field = reader.find("freeze")) {
      for_each(*field, [&](const Field& item) { read_freeze(item); });
    }
  }

 private:
  std::string where(const YamlValue& value) const {
    const Location location = read_.use(value).location;
    return fmt::format("{}:{}:{}", context_.manifest_path, location.line, location.column);
  }

  void read_number(const FieldReader& reader, std::string_view key, const IntegerRule& rule,
                   std::optional<Placed<std::size_t>>& out) const {
    const auto field = reader.find(key);
    if (!field) return;
    const auto number = read_integer(read_, *field, rule);
    if (number) out = {static_cast<std::size_t>(*number), where(field->value)};
  }

  // function(const Field&) for each item of a list, which must have some: an empty one is a rule that is not there, or
  // one that forbids everything, and nobody can tell which was meant.
  template <class Function>
  void for_each(const Field& list, Function function) const {
    if (!is_list(read_, list)) return;
    if (list.value.empty()) {
      return read_.error("empty-list", "Empty list in guardrails",
                         fmt::format("\"{}\" names nothing. Write what it is about, or delete it.", list.name),
                         list.value);
    }
    list.value.for_each_item([&](const YamlValue& item) { function(Field{list.name, item, item}); });
  }

  template <class Take>
  void read_texts(const FieldReader& reader, std::string_view key, const TextRule& rule, Take take) const {
    const auto field = reader.find(key);
    if (!field) return;
    for_each(*field, [&](const Field& item) {
      if (auto text = read_text(read_, item, rule)) take(std::move(*text), item.value);
    });
  }

  // A mapping that holds at least one of the keys of its block.
  void demand_some(const Field& block, std::string_view advice) const {
    if (!block.value.empty()) return;
    read_.error("no-rule", "Guardrail that says nothing", std::string{advice}, block.value);
  }

  void read_required(const Field& field) {
    Placed<std::vector<std::string>> required{{}, where(field.value)};
    for_each(field, [&](const Field& item) {
      if (const auto name = read_choice(read_, item, {"batch_size", "max_unavailable", "max_failures", "sessions"})) {
        required.value.emplace_back(*name);
      }
    });
    out_.require_rollout = std::move(required);
  }

  void read_images(const Field& field) {
    demand_some(field, "Name the images that are allowed under \"ids\", \"names\" or \"types\".");
    const FieldReader reader{read_, field.value, kAllowedImages};
    Placed<AllowedImages> allowed{{}, where(field.key)};
    read_texts(reader, "ids", kIdRule,
               [&](const std::string& text, const YamlValue&) { allowed.value.ids.emplace_back(text); });
    read_texts(reader, "names", kNameRule,
               [&](std::string text, const YamlValue&) { allowed.value.names.push_back(std::move(text)); });
    read_texts(reader, "types", kTypeRule,
               [&](std::string text, const YamlValue&) { allowed.value.types.push_back(std::move(text)); });
    out_.allowed_images = std::move(allowed);
  }

  void read_protected(const Field& field) {
    demand_some(field, "Name desktops under \"ids\", or labels of groups under \"labels\".");
    const FieldReader reader{read_, field.value, kProtected};
    read_texts(reader, "ids", kIdRule, [&](const std::string& text, const YamlValue& value) {
      out_.protected_ids.push_back({DesktopId{text}, where(value)});
    });
    const auto labels = reader.find_mapping("labels");
    if (!labels) return;
    demand_some(*labels, "Write the labels whose groups are protected, such as labels: {dept: board}.");
    out_.protected_labels = {read_labels(read_, *labels), where(labels->key)};
  }

  // False: it could not be read.
  bool read_time(const std::optional<Field>& field, FreezeTime& out) const {
    if (!field) return false;
    const auto text = read_text(read_, *field, kTimeRule);
    if (!text) return false;
    const auto time = parse_freeze_time(*text);
    if (time) {
      out = *time;
      return true;
    }
    read_.error("bad-value", "Value not allowed",
                fmt::format("{} is no time for \"{}\". Write a date, which is in UTC, such as 2026-12-20, or a time "
                            "with its offset, such as 2026-12-20T18:00:00+01:00.",
                            in_quotes(*text), field->name),
                field->value);
    return false;
  }

  void read_freeze(const Field& item) {
    if (!is_mapping(read_, item)) return;
    const FieldReader reader{read_, item.value, kFreeze};
    const Place owner = read_.place(item.value);
    const auto from_field = reader.require("from", owner);
    const auto to_field = reader.require("to", owner);
    const auto reason_field = reader.require("reason", owner);
    FreezeTime from;
    FreezeTime to;
    const bool has_from = read_time(from_field, from);
    const bool has_to = read_time(to_field, to);
    const auto reason = reason_field ? read_text(read_, *reason_field, kReasonRule) : std::nullopt;
    if (!has_from || !has_to || !reason) return;
    if (to.last() <= from.first()) {
      return read_.error("bad-value", "Freeze that ends before it begins",
                         "\"to\" has to be later than \"from\". A date there is the last day of the freeze, in UTC.",
                         to_field->value);
    }
    out_.freeze.push_back({from.first(), to.last(), *reason, where(item.value)});
  }

  const DocumentContext& context_;
  const ReadContext& read_;
  Guardrails& out_;
};

}  // namespace

void read_guardrails(const DocumentContext& context, const Field& spec, Guardrails& out) {
  GuardrailsReader{context, out}.read(spec);
}

}  // namespace gild
