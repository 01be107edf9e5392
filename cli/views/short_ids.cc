// SPDX-License-Identifier: Apache-2.0
#include "cli/views/short_ids.hpp"

#include <algorithm>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kWorthCutting = 4;  // fewer bytes saved than this are not worth an ellipsis

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

}  // namespace

ShortIds::ShortIds(std::vector<std::string_view> ids, std::size_t least) {
  if (least == 0) return;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  length_ = least;
  // In sorted order an id has most in common with a neighbour.
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const auto [a, b] = std::mismatch(ids[i - 1].begin(), ids[i - 1].end(), ids[i].begin(), ids[i].end());
    length_ = std::max(length_, static_cast<std::size_t>(a - ids[i - 1].begin()) + 1);
  }
}

std::string ShortIds::operator()(std::string_view id) const {
  // Only plain characters are cut: half a character would come out as an escape.
  if (length_ == 0 || id.size() < length_ + kWorthCutting || !is_ascii(id)) return escape_controls(id);
  return escape_controls(id.substr(0, length_)) + "…";
}

}  // namespace gild
