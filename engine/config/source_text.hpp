// SPDX-License-Identifier: Apache-2.0
// The text of a file before anybody looks at its meaning: is it text that YAML allows, and in which line and column
// does a byte of it stand? Nothing here knows of YAML's grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/source_map.hpp"

namespace gild {

// A piece of a file, to be underlined: where it begins and how many code points it has.
struct Place {
  Location location;
  std::uint32_t length = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

struct TextProblem {
  std::size_t offset = 0;
  bool whole_file = false;  // the encoding is not ours: a line and a column would mean nothing
  std::string summary;
  std::string detail;
};

// UTF-16, bytes that are not UTF-8, control characters and lone carriage returns. The parser would take some of these
// for the end of the text and drop others without a word; a list of desktops must not lose a line that way.
std::optional<TextProblem> find_text_problem(std::string_view text);

// Turns byte offsets of one text into lines and columns. Costs the same wherever the offset stands, also in a list of a
// hundred thousand desktops on a single line. `text` must outlive it.
class Locator {
 public:
  Locator(std::uint32_t file, std::string_view text);

  std::uint32_t file() const { return file_; }
  Location at(std::size_t offset) const;
  // From `begin` to `end`, or to the end of the line where that comes first.
  Place range(std::size_t begin, std::size_t end) const;
  Place whole_file() const { return {{file_, 0, 0}, 1}; }

 private:
  std::size_t code_points_before(std::size_t offset) const;

  std::uint32_t file_;
  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> code_points_;  // before each block of kBlock bytes; empty where the text is ASCII
};

}  // namespace gild
