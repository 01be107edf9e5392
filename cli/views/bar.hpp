// SPDX-License-Identifier: Apache-2.0
// A bar of whole cells for how far a group is. It can be read without colour.
#pragma once

#include <cstddef>
#include <string>

#include "cli/style.hpp"

namespace gild {

// In desktops. What is left of `total` is not sent yet.
struct BarParts {
  std::size_t total = 0;
  std::size_t ready = 0;
  std::size_t failed = 0;
  std::size_t open = 0;
  std::size_t held = 0;
};

// What rounding leaves over stays empty, and no part that exists vanishes.
std::string render_bar(const BarParts& parts, std::size_t width, const Style& style);

}  // namespace gild
