// SPDX-License-Identifier: Apache-2.0
// Any text within HTML or XML, between tags and in attributes alike: it begins no element, ends no value, and holds no
// character that a parser of XML 1.0 refuses.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// Control characters and broken UTF-8 become visible escapes, as on a terminal.
std::string markup_text(std::string_view text);

}  // namespace gild
