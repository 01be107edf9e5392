// SPDX-License-Identifier: Apache-2.0
#include "engine/core/time.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace gild {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Exactly `width` digits at the front of `text`, which is moved past them.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<Time> make_time(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const Time time = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                    std::chrono::seconds{second};
  // The last leap second of 9999 would be written with five digits, which nobody reads.
  if (time >= std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}) return std::nullopt;
  return time;
}

struct Fields {
  int year, month, day, hour, minute, second;
  unsigned weekday;
};

Fields fields_of(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{time - days};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          std::chrono::weekday{days}.c_encoding()};
}

char* put_two_digits(char* to, int number) {
  *to++ = static_cast<char>('0' + number / 10);
  *to++ = static_cast<char>('0' + number % 10);
  return to;
}

// The "hh:mm:ss" part, common to all forms.
std::optional<std::array<int, 3>> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  return std::array<int, 3>{*hour, *minute, *second};
}

}  // namespace

TimeText::TimeText(Time time) {
  const Fields f = fields_of(time);
  char* end = text_.data();
  if (f.year < 0 || f.year > 9999) {  // nothing that we read has such a year
    end = fmt::format_to(end, "{:04}", f.year);
  } else {
    end = put_two_digits(put_two_digits(end, f.year / 100), f.year % 100);
  }
  const std::array<std::pair<char, int>, 5> rest{
      {{'-', f.month}, {'-', f.day}, {'T', f.hour}, {':', f.minute}, {':', f.second}}};
  for (const auto& [mark, number] : rest) {
    *end++ = mark;
    end = put_two_digits(end, number);
  }
  *end++ = 'Z';
  length_ = static_cast<std::size_t>(end - text_.data());
}

std::string format_time(Time time) {
  return std::string(TimeText(time).view());
}

std::optional<Time> parse_time(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const bool zoneless = take(text, " ");
  if (!zoneless && !take(text, "T")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  if (take(text, ".")) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
  }
  if (!zoneless && !take(text, "Z")) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return make_time(*year, *month, *day, (*clock)[0], (*clock)[1], (*clock)[2]);
}

std::optional<Time> parse_http_date(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  const auto day = take_digits(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  int month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.starts_with(kMonths[i])) month = static_cast<int>(i) + 1;
  }
  if (month == 0) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, " ")) return std::nullopt;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock || !take(text, " GMT") || !text.empty()) return std::nullopt;
  return make_time(*year, month, *day, (*clock)[0], (*clock)[1], (*clock)[2]);
}

std::string format_http_date(Time time) {
  const Fields f = fields_of(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[f.weekday], f.day,
                     kMonths[static_cast<std::size_t>(f.month - 1)], f.year, f.hour, f.minute, f.second);
}

std::optional<Duration> parse_duration(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 0 || value > 1'000'000'000) return std::nullopt;
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (unit.empty() || unit == "s") return std::chrono::seconds{value};
  if (unit == "ms") return std::chrono::milliseconds{value};
  if (unit == "m") return std::chrono::minutes{value};
  if (unit == "h") return std::chrono::hours{value};
  if (unit == "d") return std::chrono::days{value};
  return std::nullopt;
}

std::string format_compact_time(Time time) {
  std::string text = format_time(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string describe_duration(Duration duration) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
  if (seconds < 90) return fmt::format("{} s", seconds);
  const auto minutes = (seconds + 59) / 60;
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace gild
