// SPDX-License-Identifier: Apache-2.0
// What is wrong with what the user wrote, for people; and the line that sums it up.
#pragma once

#include <string>

#include "cli/style.hpp"
#include "engine/core/diagnostic.hpp"

namespace gild {

// All of them, each in the message form of engine/core/diagnostic.hpp, with an empty line after each.
std::string render_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources, const Style& style);

// "2 errors and 1 warning in 3 files"
std::string count_problems(const Diagnostics& diagnostics, std::size_t files);

}  // namespace gild
