// SPDX-License-Identifier: Apache-2.0
#include "engine/config/yaml_document.hpp"

#include <algorithm>

namespace gild {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Drops the digits at the front and tells whether there were any.
bool skip_digits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return text.size() < before;
}

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, and infinity and not-a-number.
bool is_real(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  const bool whole = skip_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (!skip_digits(text) && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return skip_digits(text) && text.empty();
}

}  // namespace

PlainType plain_type(std::string_view text) {
  if (text.empty()) return PlainType::text;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return PlainType::boolean;
  }
  const char first = text.front();
  if (!is_digit(first) && first != '-' && first != '+' && first != '.') return PlainType::text;
  const std::string_view digits = first == '-' || first == '+' ? text.substr(1) : text;
  if (all_of(digits, "0123456789")) return PlainType::integer;
  if (text.starts_with("0o") && all_of(text.substr(2), "01234567")) return PlainType::integer;
  if (text.starts_with("0x") && all_of(text.substr(2), "0123456789abcdefABCDEF")) return PlainType::integer;
  return is_real(text) ? PlainType::real : PlainType::text;
}

std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;  // '' within single quotes
    }
  }
  return std::string_view::npos;
}

std::uint32_t YamlDocument::after(std::uint32_t index) const {
  const YamlNode& node = nodes_[index];
  return node.kind == YamlKind::sequence || node.kind == YamlKind::mapping ? node.extent : index + 1;
}

YamlDocument::Value::Value(const YamlDocument& document, std::uint32_t index) : document_(&document), index_(index) {
  if (node().kind == YamlKind::alias) {
    alias_ = index_;
    index_ = node().start;
  }
}

YamlDocument::Value::Value(const YamlDocument& document, std::uint32_t index, const Value& parent)
    : Value(document, index) {
  if (parent.alias_ != kNone) alias_ = parent.alias_;
}

std::string_view YamlDocument::Value::text() const {
  const std::string_view source = node().unescaped ? std::string_view{document_->unescaped_} : document_->text_;
  return source.substr(node().start, node().extent);
}

PlainType YamlDocument::Value::type() const {
  return is_quoted() ? PlainType::text : plain_type(text());
}

std::size_t YamlDocument::Value::end() const {
  const std::string_view source = document_->text_;
  const std::size_t from = begin();
  if (from >= source.size()) return from;
  switch (kind()) {
    case YamlKind::null: {
      const std::size_t end = source.find_first_not_of("~nulNUL", from);
      return end == std::string_view::npos ? source.size() : end;
    }
    case YamlKind::scalar: {
      const char first = source[from];
      if (is_quoted() && (first == '"' || first == '\'')) return end_of_quoted(source, from);
      if (is_quoted()) return from + 1;  // the sign of a block
      if (!node().unescaped) return from + text().size();
      const std::size_t end_of_line = std::min(source.find_first_of("\r\n", from), source.size());
      return std::max(from + 1, source.find_last_not_of(" \t", end_of_line - 1) + 1);
    }
    case YamlKind::mapping:
      // A block has no sign of its own: its first key stands for it.
      if (source[from] == '{' || empty()) return from + 1;
      return Value(*document_, index_ + 1).begin() == from ? Value(*document_, index_ + 1).end() : from + 1;
    case YamlKind::sequence:
    case YamlKind::alias:
      return from + 1;
  }
  return from + 1;
}

std::size_t YamlDocument::Value::alias_end() const {
  const std::string_view source = document_->text_;
  return std::min(source.find_first_of(" \t\r\n,[]{}", alias_begin()), source.size());
}

}  // namespace gild
