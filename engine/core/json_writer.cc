// SPDX-License-Identifier: Apache-2.0
#include "engine/core/json_writer.hpp"

#include <iterator>

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
  if (has_members_.back()) out_ += ',';
  has_members_.back() = true;
  if (static_cast<int>(has_members_.size()) <= open_depth_) new_line();
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_ += bracket;
  has_members_.push_back(false);
}

void JsonWriter::end(char bracket) {
  const bool had_members = has_members_.back();
  const bool open = static_cast<int>(has_members_.size()) <= open_depth_;
  has_members_.pop_back();
  if (had_members && open) new_line();
  out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
  before_value();
  out_ += '"';
  out_ += name;  // our own field names need no escaping
  out_ += static_cast<int>(has_members_.size()) <= open_depth_ ? "\": " : "\":";
  after_key_ = true;
}

void JsonWriter::string(std::string_view text) {
  if (!simdjson::validate_utf8(text)) return string(repaired(text));
  before_value();
  out_ += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20U && c < 0x7FU && c != '"' && c != '\\') continue;
    const CodePoint point = first_code_point(text.substr(i));
    if (point.hidden || c < 0x80U) {
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
  fmt::format_to(std::back_inserter(out_), "{}", number);
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

void JsonWriter::field(std::string_view name, const std::optional<std::string>& text) {
  key(name);
  text ? string(*text) : null();
}

}  // namespace gild
