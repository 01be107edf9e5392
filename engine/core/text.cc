// SPDX-License-Identifier: Apache-2.0
#include "engine/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

namespace gild {
namespace {

struct Decoded {
  std::uint32_t value = 0;
  std::size_t length = 1;
  bool valid = false;
};

// One code point from the front of `text` (not empty), by the table of well-formed sequences in Unicode 15, 3.9.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continuation = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
  const unsigned char first = byte(0);
  if (first < 0x80U) return {first, 1, true};
  if (first >= 0xC2U && first <= 0xDFU && continuation(1)) {
    return {((first & 0x1FU) << 6U) | (byte(1) & 0x3FU), 2, true};
  }
  if (first >= 0xE0U && first <= 0xEFU && continuation(1) && continuation(2)) {
    const std::uint32_t value = ((first & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
    if (value >= 0x800U && (value < 0xD800U || value > 0xDFFFU)) return {value, 3, true};
  }
  if (first >= 0xF0U && first <= 0xF4U && continuation(1) && continuation(2) && continuation(3)) {
    const std::uint32_t value =
        ((first & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) | (byte(3) & 0x3FU);
    if (value >= 0x10000U && value <= 0x10FFFFU) return {value, 4, true};
  }
  return {first, 1, false};
}

// Characters that change how text around them is shown, or are there, without being seen themselves: C0 and C1
// controls, line and paragraph separators, the marks that reverse direction, the byte order mark, what takes no width,
// and tags. Not the joiners U+200C and U+200D, without which some names cannot be written.
bool is_hidden(std::uint32_t value) {
  const auto within = [value](std::uint32_t first, std::uint32_t last) { return value >= first && value <= last; };
  return value < 0x20U || within(0x7FU, 0x9FU) || value == 0xADU || value == 0x061CU || value == 0x180EU ||
         value == 0x200BU || value == 0x200EU || value == 0x200FU || within(0x2028U, 0x202EU) ||
         within(0x2060U, 0x206FU) || value == 0xFEFFU || within(0xFFF9U, 0xFFFBU) || within(0xE0000U, 0xE007FU);
}

bool is_wide(std::uint32_t v) {
  return (v >= 0x1100U && v <= 0x115FU) || (v >= 0x2E80U && v <= 0xA4CFU) || (v >= 0xAC00U && v <= 0xD7A3U) ||
         (v >= 0xF900U && v <= 0xFAFFU) || (v >= 0xFE30U && v <= 0xFE6FU) || (v >= 0xFF00U && v <= 0xFF60U) ||
         (v >= 0xFFE0U && v <= 0xFFE6U) || (v >= 0x1F300U && v <= 0x1F64FU) || (v >= 0x1F900U && v <= 0x1F9FFU) ||
         (v >= 0x20000U && v <= 0x3FFFDU);
}

template <class Function>
void for_each_code_point(std::string_view text, Function function) {
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    function(decoded, text.substr(0, decoded.length));
    text.remove_prefix(decoded.length);
  }
}

// Levenshtein with transposition of neighbours, so that "imgae" is one step from "image".
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](const Decoded& decoded, std::string_view bytes) {
    if (!decoded.valid || (decoded.value < 0x80U && is_hidden(decoded.value))) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", decoded.value);
    } else if (is_hidden(decoded.value)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", decoded.value);
    } else {
      out += bytes;
    }
  });
  return out;
}

CodePoint first_code_point(std::string_view text) {
  const Decoded decoded = decode(text);
  return {decoded.value, decoded.length, !decoded.valid || is_hidden(decoded.value)};
}

bool is_utf8(std::string_view text, std::size_t* bad_offset) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const Decoded decoded = decode(text.substr(offset));
    if (!decoded.valid) {
      if (bad_offset != nullptr) *bad_offset = offset;
      return false;
    }
    offset += decoded.length;
  }
  return true;
}

std::vector<std::string_view> code_points(std::string_view text) {
  std::vector<std::string_view> out;
  for_each_code_point(text, [&](const Decoded&, std::string_view bytes) { out.push_back(bytes); });
  return out;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for_each_code_point(text, [&](const Decoded&, std::string_view) { ++count; });
  return count;
}

std::size_t count_utf16_units(std::string_view text) {
  std::size_t count = 0;
  for_each_code_point(text,
                      [&](const Decoded& decoded, std::string_view) { count += decoded.value > 0xFFFFU ? 2U : 1U; });
  return count;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_code_point(text,
                      [&](const Decoded& decoded, std::string_view) { width += is_wide(decoded.value) ? 2U : 1U; });
  return width;
}

std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string grouped(std::size_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", grouped(count), one) : fmt::format("{} {}", grouped(count), many);
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string join_and(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace gild
