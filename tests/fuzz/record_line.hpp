// SPDX-License-Identifier: Apache-2.0
// A line of a journal as the record alone.
#pragma once

#include <string>
#include <string_view>

namespace gild::fuzz {

// Without the checksum that the store puts at the end of each line; a line that has none stays as it is. No fuzzer
// would ever come past it.
inline std::string without_checksum(std::string_view line) {
  constexpr std::string_view kMark = ",\"crc\":\"";
  constexpr std::size_t kSuffix = kMark.size() + 8 + 2;  // eight digits, quotation mark, brace
  if (line.size() < kSuffix || line.substr(line.size() - kSuffix, kMark.size()) != kMark) return std::string(line);
  return std::string(line.substr(0, line.size() - kSuffix)) + "}";
}

}  // namespace gild::fuzz
