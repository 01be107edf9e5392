// SPDX-License-Identifier: Apache-2.0
// Do two documents say the same? In gild's own formats every field is present, so what was read and written again holds
// all that stood in the first text and nothing else: a reader that drops a field shows itself.
#pragma once

#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "engine/core/time.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gild::fuzz {

class JsonComparison {
 public:
  // `ignored`: a member that may differ.
  explicit JsonComparison(std::string_view ignored = {}) : ignored_(ignored) {}

  bool same(simdjson::dom::element a, simdjson::dom::element b, std::string_view key = {}) const {
    using Type = simdjson::dom::element_type;
    if (a.is_number() && b.is_number()) return same_numbers(a, b);
    if (a.type() != b.type()) return false;
    switch (a.type()) {
      case Type::OBJECT:
        return same_objects(a, b);
      case Type::ARRAY:
        return is_set(key) ? set_of(a) == set_of(b) : same_lists(a, b);
      case Type::STRING:
        return same_strings(std::string_view(a), std::string_view(b));
      case Type::BOOL:
        return bool(a) == bool(b);
      case Type::NULL_VALUE:
        return true;
      case Type::INT64:
      case Type::UINT64:
      case Type::DOUBLE:
        break;
    }
    return false;
  }

 private:
  // Seconds have three digits behind the point.
  static bool same_numbers(simdjson::dom::element a, simdjson::dom::element b) {
    return std::abs(double(a) - double(b)) < 0.001;
  }
  // A time may come with a fraction, which is dropped, and in two spellings.
  static bool same_strings(std::string_view a, std::string_view b) {
    return a == b || (parse_time(a) && parse_time(a) == parse_time(b));
  }
  // Fields that an older gild did not write.
  static bool is_newer(std::string_view key) { return key == "moved_to" || key == "unread" || key == "failed_before"; }
  static bool is_set(std::string_view key) { return key == "failures" || key == "conflict_statuses"; }
  static std::set<std::string_view> set_of(simdjson::dom::array list) {
    std::set<std::string_view> out;
    for (const simdjson::dom::element item : list) out.insert(std::string_view(item));
    return out;
  }
  bool same_lists(simdjson::dom::array a, simdjson::dom::array b) const {
    auto at = b.begin();
    for (const simdjson::dom::element item : a) {
      if (!(at != b.end()) || !same(item, *at)) return false;
      ++at;
    }
    return !(at != b.end());
  }
  bool same_objects(simdjson::dom::object a, simdjson::dom::object b) const {
    if (!desktops_apart_ && is_request(a) && is_request(b)) {
      JsonComparison rest = *this;
      rest.desktops_apart_ = true;
      return rest.same_objects(a, b) && same_desktops(a, b);
    }
    for (const auto member : b) {
      simdjson::dom::element given;
      if (a.at_key(member.key).get(given) == simdjson::SUCCESS || is_apart(member.key)) continue;
      if (!is_newer(member.key) || !member.value.is_null()) return false;
    }
    for (const auto member : a) {
      simdjson::dom::element other;
      if (b.at_key(member.key).get(other) != simdjson::SUCCESS) return false;
      if (member.key != ignored_ && !is_apart(member.key) && !same(member.value, other, member.key)) return false;
    }
    return true;
  }

  // A request's record says once which image its desktops had; one of before, or one by hand, says it with each.
  static bool is_request(simdjson::dom::object record) {
    std::string_view kind;
    return record.at_key("kind").get(kind) == simdjson::SUCCESS && kind == "intended";
  }
  bool is_apart(std::string_view key) const { return desktops_apart_ && (key == "from" || key == "desktops"); }
  static simdjson::dom::element image_of(simdjson::dom::object record, simdjson::dom::element desktop) {
    const simdjson::dom::element own = desktop["from"];
    return own.is_null() ? record["from"].value() : own;
  }
  static bool same_desktops(simdjson::dom::object a, simdjson::dom::object b) {
    const simdjson::dom::array list = b["desktops"];
    auto at = list.begin();
    for (const simdjson::dom::element desktop : simdjson::dom::array(a["desktops"])) {
      if (!(at != list.end()) || !JsonComparison("from").same(desktop, *at)) return false;
      if (!JsonComparison().same(image_of(a, desktop), image_of(b, *at))) return false;
      ++at;
    }
    return !(at != list.end());
  }

  std::string_view ignored_;
  bool desktops_apart_ = false;  // the desktops of a request are compared by themselves, with the image they had
};

// Both are JSON, since they were read before.
inline void require_same_json(std::string_view a, std::string_view b, std::string_view property,
                              std::string_view ignored = {}) {
  simdjson::dom::parser parser_of_a;
  simdjson::dom::parser parser_of_b;
  const simdjson::dom::element one = parser_of_a.parse(a.data(), a.size());
  const simdjson::dom::element other = parser_of_b.parse(b.data(), b.size());
  if (!JsonComparison{ignored}.same(one, other)) require_same(a, b, property);
}

}  // namespace gild::fuzz
