// SPDX-License-Identifier: Apache-2.0
// Reading a large document piece by piece: its long lists are cut into items by a scan for brackets and quotes, and
// each item is parsed alone. A tree of a whole state costs several times its text in memory; this costs one desktop.
// The layout of the text does not matter: what jq has formatted anew reads the same. Used inside this folder only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/core/json_reader.hpp"

namespace gild {

class Document {
 public:
  // `text` must be an object. `text` and `name` must outlive this. Throws Error(input), naming the line, where
  // brackets, commas or quotes do not match; what stands between them is checked when it is read. Every error names
  // file, line and the way to the value: "gild.state.json:8: desktops[1]: …".
  Document(std::string_view text, std::string_view name);

  // The string in member `key`, or nothing where there is no such member or it is no string: for looking at a document
  // before it is known to be one that this version understands.
  std::string peek(std::string_view key);

  // Calls read(const JsonValue&) with member `key`, which must be there.
  template <class Read>
  auto member(std::string_view key, Read read) {
    const std::string_view text = take(key);
    item_name_ = fmt::format("{}:{}: {}", name_, line_of(text.data()), key);
    return read(parser_.parse(text, item_name_));
  }
  // For a member that may be missing.
  bool has(std::string_view key) const;
  // The text of member `key`, which must be there, for a reader of its own. As it stands in the document.
  std::string_view text_of(std::string_view key) { return take(key); }
  // Calls read(const JsonValue&) for each item of the list in member `key`, which must be there.
  template <class Read>
  void list(std::string_view key, Read read) {
    std::string_view rest = open_list(key);
    std::string_view item;
    for (std::size_t index = 0; next_item(rest, item, index); ++index) {
      item_name_.clear();
      fmt::format_to(std::back_inserter(item_name_), "{}:{}: {}[{}]", name_, line_of(item.data()), key, index);
      read(parser_.parse(item, item_name_));
    }
  }

  // To be called last: a member that nobody asked for is an unknown key.
  void finish() const;

 private:
  struct Member {
    std::string_view key;
    std::string_view value;
    bool taken = false;
  };

  std::string_view take(std::string_view key);
  std::string_view open_list(std::string_view key);
  bool next_item(std::string_view& rest, std::string_view& item, std::size_t index) const;
  // Moves past one value at the front of `rest`, white space before it included, and returns it.
  std::string_view cut_value(std::string_view& rest) const;
  std::string_view cut_string(std::string_view& rest) const;
  void expect(std::string_view& rest, char wanted) const;
  // The line on which `where` stands. Asked for in the order of the text, all answers together cost one pass over it.
  std::size_t line_of(const char* where);
  [[noreturn]] void fail(const char* where, std::string_view what) const;

  std::string_view text_;
  std::string_view name_;
  std::vector<Member> members_;
  JsonParser parser_;
  std::string item_name_;
  const char* counted_to_;  // `line_` is the line on which this stands
  std::size_t line_ = 1;
};

}  // namespace gild
