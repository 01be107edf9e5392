// SPDX-License-Identifier: Apache-2.0
#include "engine/config/field_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_alphanumeric(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

// "a, b or c"
std::string join_or(std::initializer_list<std::string_view> words) {
  std::string out;
  std::size_t left = words.size();
  for (const std::string_view word : words) {
    out += word;
    --left;
    if (left > 0) out += left == 1 ? " or " : ", ";
  }
  return out;
}

void complain_unknown_key(const ReadContext& context, const YamlValue& key, const Block& block) {
  const std::string summary = fmt::format("Unknown key in {}", block.summary);
  const std::string_view text = key.text();
  std::string detail = fmt::format("{} is not a key of {}.", in_quotes(text), block.what);
  if (text == "<<") {
    return context.error("merge-key", "Merge key",
                         "\"<<\" merges mappings in YAML 1.1 only and is not read here. Write the keys out, or use an "
                         "alias for a whole value.",
                         key);
  }
  for (const Block::Hint& hint : block.elsewhere) {
    if (text == hint.key) return context.error("unknown-key", summary, fmt::format("{} {}", detail, hint.advice), key);
  }
  if (const auto near = nearest(text.substr(0, 100), {block.keys.begin(), block.keys.end()})) {
    detail += fmt::format(" Did you mean \"{}\"?", *near);
  } else {
    detail += fmt::format(" Its keys are {}.", join_and({block.keys.begin(), block.keys.end()}));
  }
  context.error("unknown-key", summary, std::move(detail), key);
}

// For values that yaml-cpp glued together from several lines.
std::string line_advice(const YamlValue& value) {
  if (value.is_quoted() || value.text().size() <= value.end() - value.begin()) return {};
  return " The text goes on in the next line; check how far that one is indented.";
}

void wrong_type(const ReadContext& context, const Field& field, std::string detail) {
  context.error("wrong-type", "Value of the wrong type", std::move(detail), field.value);
}

// Complains where there is no value at all; a value that is only white space has no place of its own.
bool is_present(const ReadContext& context, const Field& field) {
  if (!field.value.is_null()) return true;
  if (field.key.is_null()) {
    context.error("no-value", "Empty list item",
                  fmt::format("An item of \"{}\" is empty. Write it out, or delete it.", field.name), field.key);
  } else {
    context.error("no-value", "Key without a value",
                  fmt::format("\"{}\" has no value. Write one after the colon, or delete the key.", field.name),
                  field.key);
  }
  return false;
}

std::optional<std::string_view> read_scalar(const ReadContext& context, const Field& field, std::string_view wanted) {
  if (!is_present(context, field)) return std::nullopt;
  if (field.value.is_scalar()) return field.value.text();
  wrong_type(context, field,
             fmt::format("\"{}\" takes {}, and this is {}.", field.name, wanted, describe_kind(field.value)));
  return std::nullopt;
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos &&
         (text.size() == 1 || text.front() != '0');
}

std::string range_of(const IntegerRule& rule) {
  return fmt::format("from {} to {}", rule.least, rule.most);
}

// What is wrong with a value that should be a number and is not written as one.
std::string number_advice(const Field& field, const IntegerRule& rule, bool fraction) {
  const std::string_view text = field.value.text();
  const std::string wanted =
      fmt::format("{}{}{}", fraction ? "a number" : "a whole number", rule.unit.empty() ? "" : " of ", rule.unit);
  const bool decimal = is_decimal(text);
  if (field.value.is_quoted() && decimal) {
    return fmt::format("In quotes {} is text. Write it without quotes: {}", text, text);
  }
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (text.starts_with('+')) return fmt::format("Write the number without a sign: {}", digits);
    return fmt::format("Some YAML readers take a number with a leading 0 for an octal one. Write it without: {}",
                       digits);
  }
  if (field.value.type() == PlainType::integer) {
    return fmt::format("\"{}\" takes {} in decimal digits, {}.", field.name, wanted, range_of(rule));
  }
  if (field.value.type() == PlainType::real && !fraction) {
    return fmt::format("\"{}\" takes {} without a fraction, {}.", field.name, wanted, range_of(rule));
  }
  return fmt::format("\"{}\" takes {}, {}; {} is not one.", field.name, wanted, range_of(rule), in_quotes(text));
}

void out_of_range(const ReadContext& context, const Field& field, const IntegerRule& rule) {
  context.error("out-of-range", "Number out of range",
                fmt::format("\"{}\" goes {}{}{}.", field.name, range_of(rule), rule.unit.empty() ? "" : " ", rule.unit),
                field.value);
}

}  // namespace

Place ReadContext::use(const YamlValue& value) const {
  return value.through_alias() ? locator.range(value.alias_begin(), value.alias_end()) : place(value);
}

