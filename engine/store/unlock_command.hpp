// SPDX-License-Identifier: Apache-2.0
// What somebody types to take a lock away, on a line of its own. It names the place: with --state left out it would be
// about whatever GILD_STATE or the folder says.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/core/shell_word.hpp"

namespace gild {

// `store`: StateStore::describe().
inline std::string unlock_command(std::string_view store) {
  return fmt::format("\n\n    gild state unlock --state {}\n", shell_word(store));
}

}  // namespace gild
