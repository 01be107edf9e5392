// SPDX-License-Identifier: Apache-2.0
// Text from manifests and from the service within Markdown, on any line of a comment: it stays what it is. It begins no
// table cell, line, heading, tag or link of its own, mentions nobody, and is cut where it is longer than any honest
// value.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// As code, in which platforms look for no @mention, reference or link. Within paragraphs, tables and HTML alike.
std::string markdown_code(std::string_view text);

// The same within a line that is HTML already, such as <summary>.
std::string html_code(std::string_view text);

// As prose, for sentences that have such text in them.
std::string markdown_prose(std::string_view text);

}  // namespace gild
