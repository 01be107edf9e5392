// SPDX-License-Identifier: Apache-2.0
// Laying out text for a terminal or a file of a given width: wrapping, and two columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gild {

// As display_width(), but colours take no room.
std::size_t cells(std::string_view text);

// Broken at blanks so that no line is wider than `width` cells, indent included; a longer word stands alone. Following
// lines are moved in by `hanging`. Ends with a line break.
std::string wrap(std::string_view text, std::size_t width, std::string_view indent, std::string_view hanging);

// Padded with blanks to `width` cells; unchanged where it is wider.
std::string pad(std::string text, std::size_t width);

// A label and what it means on each line, moved in by two; the meaning wraps within its column.
using Row = std::pair<std::string, std::string>;
std::string two_columns(const std::vector<Row>& rows, std::size_t width, std::size_t label_width);

}  // namespace gild
