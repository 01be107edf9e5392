// SPDX-License-Identifier: Apache-2.0
#include "engine/core/shell_word.hpp"

#include "engine/core/text.hpp"

namespace gild {

std::string shell_word(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+:,@%=-";
  if (!path.empty() && path.front() != '-' && path.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(path);
  }
  std::string word = "'";
  for (const char c : escape_controls(path)) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace gild
