// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/document.hpp"

#include <algorithm>
#include <cstring>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

void skip_space(std::string_view& rest) {
  std::size_t i = 0;
  while (i < rest.size() && is_space(rest[i])) ++i;
  rest.remove_prefix(i);
}

bool starts_with(std::string_view text, char c) {
  return !text.empty() && text.front() == c;
}

// Offset behind the quote that ends the string which begins at `text[from]`, or npos.
std::size_t end_of_string(std::string_view text, std::size_t from) {
  std::size_t at = from + 1;
  while (at < text.size()) {
    const void* found = std::memchr(text.data() + at, '"', text.size() - at);
    if (found == nullptr) break;
    const auto quote = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    std::size_t backslashes = 0;
    while (text[quote - 1 - backslashes] == '\\') ++backslashes;  // the opening quote ends this
    at = quote + 1;
    if (backslashes % 2 == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Document::Document(std::string_view text, std::string_view name) : text_(text), name_(name), counted_to_(text.data()) {
  // A file that was never written, or whose blocks a power cut left unwritten.
  if (text.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == std::string_view::npos) {
    throw Error(ErrorKind::input, fmt::format("{}: the file is empty", name));
  }
  std::string_view rest = text;
  expect(rest, '{');
  skip_space(rest);
  while (!starts_with(rest, '}')) {
    if (!members_.empty()) expect(rest, ',');
    skip_space(rest);
    std::string_view key = cut_string(rest);
    key = key.substr(1, key.size() - 2);
    expect(rest, ':');
    const std::string_view value = cut_value(rest);
    const bool twice = std::any_of(members_.begin(), members_.end(), [&](const Member& m) { return m.key == key; });
    if (twice) fail(key.data(), fmt::format("key \"{}\" is given twice", key));
    members_.push_back({key, value, false});
    skip_space(rest);
  }
  expect(rest, '}');
  skip_space(rest);
  if (!rest.empty()) fail(rest.data(), "there is more behind the end of the document");
}

std::string Document::peek(std::string_view key) {
  for (const Member& member : members_) {
    if (member.key != key || !starts_with(member.value, '"')) continue;
    item_name_ = fmt::format("{}:{}: {}", name_, line_of(member.value.data()), key);
    return std::string(parser_.parse(member.value, item_name_).as_string());
  }
  return {};
}

bool Document::has(std::string_view key) const {
  return std::any_of(members_.begin(), members_.end(), [&](const Member& member) { return member.key == key; });
}

void Document::finish() const {
  for (const Member& member : members_) {
    if (!member.taken) fail(member.key.data(), fmt::format("unknown key \"{}\"", member.key));
  }
}

std::string_view Document::take(std::string_view key) {
  for (Member& member : members_) {
    if (member.key != key) continue;
    member.taken = true;
    return member.value;
  }
  throw Error(ErrorKind::input, fmt::format("{}: key \"{}\" is missing", name_, key));
}

std::string_view Document::open_list(std::string_view key) {
  std::string_view rest = take(key);
  if (!starts_with(rest, '[')) fail(rest.data(), fmt::format("\"{}\" must be a list", key));
  rest.remove_prefix(1);
  return rest;
}

bool Document::next_item(std::string_view& rest, std::string_view& item, std::size_t index) const {
  skip_space(rest);
  if (starts_with(rest, ']')) return false;  // the last one: the scan that cut the list out has matched the brackets
  if (index > 0) expect(rest, ',');
  item = cut_value(rest);
  return true;
}

std::string_view Document::cut_string(std::string_view& rest) const {
  if (!starts_with(rest, '"')) fail(rest.data(), "expected a key in double quotes");
  const std::size_t end = end_of_string(rest, 0);
  if (end == std::string_view::npos) fail(rest.data(), "a string that does not end");
  const std::string_view found = rest.substr(0, end);
  rest.remove_prefix(end);
  return found;
}

std::string_view Document::cut_value(std::string_view& rest) const {
  skip_space(rest);
  std::string closers;  // what must close, innermost last; short enough to need no memory of its own
  std::size_t i = 0;
  while (i < rest.size()) {
    const char c = rest[i];
    if (c == '"') {
      const std::size_t end = end_of_string(rest, i);
      if (end == std::string_view::npos) fail(rest.data() + i, "a string that does not end");
      i = end;
      if (closers.empty()) break;
      continue;
    }
    if (closers.empty() && (c == ',' || c == ']' || c == '}' || is_space(c))) break;
    ++i;
    if (c == '{') closers += '}';
    if (c == '[') closers += ']';
    if (c != '}' && c != ']') continue;
    if (c != closers.back()) fail(rest.data() + i - 1, fmt::format("expected \"{}\", found \"{}\"", closers.back(), c));
    closers.pop_back();
    if (closers.empty()) break;
  }
  if (!closers.empty()) fail(rest.data(), "what begins here has no end: the document is cut short");
  if (i == 0) fail(rest.data(), "expected a value");
  const std::string_view found = rest.substr(0, i);
  rest.remove_prefix(i);
  return found;
}

void Document::expect(std::string_view& rest, char wanted) const {
  skip_space(rest);
  if (!starts_with(rest, wanted)) {
    if (rest.empty()) fail(rest.data(), "the document is cut short here");
    fail(rest.data(), fmt::format("expected \"{}\", found \"{}\"", wanted, code_points(rest.substr(0, 4))[0]));
  }
  rest.remove_prefix(1);
}

std::size_t Document::line_of(const char* where) {
  if (where < counted_to_) {
    counted_to_ = text_.data();
    line_ = 1;
  }
  while (counted_to_ < where) {
    const void* found = std::memchr(counted_to_, '\n', static_cast<std::size_t>(where - counted_to_));
    if (found == nullptr) {
      counted_to_ = where;  // or a document on one line would be counted again for each of its items
      break;
    }
    counted_to_ = static_cast<const char*>(found) + 1;
    ++line_;
  }
  return line_;
}

void Document::fail(const char* where, std::string_view what) const {
  const auto line = 1 + std::count(text_.data(), where, '\n');
  throw Error(ErrorKind::input, escape_controls(fmt::format("{}:{}: {}", name_, line, what)));
}

}  // namespace gild
