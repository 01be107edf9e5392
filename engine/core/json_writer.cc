// SPDX-License-Identifier: Apache-2.0
#include "engine/core/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

// With U+FFFD in place of each byte that is not part of well-formed UTF-8.
std::string repaired(std::string_view text) {
  std::string out;
  for (const std::string_view point : code_points(text)) out += is_utf8(point) ? point : "\xEF\xBF\xBD";
  return out;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20U && byte < 0x7FU && c != '"' && c != '\\';
}

// True where JSON takes the text as it is: visible ASCII without quotation marks and backslashes, as ids and most names
// are. Eight bytes at a time, since a state is hardly anything but such texts.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101U;
  constexpr std::uint64_t kHighBits = kOnes * 0x80U;
  // Has its high bit set where a byte of `word` is zero (or only behind such a byte).
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    const std::uint64_t controls = (word - kOnes * 0x20U) & ~word;
    const std::uint64_t others =
        zeros(word ^ kOnes * 0x22U) | zeros(word ^ kOnes * 0x5CU) | zeros(word ^ kOnes * 0x7FU);
    if (((word | controls | others) & kHighBits) != 0) return false;
    text.remove_prefix(sizeof word);
  }
  return std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c); });
}

}  // namespace

void JsonWriter::new_line() {
  out_ += '\n';
  out_.append(has_members_.size() * 2, ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back() != 0) out_ += ',';
  has_members_.back() = 1;
  if (is_open()) new_line();
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_ += bracket;
  has_members_.push_back(0);
}

void JsonWriter::end(char bracket) {
  const bool on_new_line = has_members_.back() != 0 && is_open();
  has_members_.pop_back();
  if (on_new_line) new_line();
  out_ += bracket;
}

// Our own field names need no escaping. In one piece where that is possible: a state consists of keys for a good part.
void JsonWriter::key(std::string_view name) {
  std::array<char, 48> piece{};
  constexpr std::size_t kAround = 4;  // `,"` and `":`
  if (is_open() || after_key_ || has_members_.empty() || name.size() > piece.size() - kAround) {
    before_value();
    out_ += '"';
    out_ += name;
    out_ += is_open() ? "\": " : "\":";
  } else {
    char* end = piece.data();
    if (std::exchange(has_members_.back(), char{1}) != 0) *end++ = ',';
    *end++ = '"';
    end = std::copy(name.begin(), name.end(), end);
    *end++ = '"';
    *end++ = ':';
    out_.append(piece.data(), end);
  }
  after_key_ = true;
}

// Most texts go the short way, which copies them.
void JsonWriter::string(std::string_view text) {
  if (!is_plain(text)) return escaped_string(text);
  before_value();
  out_ += '"';
  out_ += text;
  out_ += '"';
}

void JsonWriter::escaped_string(std::string_view text) {
  if (!simdjson::validate_utf8(text)) return string(repaired(text));
  before_value();
  out_ += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) continue;
    const CodePoint point = first_code_point(text.substr(i));
    if (point.hidden || point.value < 0x80U) {
      out_.append(text, copied, i - copied);
      copied = i + point.length;
      escape(point.value);
    }
    i += point.length - 1;
  }
  out_.append(text, copied, text.size() - copied);
  out_ += '"';
}

// What drives a terminal, or cannot be seen on one, is never written as it is: JSON is shown to people, too.
void JsonWriter::escape(std::uint32_t value) {
  constexpr std::string_view kKnown = "\"\\\b\t\n\f\r";
  constexpr std::string_view kLetters = "\"\\btnfr";
  const std::size_t known = value < 0x80U ? kKnown.find(static_cast<char>(value)) : std::string_view::npos;
  if (known != std::string_view::npos) {
    out_ += '\\';
    out_ += kLetters[known];
  } else if (value < 0x10000U) {
    fmt::format_to(std::back_inserter(out_), "\\u{:04x}", value);
  } else {
    const std::uint32_t beyond = value - 0x10000U;
    fmt::format_to(std::back_inserter(out_), "\\u{:04x}\\u{:04x}", 0xD800U + (beyond >> 10U),
                   0xDC00U + (beyond & 0x3FFU));
  }
}

void JsonWriter::integer(std::int64_t number) {
  before_value();
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out_.append(digits.data(), end);
}

void JsonWriter::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

void JsonWriter::null() {
  before_value();
  out_ += "null";
}

void JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
}

}  // namespace gild
