// SPDX-License-Identifier: Apache-2.0
// Writes JSON into a string in one pass, fields in the order they are given, so that the same value always gives the
// same bytes. Two layouts: all on one line (journal, events, digests), or opened up to a depth (state and plan files,
// where each list item stands on a line of its own so that Git shows readable differences).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/optional_text.hpp"

namespace gild {

class JsonWriter {
 public:
  // Containers nested less than `open_depth` deep get a line for each member; 0 is the compact form.
  explicit JsonWriter(std::string& out, int open_depth = 0) : out_(out), open_depth_(open_depth) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  // Text that is not valid UTF-8 (the service's, say) gets U+FFFD where it is broken: the document stays JSON.
  void string(std::string_view text);
  void integer(std::int64_t number);
  void boolean(bool value);
  void null();
  // Bytes that are JSON already.
  void raw(std::string_view json);

  // key() and value in one.
  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field(std::string_view name, const char* text) { key(name), string(text); }
  void field(std::string_view name, const std::string& text) { key(name), string(text); }
  void field(std::string_view name, const SharedText& text) { key(name), string(text); }
  template <class Text>
  void field(std::string_view name, const std::optional<Text>& text) {
    text ? field(name, *text) : null_field(name);
  }
  void field(std::string_view name, const OptionalText<SharedText>& text) {
    text ? field(name, *text) : null_field(name);
  }
  void field(std::string_view name, bool value) { key(name), boolean(value); }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void field(std::string_view name, Integer number) { key(name), integer(static_cast<std::int64_t>(number)); }
  void null_field(std::string_view name) { key(name), null(); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  bool is_open() const { return static_cast<int>(has_members_.size()) <= open_depth_; }  // a line for each member
  void new_line();
  void escaped_string(std::string_view text);
  void escape(std::uint32_t value);

  std::string& out_;
  int open_depth_;
  bool after_key_ = false;
  std::vector<char> has_members_;  // whether it has any, for each open container; no vector<bool>, which is slower
};

}  // namespace gild
