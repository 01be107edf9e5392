// SPDX-License-Identifier: Apache-2.0
// The members of a closed object, each asked for by name once. Asking in the order in which gild writes them costs one
// comparison each and no memory, so that a state of a hundred thousand desktops is read in a fraction of a second. Used
// inside this folder only.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/json_reader.hpp"
#include "engine/core/time.hpp"

namespace gild {

// What jq and JavaScript read without loss: 2^53 − 1.
inline constexpr std::int64_t kMaxJsonInteger = 9'007'199'254'740'991;
inline constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();

class Members {
 public:
  // Throws where `object` is none. `object` must outlive this.
  explicit Members(const JsonValue& object) : object_(object), members_(object.members()), next_(members_.begin()) {}

  // Is there a member of that name? For what documents of before may be without.
  bool has(std::string_view key) const;
  // The value of `key`, which must be there. Good until the next one is asked for.
  const JsonValue& at(std::string_view key) {
    if (next_ == members_.end() || next_.key() != key) return look_for(key);
    return take(next_, next_index_);
  }
  // The same, or nullptr where it is null.
  const JsonValue* find(std::string_view key);

  std::string string(std::string_view key) { return std::string(at(key).as_string()); }
  std::optional<std::string> optional_string(std::string_view key);
  std::int64_t count(std::string_view key) { return at(key).as_integer(0, kMaxJsonInteger); }
  std::size_t size(std::string_view key) { return static_cast<std::size_t>(count(key)); }
  int integer(std::string_view key, std::int64_t least = 0, std::int64_t most = kMaxInt) {
    return static_cast<int>(at(key).as_integer(least, most));
  }
  std::optional<int> optional_integer(std::string_view key, std::int64_t least = 0, std::int64_t most = kMaxInt);
  bool boolean(std::string_view key) { return at(key).as_boolean(); }
  Time time(std::string_view key);
  std::optional<Time> optional_time(std::string_view key);

  template <class IdType>
  IdType id(std::string_view key) {
    return IdType(at(key).as_string());
  }
  template <class IdType>
  std::optional<IdType> optional_id(std::string_view key) {
    const JsonValue* value = find(key);
    if (value == nullptr) return std::nullopt;
    return IdType(value->as_string());
  }
  template <class IdType>
  std::vector<IdType> ids(std::string_view key) {
    std::vector<IdType> out;
    const JsonValue& list = at(key);
    out.reserve(list.size());
    list.for_each([&](const JsonValue& item) { out.emplace_back(item.as_string()); });
    return out;
  }
  // A list of objects, each read by `read(const JsonValue&)`.
  template <class Read>
  auto list(std::string_view key, Read read) {
    std::vector<decltype(read(at(key)))> out;
    const JsonValue& list = at(key);
    out.reserve(list.size());
    list.for_each([&](const JsonValue& item) { out.push_back(read(item)); });
    return out;
  }

  // To be called last: a member that nobody asked for is an unknown key.
  void finish() const;

 private:
  const JsonValue& look_for(std::string_view key);
  const JsonValue& take(simdjson::dom::object::iterator member, std::size_t index);

  const JsonValue& object_;
  simdjson::dom::object members_;
  simdjson::dom::object::iterator next_;  // the member behind the one that was asked for last
  std::size_t next_index_ = 0;
  // A bit for each member that was asked for. Nothing that gild writes has more than 64 of them.
  std::uint64_t asked_ = 0;
  std::optional<JsonValue> current_;
};

// Reads a whole object: read(Members&) takes the members, and nothing may be left over.
template <class Read>
auto read_object(const JsonValue& object, Read read) {
  Members members(object);
  auto result = read(members);
  members.finish();
  return result;
}

// Throws Error(input) unless `format` is "<family>/1". `written_by`, where known, is the gild that wrote the document.
void expect_format(std::string_view format, std::string_view family, std::string_view name,
                   std::string_view written_by = {});

}  // namespace gild
