// SPDX-License-Identifier: Apache-2.0
// Which of gild's documents a text is, before it is known to be one that this version understands.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// The value of "format", as in "gild.plan/1"; empty where there is none. `name` is the file's, for errors. Throws
// Error(input) where the text is no object in JSON.
std::string document_format(std::string_view text, std::string_view name);

}  // namespace gild
