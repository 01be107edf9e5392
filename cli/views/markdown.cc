// SPDX-License-Identifier: Apache-2.0
#include "cli/views/markdown.hpp"

#include <cstddef>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLongestValue = 400;  // code points: the longest message that users can be shown

bool is_ascii_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string cut(std::string_view text) {
  if (text.empty()) return "\"\"";  // seen, where nothing would be
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (bytes < text.size()) {
    if (++count > kLongestValue) return fmt::format("{}…", escape_controls(text.substr(0, bytes)));
    bytes += first_code_point(text.substr(bytes)).length;
  }
  return escape_controls(text);
}

// A reference to a character is never taken for what the character would begin.
void append_reference(std::string& out, char c) {
  out += fmt::format("&#{};", static_cast<int>(c));
}

}  // namespace

std::string html_code(std::string_view text) {
  std::string out = "<code>";
  for (const char c : cut(text)) {
    if (is_ascii_alnum(c) || c == ' ' || c == '-' || static_cast<unsigned char>(c) >= 0x80U) {
      out += c;
    } else {
      append_reference(out, c);
    }
  }
  return out + "</code>";
}

std::string markdown_code(std::string_view text) {
  const std::string shown = cut(text);
  // A backtick would end the code, and a bar, or a backslash before one, the cell. Blanks at both ends would be lost.
  const bool is_plain = shown.find_first_of("`|\\") == std::string::npos && shown.front() != ' ';
  return is_plain ? fmt::format("`{}`", shown) : html_code(text);
}

std::string markdown_prose(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~!&$^@";
  const std::string shown = cut(text);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    // "www.example.com" and "https://…" are links by themselves.
    const bool within_word = (c == '.' || c == ':') && i + 1 < shown.size() && shown[i + 1] != ' ';
    if (within_word || kMarkup.find(c) != std::string_view::npos) {
      append_reference(out, c);
    } else {
      out += c;
    }
    // Mentions and references are looked for in what the page shows: nothing but a break within them helps.
    if (c == '@' || c == '#' || c == '!') out += "&#8203;";
  }
  return out;
}

}  // namespace gild
