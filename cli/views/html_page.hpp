// SPDX-License-Identifier: Apache-2.0
// A page that is one file: it asks for nothing from anywhere, and its policy forbids whatever was not in it when gild
// wrote it. Text from manifests and the service stays text, in the markup and in the data.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// Text within an element or an attribute in quotation marks; what cannot be seen is escaped as for a terminal.
std::string html_text(std::string_view text);
// The same as code, in an element that keeps what it holds from turning the text around it.
std::string html_id(std::string_view text);

struct HtmlPage {
  std::string title;        // text
  std::string_view style;   // CSS, of gild's own
  std::string_view script;  // JavaScript, of gild's own
  std::string body;         // HTML: whatever is not of gild's own has gone through html_text()
  std::string data;         // JSON, that the script finds as the element "data"; it may hold anything
};

std::string render_html_page(const HtmlPage& page);

}  // namespace gild