std::vector<RelatedPlace> ReadContext::alias_note(const YamlValue& value) const {
  if (!value.through_alias()) return {};
  return {{use(value).location, "This alias stands for it."}};
}

void ReadContext::error(std::string code, std::string summary, std::string detail, const YamlValue& value) const {
  reporter.error(std::move(code), std::move(summary), std::move(detail), place(value), alias_note(value));
}

void ReadContext::warning(std::string code, std::string summary, std::string detail, const YamlValue& value) const {
  reporter.warning(std::move(code), std::move(summary), std::move(detail), place(value), alias_note(value));
}

FieldReader::FieldReader(const ReadContext& context, const YamlValue& mapping, const Block& block)
    : context_(context), block_(block) {
  mapping.for_each_pair([&](const YamlValue& key, const YamlValue& value) {
    if (!key.is_scalar()) {
      return context.error("bad-key", "Key that is no word",
                           fmt::format("A key of {} is a single word, and this is {}.", block.what, describe_kind(key)),
                           key);
    }
    const auto known = std::find(block.keys.begin(), block.keys.end(), key.text());
    if (known == block.keys.end()) return complain_unknown_key(context, key, block);
    if (const auto first = find(*known)) {
      return context.reporter.error(
          "duplicate-key", "Key given twice",
          fmt::format("\"{}\" stands twice in the same mapping, and only one could hold. Delete one of them.", *known),
          context.place(key), {{context.place(first->key).location, "It stands here for the first time."}});
    }
    fields_.push_back({*known, key, value});
  });
}

std::optional<Field> FieldReader::find(std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.name == key) return field;
  }
  return std::nullopt;
}

std::optional<Field> FieldReader::require(std::string_view key, const Place& owner) const {
  if (auto field = find(key)) return field;
  context_.reporter.error(
      "missing-key", fmt::format("Missing key in {}", block_.summary),
      fmt::format("{} needs \"{}\", which is not here. Add it.", std::string{"Each "}.append(block_.summary), key),
      owner);
  return std::nullopt;
}

std::optional<Field> FieldReader::find_mapping(std::string_view key) const {
  const auto field = find(key);
  return field && is_mapping(context_, *field) ? field : std::nullopt;
}

std::string describe_kind(const YamlValue& value) {
  switch (value.kind()) {
    case YamlKind::null:
    case YamlKind::alias:
      return "empty";
    case YamlKind::mapping:
      return "a mapping";
    case YamlKind::sequence:
      return "a list";
    case YamlKind::scalar:
      break;
  }
  switch (value.type()) {
    case PlainType::text:
      return "text";
    case PlainType::boolean:
      return "true or false";
    case PlainType::integer:
    case PlainType::real:
      break;
  }
  return "a number";
}

bool is_mapping(const ReadContext& context, const Field& field) {
  if (!is_present(context, field)) return false;
  if (field.value.is_mapping()) return true;
  wrong_type(context, field,
             fmt::format("\"{}\" takes a mapping, lines of \"key: value\", and this is {}.", field.name,
                         describe_kind(field.value)));
  return false;
}

bool is_list(const ReadContext& context, const Field& field) {
  if (!is_present(context, field)) return false;
  if (field.value.is_sequence()) return true;
  std::string detail = fmt::format("\"{}\" takes a list, and this is {}.", field.name, describe_kind(field.value));
  if (field.value.is_scalar())
    detail += fmt::format(" Write [{}] for a list of one.", escape_controls(field.value.text().substr(0, 80)));
  wrong_type(context, field, std::move(detail));
  return false;
}

std::optional<std::string_view> read_any_text(const ReadContext& context, const Field& field) {
  const auto text = read_scalar(context, field, "text");
  if (!text) return std::nullopt;
  if (field.value.type() == PlainType::text) return text;
  wrong_type(context, field,
             fmt::format("Without quotes {} is {} in YAML, and \"{}\" takes text. Write it in quotes: \"{}\"", *text,
                         describe_kind(field.value), field.name, *text));
  return std::nullopt;
}

std::optional<std::string> read_text(const ReadContext& context, const Field& field, const TextRule& rule) {
  const auto text = read_any_text(context, field);
  if (!text) return std::nullopt;
  if (text->empty()) {
    context.error("bad-value", "Value not allowed", fmt::format("\"{}\" is empty. {}", field.name, rule.advice),
                  field.value);
    return std::nullopt;
  }
  const std::size_t length = count_code_points(*text);
  if (length > rule.most) {
    context.error("bad-value", "Value not allowed",
                  fmt::format("This has {} characters, and \"{}\" takes {} at most. {}", grouped(length), field.name,
                              rule.most, rule.advice),
                  field.value);
    return std::nullopt;
  }
  if (!rule.allowed(*text)) {
    context.error("bad-value", "Value not allowed",
                  fmt::format("{} is not allowed for \"{}\". {}{}", in_quotes(*text), field.name, rule.advice,
                              line_advice(field.value)),
                  field.value);
    return std::nullopt;
  }
  return std::string{*text};
}

