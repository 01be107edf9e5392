// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/members.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostMembers = 64;  // as many as there are bits for

Time time_of(const JsonValue& value) {
  const std::string_view text = value.as_string();
  // One spelling only: the reader of time.hpp also takes the service's, which is not ours.
  constexpr std::size_t kLength = sizeof("2026-11-23T21:04:11Z") - 1;
  const auto time = text.size() == kLength ? parse_time(text) : std::nullopt;
  if (!time) value.fail(fmt::format("\"{}\" is not a time such as 2026-11-23T21:04:11Z", text));
  return *time;
}

}  // namespace

bool Members::has(std::string_view key) const {
  if (next_ != members_.end() && next_.key() == key) return true;
  return std::any_of(members_.begin(), members_.end(), [&](const auto& member) { return member.key == key; });
}

// Another order than gild's own, by jq or by hand.
const JsonValue& Members::look_for(std::string_view key) {
  std::size_t index = 0;
  for (auto member = members_.begin(); member != members_.end(); ++member, ++index) {
    if (member.key() == key) return take(member, index);
  }
  object_.fail(fmt::format("key \"{}\" is missing", key));
}

const JsonValue& Members::take(simdjson::dom::object::iterator member, std::size_t index) {
  if (index < kMostMembers) asked_ |= std::uint64_t{1} << index;
  current_ = object_.member(member.key(), member.value());
  next_ = ++member;
  next_index_ = index + 1;
  return *current_;
}

const JsonValue* Members::find(std::string_view key) {
  const JsonValue& value = at(key);
  return value.is_null() ? nullptr : &value;
}

std::optional<std::string> Members::optional_string(std::string_view key) {
  const JsonValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return std::string(value->as_string());
}

std::optional<int> Members::optional_integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const JsonValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return static_cast<int>(value->as_integer(least, most));
}

Time Members::time(std::string_view key) {
  return time_of(at(key));
}

std::optional<Time> Members::optional_time(std::string_view key) {
  const JsonValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  return time_of(*value);
}

void Members::finish() const {
  std::size_t index = 0;
  for (auto member = members_.begin(); member != members_.end(); ++member, ++index) {
    if (index < kMostMembers && (asked_ >> index & 1U) != 0) continue;
    const std::string_view key = member.key();
    const auto same = std::count_if(members_.begin(), members_.end(), [&](const auto& m) { return m.key == key; });
    object_.fail(same > 1 ? fmt::format("key \"{}\" is given twice", key) : fmt::format("unknown key \"{}\"", key));
  }
}

void expect_format(std::string_view format, std::string_view family, std::string_view name,
                   std::string_view written_by) {
  const std::string ours = fmt::format("{}/1", family);
  if (format == ours) return;
  int version = 0;
  const std::string prefix = fmt::format("{}/", family);
  const char* end = format.data() + format.size();
  const bool newer = format.starts_with(prefix) &&
                     std::from_chars(format.data() + prefix.size(), end, version).ptr == end && version > 1;
  if (!newer) {
    throw Error(ErrorKind::input,
                fmt::format("{}: its format is \"{}\", where \"{}\" is needed", name, escape_controls(format), ours));
  }
  throw Error(ErrorKind::input,
              fmt::format("{}: its format is {}, and this gild reads {} only", name, escape_controls(format), ours),
              written_by.empty()
                  ? std::string("A newer gild wrote it: use that one.")
                  : fmt::format("gild {} wrote it: use that version or a newer one.", escape_controls(written_by)));
}

}  // namespace gild
