// SPDX-License-Identifier: Apache-2.0
#include "cli/views/error_text.hpp"

#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

void append_sentence(std::string& out, const std::string& sentence, std::size_t width, std::string_view indent) {
  if (width == kUnbroken) {
    out.append(indent).append(sentence).append("\n");
  } else {
    out += wrap(sentence, width, indent, "  ");
  }
}

// Each line escaped by itself and moved in; an empty line stays empty.
void append_lines(std::string& out, std::string_view text, std::size_t width) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.empty()) {
      out += '\n';
    } else {
      append_sentence(out, escape_controls(line), line.front() == ' ' ? kUnbroken : width, "  ");
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

std::string label_in(std::string_view label, const Style& style) {
  if (label == "error") return style.error(label);
  if (label == "warning") return style.warning(label);
  return style.bold(label);
}

void append_message(std::string& out, std::string_view label, std::string_view message, std::size_t width,
                    const Style& style) {
  const auto end = message.find('\n');
  append_sentence(out, label_in(label, style) + ": " + escape_controls(message.substr(0, end)), width, "");
  if (end != std::string_view::npos) append_lines(out, message.substr(end + 1), width);
}

void append_advice(std::string& out, std::string_view advice, std::size_t width) {
  if (advice.empty()) return;
  out += '\n';
  append_lines(out, advice, width);
}

}  // namespace

std::string render_error(const Error& error, std::size_t width, const Style& style) {
  std::string out;
  append_message(out, "error", error.what(), width, style);
  for (const std::string& step : error.trail()) out.append("  while ").append(escape_controls(step)).append("\n");
  append_advice(out, error.advice(), width);
  return out;
}

std::string render_message(std::string_view label, std::string_view message, std::string_view advice, std::size_t width,
                           const Style& style) {
  std::string out;
  append_message(out, label, message, width, style);
  append_advice(out, advice, width);
  return out;
}

}  // namespace gild
