// SPDX-License-Identifier: Apache-2.0
// What is wrong with what the user wrote, for people; and the line that sums it up.
#pragma once

#include <cstddef>
#include <string>

#include "cli/style.hpp"
#include "engine/core/diagnostic.hpp"

namespace gild {

// All of them, each in the message form of engine/core/diagnostic.hpp, with an empty line after each. `width`: as for
// render_error().
std::string render_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources, std::size_t width,
                               const Style& style);

// "2 errors and 1 warning in 3 files"
std::string count_problems(const Diagnostics& diagnostics, std::size_t files);

}  // namespace gild
