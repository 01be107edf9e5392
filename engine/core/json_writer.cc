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
    if (c >= 0x20U && c != '"' && c != '\\' && c != 0x7FU) continue;
    out_.append(text, copied, i - copied);
    copied = i + 1;
    switch (c) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '\b':
        out_ += "\\b";
        break;
      case '\f':
        out_ += "\\f";
        break;
      default:
        fmt::format_to(std::back_inserter(out_), "\\u{:04x}", c);
    }
  }
  out_.append(text, copied, text.size() - copied);
  out_ += '"';
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
