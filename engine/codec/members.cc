// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/members.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

Time time_of(const JsonValue& value) {
  const std::string_view text = value.as_string();
  // One spelling only: the reader of time.hpp also takes the service's, which is not ours.
  constexpr std::size_t kLength = sizeof("2026-11-23T21:04:11Z") - 1;
  const auto time = text.size() == kLength ? parse_time(text) : std::nullopt;
  if (!time) value.fail(fmt::format("\"{}\" is not a time such as 2026-11-23T21:04:11Z", text));
  return *time;
}

}  // namespace

Members::Members(const JsonValue& object) : object_(object) {
  values_.reserve(20);
  object.for_each_member([&](std::string_view, const JsonValue& value) { values_.push_back(value); });
  asked_.resize(values_.size());
}

bool Members::has(std::string_view key) const {
  if (next_ < values_.size() && values_[next_].key() == key) return true;
  return std::any_of(values_.begin(), values_.end(), [&](const JsonValue& value) { return value.key() == key; });
}

const JsonValue& Members::at(std::string_view key) {
  for (std::size_t tried = 0; tried < values_.size(); ++tried) {
    const std::size_t index = next_;
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    if (values_[index].key() != key) continue;
    asked_[index] = true;
    return values_[index];
  }
  object_.fail(fmt::format("key \"{}\" is missing", key));
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
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (asked_[i]) continue;
    for (std::size_t other = 0; other < values_.size(); ++other) {
      if (other != i && values_[other].key() == values_[i].key()) {
        object_.fail(fmt::format("key \"{}\" is given twice", values_[i].key()));
      }
    }
    object_.fail(fmt::format("unknown key \"{}\"", values_[i].key()));
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
