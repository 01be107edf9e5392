// SPDX-License-Identifier: Apache-2.0
// Strict, typed reading of the JSON files that gild writes itself (state, journal, plan). Objects are closed: an
// unknown key, a key given twice, a missing one or a wrong type is an Error that names the file and the path to the
// value. The answers of the service are read elsewhere (engine/cloud), where leniency has its own rules.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace gild {

// A value and the way to it. Children refer to their parents, so they must not outlive them: read downwards.
class JsonValue {
 public:
  JsonValue(simdjson::dom::element element, std::string_view document) : element_(element), document_(document) {}

  // Checks that this is an object with these keys and no others; a key in `optional_keys` may be missing.
  void expect_keys(std::initializer_list<std::string_view> keys,
                   std::initializer_list<std::string_view> optional_keys = {}) const;

  bool has(std::string_view key) const;      // present and not null
  JsonValue at(std::string_view key) const;  // present, or an Error
  bool is_null() const { return element_.is_null(); }
  std::string_view key() const { return key_; }  // of a member of an object; else empty

  std::string_view as_string() const;
  std::int64_t as_integer(std::int64_t least, std::int64_t most) const;
  double as_number(double least, double most) const;  // an integer or a fraction
  bool as_boolean() const;
  std::vector<std::string> as_strings() const;

  std::string_view string(std::string_view key) const { return at(key).as_string(); }
  std::optional<std::string> optional_string(std::string_view key) const;  // null or missing: nullopt
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most) const;
  bool boolean(std::string_view key) const { return at(key).as_boolean(); }

  // For readers that go through the members themselves (Members in engine/codec): all of them, where this is an object,
  // and one of them as a value.
  simdjson::dom::object members() const { return object(); }
  JsonValue member(std::string_view key, simdjson::dom::element element) const { return {element, *this, key, -1}; }
  std::size_t size() const { return array().size(); }  // of a list; what is beyond 16 million is told as that many

  // Calls function(const JsonValue&) for each item; this must be an array.
  template <class Function>
  void for_each(Function function) const {
    std::int64_t index = 0;
    for (const simdjson::dom::element item : array()) function(JsonValue(item, *this, {}, index++));
  }
  // Calls function(std::string_view key, const JsonValue&) for each member; this must be an object.
  template <class Function>
  void for_each_member(Function function) const {
    for (const auto member : object()) function(member.key, JsonValue(member.value, *this, member.key, -1));
  }

  // "gild.state.json: desktops[3].status: …", for errors that the reader of a document finds itself.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  JsonValue(simdjson::dom::element element, const JsonValue& parent, std::string_view key, std::int64_t index)
      : element_(element), document_(parent.document_), parent_(&parent), key_(key), index_(index) {}
  simdjson::dom::array array() const;
  simdjson::dom::object object() const;
  std::string path() const;

  simdjson::dom::element element_;
  std::string_view document_;
  const JsonValue* parent_ = nullptr;
  std::string_view key_;
  std::int64_t index_ = -1;
};

// Owns the parsed text. One parser may be used for many documents, one after the other (a journal's lines).
class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  // `name` goes into errors and must outlive the value. Throws Error(input) where the text is not JSON.
  JsonValue parse(std::string_view text, std::string_view name);

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
};

}  // namespace gild
