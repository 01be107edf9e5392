// SPDX-License-Identifier: Apache-2.0
#include "cli/views/bar.hpp"

#include <algorithm>
#include <string_view>

namespace gild {
namespace {

std::string repeat(std::string_view cell, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += cell;
  return out;
}

}  // namespace

std::string render_bar(const BarParts& parts, std::size_t width, const Style& style) {
  std::size_t left = width;
  const auto cells_for = [&](std::size_t count) {
    if (count == 0 || parts.total == 0) return std::size_t{0};
    const std::size_t cells = std::clamp<std::size_t>(count * width / parts.total, 1, std::max<std::size_t>(left, 1));
    const std::size_t taken = std::min(cells, left);
    left -= taken;
    return taken;
  };
  const std::size_t failed = cells_for(parts.failed);
  const std::size_t open = cells_for(parts.open);
  const std::size_t held = cells_for(parts.held);
  const bool all_ready = parts.ready >= parts.total && failed == 0 && open == 0 && held == 0;
  const std::size_t ready = all_ready ? left : cells_for(parts.ready);
  return style.good(repeat("█", ready)) + style.error(repeat("×", failed)) + style.dim(repeat("▒", held)) +
         style.accent(repeat("▓", open)) + style.dim(repeat("░", width - ready - failed - open - held));
}

}  // namespace gild
