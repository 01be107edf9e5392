// SPDX-License-Identifier: Apache-2.0
// Times as values. `Time` is a point on somebody's wall clock (ours, or the service's as its `Date` header tells it)
// and goes into records; `Instant` never goes back and is what waiting is measured with. The two are never compared.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gild {

using Time = std::chrono::sys_seconds;
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

// "2026-11-23T21:04:11Z"
std::string format_time(Time time);
// The same without memory of its own: a state has one for each desktop.
class TimeText {
 public:
  explicit TimeText(Time time);
  std::string_view view() const { return {text_.data(), length_}; }

 private:
  std::array<char, 40> text_{};
  std::size_t length_ = 0;
};
// Reads RFC 3339 in UTC ("2026-11-23T21:04:11Z", fraction allowed and dropped) and the service's zoneless
// "2026-11-23 21:04:11", which W 2.6 tells to take as UTC. Nothing else; nullopt where it is not one of them.
std::optional<Time> parse_time(std::string_view text);
// Reads the `Date` header of an HTTP answer ("Mon, 23 Nov 2026 21:04:11 GMT", RFC 9110 IMF-fixdate).
std::optional<Time> parse_http_date(std::string_view text);
std::string format_http_date(Time time);
// "90s", "15m", "2h", "7d"; a number alone is seconds.
std::optional<Duration> parse_duration(std::string_view text);
// "20260131T235959Z", as signatures have it.
std::string format_compact_time(Time time);
// For people: "45 s", "12 min", "1 h 5 min".
std::string describe_duration(Duration duration);

}  // namespace gild
