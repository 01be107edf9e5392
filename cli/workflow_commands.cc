// SPDX-License-Identifier: Apache-2.0
#include "cli/workflow_commands.hpp"

#include <fmt/format.h>

namespace gild {
namespace {

// As the runner undoes it: %25 last, so that a "%0A" of the text stays one.
std::string escape(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

std::string workflow_command(std::string_view name, std::initializer_list<WorkflowProperty> properties,
                             std::string_view message) {
  std::string out = fmt::format("::{}", name);
  char before = ' ';
  for (const auto& [key, value] : properties) {
    if (value.empty()) continue;
    out += fmt::format("{}{}={}", before, key, escape(value, "%\r\n:,"));
    before = ',';
  }
  return out + fmt::format("::{}\n", escape(message, "%\r\n"));
}

}  // namespace gild
