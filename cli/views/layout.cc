// SPDX-License-Identifier: Apache-2.0
#include "cli/views/layout.hpp"

#include <algorithm>

#include "engine/core/text.hpp"

namespace gild {

std::size_t cells(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto escape = text.find("\x1b[");
    width += display_width(text.substr(0, escape));
    if (escape == std::string_view::npos) break;
    const auto end = text.find('m', escape);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return width;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view indent, std::string_view hanging) {
  std::string out;
  std::string line{indent};
  std::size_t used = cells(indent);
  bool fresh = true;  // nothing but the indent on this line yet
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (word.empty()) continue;
    const std::size_t taken = cells(word);
    if (!fresh && used + 1 + taken > width) {
      out.append(line).append("\n");
      line = hanging;
      used = cells(hanging);
      fresh = true;
    }
    if (!fresh) line += ' ';
    used += taken + (fresh ? 0 : 1);
    line += word;
    fresh = false;
  }
  return out.append(line).append("\n");
}

std::string pad(std::string text, std::size_t width) {
  const std::size_t taken = cells(text);
  if (taken < width) text.append(width - taken, ' ');
  return text;
}

std::string two_columns(const std::vector<Row>& rows, std::size_t width, std::size_t label_width) {
  std::string out;
  const std::string hanging(label_width + 4, ' ');
  for (const auto& [label, meaning] : rows) {
    if (cells(label) > label_width) {
      out.append("  ").append(label).append("\n").append(wrap(meaning, width, hanging, hanging));
    } else {
      out += wrap(meaning, width, "  " + pad(label, label_width + 2), hanging);
    }
  }
  return out;
}

}  // namespace gild
