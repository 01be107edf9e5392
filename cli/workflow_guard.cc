// SPDX-License-Identifier: Apache-2.0
#include "cli/workflow_guard.hpp"

#include <algorithm>
#include <array>

#include "engine/core/text.hpp"

namespace gild {
namespace {

// What .NET's String.TrimStart() takes away, as the runner does before it looks.
bool is_blank(std::uint32_t value) {
  constexpr std::array<std::uint32_t, 12> kBlanks{0x09,   0x0b,   0x0c,   0x20,   0x85,   0xa0,
                                                  0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
  return (value >= 0x2000 && value <= 0x200a) || std::find(kBlanks.begin(), kBlanks.end(), value) != kBlanks.end();
}

}  // namespace

std::string WorkflowGuard::guarded(std::string_view text) {
  if (kind_ == Kind::unknown && !text.empty()) kind_ = text.front() == '{' ? Kind::json : Kind::text;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    const std::string_view bytes = text.substr(0, point.length);
    text.remove_prefix(point.length);
    if (point.value == ':' && blank_) {
      out += "\\x3a";  // no line of a JSON document begins like that
    } else if (point.value == '[' && hashes_ >= 2) {
      out += kind_ == Kind::json ? "\\u005b" : "\\x5b";
    } else {
      out += bytes;
    }
    hashes_ = point.value == '#' ? hashes_ + 1 : 0;
    blank_ = point.value == '\n' || point.value == '\r' || (blank_ && is_blank(point.value));
  }
  return out;
}

void WorkflowGuard::write(std::string_view text) {
  out_.write(guarded(text));
}

bool WorkflowGuard::write_unless(std::stop_token stop, std::string_view text) {
  return out_.write_unless(std::move(stop), guarded(text));
}

void WorkflowGuard::write_command(std::string_view text) {
  out_.write_command(text);
  blank_ = true;
  hashes_ = 0;
}

}  // namespace gild
