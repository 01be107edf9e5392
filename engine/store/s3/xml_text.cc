// SPDX-License-Identifier: Apache-2.0
#include "engine/store/s3/xml_text.hpp"

#include <algorithm>
#include <charconv>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr int kMostDepth = 16;
constexpr std::string_view kBlanks = " \t\r\n";

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6), byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 0x3F)), byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 0x3F)), byte(0x80 | (point >> 6 & 0x3F)),
        byte(0x80 | (point & 0x3F));
  }
}

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : rest_(text) {}

  std::optional<XmlElement> document() {
    skip_blanks();
    if (rest_.starts_with("<?xml")) {
      const std::size_t end = rest_.find("?>");
      if (end == std::string_view::npos) return std::nullopt;
      rest_.remove_prefix(end + 2);
    }
    skip_blanks();
    XmlElement root;
    if (!element(root, 0)) return std::nullopt;
    skip_blanks();
    if (!rest_.empty()) return std::nullopt;
    return root;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool name(std::string& out) {
    std::size_t size = 0;
    while (size < rest_.size()) {
      const char c = rest_[size];
      const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
                        (size > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
      if (!fits) break;
      ++size;
    }
    if (size == 0) return false;
    out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  // Up to ">" or "/>", which stay. Their values say nothing to us (xmlns, xsi:type).
  bool attributes() {
    while (true) {
      skip_blanks();
      if (rest_.empty()) return false;
      if (rest_.front() == '>' || rest_.starts_with("/>")) return true;
      std::string ignored;
      if (!name(ignored) || !take("=") || rest_.empty()) return false;
      const char quote = rest_.front();
      if (quote != '"' && quote != '\'') return false;
      const std::size_t end = rest_.find(quote, 1);
      if (end == std::string_view::npos || rest_.substr(0, end).find('<') != std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
    }
  }

  bool reference(std::string& out) {
    const std::size_t end = rest_.substr(0, 12).find(';');
    if (end == std::string_view::npos) return false;
    const std::string_view body = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    if (body.starts_with('#')) {
      const bool hexadecimal = body.starts_with("#x");
      const std::string_view digits = body.substr(hexadecimal ? 2 : 1);
      std::uint32_t point = 0;
      const auto [stop, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), point, hexadecimal ? 16 : 10);
      const bool surrogate = point >= 0xD800 && point < 0xE000;
      if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size() || point == 0 ||
          point > 0x10FFFF || surrogate) {
        return false;
      }
      append_utf8(out, point);
      return true;
    }
    for (const auto& [known, value] :
         {std::pair{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}) {
      if (body == known) return out += value, true;
    }
    return false;
  }

  bool element(XmlElement& out, int depth) {
    std::string full_name;
    if (depth > kMostDepth || !take("<") || !name(full_name) || !attributes()) return false;
    out.name = full_name.substr(full_name.rfind(':') + 1);
    if (take("/>")) return true;
    if (!take(">")) return false;
    while (!rest_.empty()) {
      if (rest_.starts_with("</")) {
        std::string end_name;
        rest_.remove_prefix(2);
        if (!name(end_name) || end_name != full_name) return false;
        skip_blanks();
        return take(">");
      }
      if (rest_.front() == '<') {
        out.children.emplace_back();
        if (!element(out.children.back(), depth + 1)) return false;
      } else if (rest_.front() == '&') {
        if (!reference(out.text)) return false;
      } else {
        const std::size_t size = std::min(rest_.find_first_of("<&"), rest_.size());
        out.text += rest_.substr(0, size);
        rest_.remove_prefix(size);
      }
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found =
      std::find_if(children.begin(), children.end(), [&](const XmlElement& e) { return e.name == child; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* found = find(child);
  return found == nullptr ? std::string_view{} : std::string_view(found->text);
}

std::optional<XmlElement> parse_xml(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  return XmlReader(text).document();
}

}  // namespace gild