std::optional<int> read_integer(const ReadContext& context, const Field& field, const IntegerRule& rule) {
  const auto text = read_scalar(context, field, "a whole number");
  if (!text) return std::nullopt;
  if (field.value.is_quoted() || !is_decimal(*text)) {
    wrong_type(context, field, number_advice(field, rule, false));
    return std::nullopt;
  }
  std::int64_t number = 0;
  const auto result = std::from_chars(text->data(), text->data() + text->size(), number);
  if (result.ec != std::errc{} || number < rule.least || number > rule.most) {
    out_of_range(context, field, rule);
    return std::nullopt;
  }
  return static_cast<int>(number);
}

std::optional<std::int64_t> read_thousandths(const ReadContext& context, const Field& field, const IntegerRule& rule) {
  const auto text = read_scalar(context, field, "a number");
  if (!text) return std::nullopt;
  const std::size_t point = text->find('.');
  const std::string_view whole = text->substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "0" : text->substr(point + 1);
  const bool digits = !fraction.empty() && fraction.find_first_not_of("0123456789") == std::string_view::npos;
  if (field.value.is_quoted() || !is_decimal(whole) || !digits) {
    wrong_type(context, field, number_advice(field, rule, true));
    return std::nullopt;
  }
  std::int64_t thousandths = 0;
  // Ten digits are beyond every limit and far from overflow.
  std::string scaled{whole.substr(0, 10)};
  for (std::size_t i = 0; i < 3; ++i) scaled += i < fraction.size() ? fraction[i] : '0';
  std::from_chars(scaled.data(), scaled.data() + scaled.size(), thousandths);
  const bool finer = fraction.size() > 3 && fraction.find_first_not_of('0', 3) != std::string_view::npos;
  if (finer) {
    context.error("bad-value", "Value not allowed",
                  fmt::format("\"{}\" takes three digits after the point at most.", field.name), field.value);
    return std::nullopt;
  }
  // The least is one thousandth wherever it is written as 0: a time of nothing is no time.
  if (thousandths < std::max<std::int64_t>(rule.least * 1000, 1) || thousandths > rule.most * 1000) {
    context.error("out-of-range", "Number out of range",
                  fmt::format("\"{}\" goes from {} to {} {}.", field.name,
                              rule.least == 0 ? "0.001" : fmt::to_string(rule.least), rule.most, rule.unit),
                  field.value);
    return std::nullopt;
  }
  return thousandths;
}

std::optional<bool> read_boolean(const ReadContext& context, const Field& field) {
  const auto text = read_scalar(context, field, "true or false");
  if (!text) return std::nullopt;
  if (field.value.type() == PlainType::boolean) return text->front() == 't' || text->front() == 'T';
  std::string lower{*text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string detail =
      fmt::format("\"{}\" takes true or false, and this is {}.", field.name, describe_kind(field.value));
  if (lower == "true" || lower == "false") {
    detail = fmt::format("In quotes {} is text. Write it without quotes: {}", lower, lower);
  } else if (lower == "yes" || lower == "on" || lower == "y" || lower == "no" || lower == "off" || lower == "n") {
    const bool yes = lower == "yes" || lower == "on" || lower == "y";
    detail = fmt::format("To some YAML readers {} is {} and to others it is text. Write {}.", *text, yes, yes);
  }
  wrong_type(context, field, std::move(detail));
  return std::nullopt;
}

std::optional<std::string> read_choice(const ReadContext& context, const Field& field,
                                       std::initializer_list<std::string_view> choices) {
  const auto text = read_any_text(context, field);
  if (!text) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) return std::string{*text};
  std::string detail =
      fmt::format("\"{}\" is {}; {} is not one of them.", field.name, join_or(choices), in_quotes(*text));
  if (const auto near = nearest(text->substr(0, 100), choices)) detail += fmt::format(" Did you mean \"{}\"?", *near);
  context.error("bad-value", "Value not allowed", std::move(detail), field.value);
  return std::nullopt;
}

bool is_single_line(std::string_view text) {
  for (const std::string_view point : code_points(text)) {
    const auto first = static_cast<unsigned char>(point[0]);
    if (first < 0x20U || first == 0x7FU) return false;
    if (point.size() == 2 && first == 0xC2U && static_cast<unsigned char>(point[1]) < 0xA0U) return false;
    if (point == "\u2028" || point == "\u2029") return false;
  }
  return true;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_id(std::string_view text) {
  return is_alphanumeric(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || c == '_' || c == '.' || c == ':' || c == '-';
         });
}

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; });
}

}  // namespace gild
