// SPDX-License-Identifier: Apache-2.0
#include "engine/config/source_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kBlock = 256;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t count_points(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

bool is_utf16(std::string_view text) {
  if (text.size() < 2) return false;
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || (text[0] == '\0') != (text[1] == '\0');
}

TextProblem forbidden_control(std::size_t offset, unsigned value) {
  if (value == 0) {
    return {
        offset, false, "Zero byte in the text",
        "A zero byte stands here, so this file is binary, or damaged. Restore it from version control or save it as "
        "plain text."};
  }
  return {offset, false, "Control character in the text",
          fmt::format("The character U+{:04X} stands here, which cannot be seen and which YAML does not allow. Delete "
                      "it, or write it as an escape in a double-quoted string.",
                      value)};
}

}  // namespace

std::optional<TextProblem> find_text_problem(std::string_view text) {
  if (is_utf16(text)) {
    return TextProblem{0, true, "File is not UTF-8",
                       "The file begins like UTF-16 text. Save it as UTF-8; in most editors that is a choice in \"Save "
                       "as\"."};
  }
  std::size_t bad = 0;
  if (!is_utf8(text, &bad)) {
    return TextProblem{bad, false, "File is not UTF-8",
                       fmt::format("The byte 0x{:02x} here is not UTF-8, so the file was saved in another encoding, or "
                                   "damaged. Save it as UTF-8.",
                                   static_cast<unsigned>(static_cast<unsigned char>(text[bad])))};
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20U && byte != 0x7FU && byte != 0xC2U) continue;
    if (byte == '\n' || byte == '\t') continue;
    if (byte == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') continue;
      return TextProblem{i, false, "Carriage return without a line feed",
                         "A carriage return stands here alone. Some readers take it for a line break and others drop "
                         "it. Save the file with the line ends of Unix (LF) or Windows (CRLF)."};
    }
    if (byte == 0xC2U) {  // U+0080 to U+00BF; of the C1 controls YAML allows only U+0085, next line
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0xA0U || next == 0x85U) continue;
      return forbidden_control(i, next);
    }
    return forbidden_control(i, byte);
  }
  return std::nullopt;
}

Locator::Locator(std::uint32_t file, std::string_view text) : file_(file), text_(text) {
  line_starts_.push_back(0);
  bool ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
    ascii = ascii && static_cast<unsigned char>(text[i]) < 0x80U;
  }
  if (ascii) return;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); i += kBlock) {
    code_points_.push_back(static_cast<std::uint32_t>(count));
    count += count_points(text.substr(i, kBlock));
  }
}

std::size_t Locator::code_points_before(std::size_t offset) const {
  if (code_points_.empty()) return offset;
  const std::size_t block = std::min(offset / kBlock, code_points_.size() - 1);
  return code_points_[block] + count_points(text_.substr(block * kBlock, offset - block * kBlock));
}

Location Locator::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t column = code_points_before(offset) - code_points_before(*std::prev(after)) + 1;
  return {file_, static_cast<std::uint32_t>(after - line_starts_.begin()), static_cast<std::uint32_t>(column)};
}

Place Locator::range(std::size_t begin, std::size_t end) const {
  begin = std::min(begin, text_.size());
  end = std::min({end, text_.size(), text_.find('\n', begin)});
  if (end > begin && text_[end - 1] == '\r') --end;
  // A stray continuation byte is no code point, but a caret stands below it all the same.
  const std::size_t length = end > begin ? std::max<std::size_t>(count_points(text_.substr(begin, end - begin)), 1) : 1;
  return {at(begin), static_cast<std::uint32_t>(length)};
}

}  // namespace gild
