// SPDX-License-Identifier: Apache-2.0
// Long ids for people: cut to the shortest prefix that still tells every id of one set from the others, as Git does
// with commits. Ids that are short already, or alike up to their end, stay whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

class ShortIds {
 public:
  // `least`: never cut below that many bytes. 0 turns cutting off.
  ShortIds(std::vector<std::string_view> ids, std::size_t least);
  // Escaped for a terminal: "6b0f77d1…".
  std::string operator()(std::string_view id) const;

 private:
  std::size_t length_ = 0;  // 0: whole
};

}  // namespace gild
