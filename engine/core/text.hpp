// SPDX-License-Identifier: Apache-2.0
// Small things about text that everybody needs and nobody should write twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

// What the manifest or the server wrote may hold escape sequences that would drive a terminal: control characters and
// invalid UTF-8 come out as \x1b, \u0085 …, everything else unchanged. Line breaks are escaped too.
std::string escape_controls(std::string_view text);

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 1;  // bytes
  bool hidden = false;     // escape_controls() would not leave it as it is
};
CodePoint first_code_point(std::string_view text);  // of a text that is not empty

// True where `text` is well-formed UTF-8. `bad_offset`, where given, is set to the first offending byte.
bool is_utf8(std::string_view text, std::size_t* bad_offset = nullptr);
// The code points of `text`, each as its bytes; an invalid byte stands alone.
std::vector<std::string_view> code_points(std::string_view text);
std::size_t count_code_points(std::string_view text);
std::size_t count_utf16_units(std::string_view text);
// Terminal cells: East Asian wide characters and most emoji take two.
std::size_t display_width(std::string_view text);

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant.
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// plural(1, "desktop") = "1 desktop", plural(3, "desktop") = "3 desktops"; `many` where it is not word + "s".
std::string plural(std::size_t count, std::string_view one, std::string_view many = {});
// 100000 → "100,000"
std::string grouped(std::size_t count);
// ASCII letters only: the service's words are compared without regard to case (W 2.5, 3.5).
bool same_ignoring_case(std::string_view a, std::string_view b);
// "a, b and c"
std::string join_and(const std::vector<std::string>& words);

}  // namespace gild
