// SPDX-License-Identifier: Apache-2.0
#include "cli/views/markup.hpp"

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {

std::string markup_text(std::string_view text) {
  std::string out;
  const std::string shown = escape_controls(text);
  for (const std::string_view point : code_points(shown)) {
    const std::uint32_t value = first_code_point(point).value;
    if (point == "&") {
      out += "&amp;";
    } else if (point == "<") {
      out += "&lt;";
    } else if (point == ">") {
      out += "&gt;";
    } else if (point == "\"") {
      out += "&quot;";
    } else if (point == "'") {
      out += "&#39;";
    } else if (value == 0xFFFEU || value == 0xFFFFU) {  // characters to no standard; XML 1.0 forbids them
      out += fmt::format("\\u{:04x}", value);
    } else {
      out += point;
    }
  }
  return out;
}

}  // namespace gild
