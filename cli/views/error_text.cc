// SPDX-License-Identifier: Apache-2.0
#include "cli/views/error_text.hpp"

#include "engine/core/text.hpp"

namespace gild {
namespace {

// Each line escaped by itself and moved in; an empty line stays empty.
void append_lines(std::string& out, std::string_view text, std::string_view indent) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) out.append(indent).append(escape_controls(line));
    out += '\n';
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

std::string label_in(std::string_view label, const Style& style) {
  if (label == "error") return style.error(label);
  if (label == "warning") return style.warning(label);
  return style.bold(label);
}

void append_message(std::string& out, std::string_view label, std::string_view message, const Style& style) {
  out.append(label_in(label, style)).append(": ");
  const auto end = message.find('\n');
  out.append(escape_controls(message.substr(0, end))).append("\n");
  if (end != std::string_view::npos) append_lines(out, message.substr(end + 1), "  ");
}

void append_advice(std::string& out, std::string_view advice) {
  if (advice.empty()) return;
  out += '\n';
  append_lines(out, advice, "  ");
}

}  // namespace

std::string render_error(const Error& error, const Style& style) {
  std::string out;
  append_message(out, "error", error.what(), style);
  for (const std::string& step : error.trail()) out.append("  while ").append(escape_controls(step)).append("\n");
  append_advice(out, error.advice());
  return out;
}

std::string render_message(std::string_view label, std::string_view message, std::string_view advice,
                           const Style& style) {
  std::string out;
  append_message(out, label, message, style);
  append_advice(out, advice);
  return out;
}

}  // namespace gild
