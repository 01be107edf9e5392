// SPDX-License-Identifier: Apache-2.0
// A path within a command that an error's advice offers for copying.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// As it is where a shell takes it as one word, else in single quotes. Control characters are escaped for the terminal:
// such a path is readable then, though no longer one to copy.
std::string shell_word(std::string_view path);

}  // namespace gild
