// SPDX-License-Identifier: Apache-2.0
// Reading JSON that the service sent: unknown fields are passed over, an absent one and null are the same, and a wrong
// type is never converted into a right one. Include it in .cc files only (simdjson is heavy).
//
// simdjson and not Poco::JSON, which turns "12" into 12 and lets the last of two equal keys win in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace gild::answer_json {

using Object = simdjson::dom::object;
using Element = simdjson::dom::element;

enum class Presence { absent, one, many };

// The first member of that name that is not null; `presence` tells whether the object is ambiguous about it.
inline std::optional<Element> member(const Object& object, std::string_view name, Presence* presence = nullptr) {
  std::optional<Element> found;
  int count = 0;
  for (const auto field : object) {
    if (field.key != name || field.value.is_null()) continue;
    if (!found) found = field.value;
    ++count;
  }
  if (presence != nullptr) *presence = count == 0 ? Presence::absent : count == 1 ? Presence::one : Presence::many;
  return found;
}

template <class T>
std::optional<T> as(const std::optional<Element>& element) {
  T value;
  if (!element || element->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

inline std::optional<std::string> text(const Object& object, std::string_view name) {
  const auto value = as<std::string_view>(member(object, name));
  if (!value) return std::nullopt;
  return std::string(*value);
}

// The document, where it is a JSON object. The parser owns what the object shows.
inline std::optional<Object> parse_object(simdjson::dom::parser& parser, std::string_view bytes) {
  Element root;
  Object object;
  if (parser.parse(bytes.data(), bytes.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (root.get(object) != simdjson::SUCCESS) return std::nullopt;
  return object;
}

}  // namespace gild::answer_json
