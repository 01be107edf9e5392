// SPDX-License-Identifier: Apache-2.0
#include "engine/config/freeze_time.hpp"

#include <string>

namespace gild {
namespace {

constexpr std::size_t kDateLength = 10;   // 2026-12-20
constexpr std::size_t kOffsetLength = 6;  // +01:00
constexpr std::size_t kLeastLength = 20;  // 2026-12-20T18:00:00Z

// "+01:00"
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : -1; };
  for (const std::size_t at : {1U, 2U, 4U, 5U}) {
    if (digit(at) < 0) return std::nullopt;
  }
  if ((text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int hours = digit(1) * 10 + digit(2);
  const int minutes = digit(4) * 10 + digit(5);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{hours * 60 + minutes};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<FreezeTime> parse_freeze_time(std::string_view text) {
  if (text.size() == kDateLength) {
    const auto day = parse_time(std::string{text} + "T00:00:00Z");
    return day ? std::optional(FreezeTime{*day, true}) : std::nullopt;
  }
  if (text.size() < kLeastLength || text[kDateLength] != 'T') return std::nullopt;
  if (text.ends_with('Z')) {
    const auto time = parse_time(text);
    return time ? std::optional(FreezeTime{*time, false}) : std::nullopt;
  }
  const auto offset = parse_offset(text.substr(text.size() - kOffsetLength));
  const auto local = parse_time(std::string{text.substr(0, text.size() - kOffsetLength)} + "Z");
  if (!offset || !local) return std::nullopt;
  return FreezeTime{*local - *offset, false};
}

}  // namespace gild
