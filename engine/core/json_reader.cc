// SPDX-License-Identifier: Apache-2.0
#include "engine/core/json_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

std::string_view type_name(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY:
      return "a list";
    case element_type::OBJECT:
      return "an object";
    case element_type::INT64:
    case element_type::UINT64:
      return "an integer";
    case element_type::DOUBLE:
      return "a fraction";
    case element_type::STRING:
      return "a string";
    case element_type::BOOL:
      return "true or false";
    case element_type::NULL_VALUE:
      return "null";
  }
  return "something else";
}

// The parser's own words are for people who write parsers.
std::string_view describe(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::UTF8_ERROR:
      return "bytes that are not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string that does not end";
    case simdjson::UNESCAPED_CHARS:
      return "a control character that is not escaped";
    case simdjson::STRING_ERROR:
      return "an escape that JSON does not know";
    case simdjson::NUMBER_ERROR:
      return "a number that JSON does not know";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "a word that is none of true, false and null";
    case simdjson::DEPTH_ERROR:
      return "lists or objects nested too deep";
    case simdjson::TAPE_ERROR:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "a comma, a bracket or a value is missing or too many";
    default:
      return simdjson::error_message(error);
  }
}

}  // namespace

std::string JsonValue::path() const {
  std::string above = parent_ != nullptr ? parent_->path() : std::string{};
  if (index_ >= 0) return fmt::format("{}[{}]", above, index_);
  if (key_.empty()) return above;
  return above.empty() ? std::string(key_) : fmt::format("{}.{}", above, key_);
}

void JsonValue::fail(std::string_view what) const {
  const std::string where = path();
  throw Error(ErrorKind::input, escape_controls(where.empty() ? fmt::format("{}: {}", document_, what)
                                                              : fmt::format("{}: {}: {}", document_, where, what)));
}

simdjson::dom::array JsonValue::array() const {
  simdjson::dom::array result;
  if (element_.get(result) != simdjson::SUCCESS) fail(fmt::format("expected a list, found {}", type_name(element_)));
  return result;
}

simdjson::dom::object JsonValue::object() const {
  simdjson::dom::object result;
  if (element_.get(result) != simdjson::SUCCESS) fail(fmt::format("expected an object, found {}", type_name(element_)));
  return result;
}

void JsonValue::expect_keys(std::initializer_list<std::string_view> keys,
                            std::initializer_list<std::string_view> optional_keys) const {
  std::uint64_t seen = 0;
  for (const auto member : object()) {
    const auto* found = std::find(keys.begin(), keys.end(), member.key);
    auto index = static_cast<std::size_t>(found - keys.begin());
    if (found == keys.end()) {
      const auto* optional_found = std::find(optional_keys.begin(), optional_keys.end(), member.key);
      if (optional_found == optional_keys.end()) fail(fmt::format("unknown key \"{}\"", member.key));
      index += static_cast<std::size_t>(optional_found - optional_keys.begin());
    }
    if ((seen >> index & 1U) != 0) fail(fmt::format("key \"{}\" is given twice", member.key));
    seen |= std::uint64_t{1} << index;
  }
  std::size_t index = 0;
  for (const std::string_view key : keys) {
    if ((seen >> index++ & 1U) == 0) fail(fmt::format("key \"{}\" is missing", key));
  }
}

bool JsonValue::has(std::string_view key) const {
  simdjson::dom::element found;
  return object().at_key(key).get(found) == simdjson::SUCCESS && !found.is_null();
}

JsonValue JsonValue::at(std::string_view key) const {
  for (const auto member : object()) {
    if (member.key == key) return {member.value, *this, member.key, -1};
  }
  fail(fmt::format("key \"{}\" is missing", key));
}

std::string_view JsonValue::as_string() const {
  std::string_view result;
  if (element_.get(result) != simdjson::SUCCESS) fail(fmt::format("expected a string, found {}", type_name(element_)));
  return result;
}

std::int64_t JsonValue::as_integer(std::int64_t least, std::int64_t most) const {
  std::int64_t result = 0;
  if (element_.get(result) != simdjson::SUCCESS) {
    std::uint64_t large = 0;  // an integer all the same, but one beyond the signed ones
    if (element_.get(large) == simdjson::SUCCESS) fail(fmt::format("{} is not between {} and {}", large, least, most));
    fail(fmt::format("expected an integer, found {}", type_name(element_)));
  }
  if (result < least || result > most) fail(fmt::format("{} is not between {} and {}", result, least, most));
  return result;
}

double JsonValue::as_number(double least, double most) const {
  double result = 0;
  if (element_.get(result) != simdjson::SUCCESS) fail(fmt::format("expected a number, found {}", type_name(element_)));
  if (result < least || result > most) fail(fmt::format("{} is not between {} and {}", result, least, most));
  return result;
}

bool JsonValue::as_boolean() const {
  bool result = false;
  if (element_.get(result) != simdjson::SUCCESS) {
    fail(fmt::format("expected true or false, found {}", type_name(element_)));
  }
  return result;
}

std::vector<std::string> JsonValue::as_strings() const {
  std::vector<std::string> out;
  for_each([&](const JsonValue& item) { out.emplace_back(item.as_string()); });
  return out;
}

std::optional<std::string> JsonValue::optional_string(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  return std::string(at(key).as_string());
}

std::int64_t JsonValue::integer(std::string_view key, std::int64_t least, std::int64_t most) const {
  return at(key).as_integer(least, most);
}

JsonParser::JsonParser() : parser_(std::make_unique<simdjson::dom::parser>()) {}
JsonParser::~JsonParser() = default;

JsonValue JsonParser::parse(std::string_view text, std::string_view name) {
  simdjson::dom::element root;
  const auto error = parser_->parse(text.data(), text.size()).get(root);
  if (error != simdjson::SUCCESS) {
    throw Error(ErrorKind::input, fmt::format("{}: not readable as JSON: {}", name, describe(error)));
  }
  return {root, name};
}

}  // namespace gild
