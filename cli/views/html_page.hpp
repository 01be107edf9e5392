// SPDX-License-Identifier: Apache-2.0
// A page that is one file: it asks for nothing from anywhere, and its policy forbids whatever was not in it when gild
// wrote it. Text from manifests and the service stays text, in the markup and in the data.
#pragma once

#include <string>
#include <string_view>

namespace gild {

// markup_text() as code, in an element that keeps what it holds from turning the text around it.
std::string html_id(std::string_view text);

struct HtmlPage {
  std::string title;        // text
  std::string style;        // CSS, of gild's own
  std::string_view script;  // JavaScript, of gild's own; empty: none, and no data either
  std::string body;         // HTML: whatever is not of gild's own has gone through markup_text()
  std::string data;         // JSON, that the script finds as the element "data"; it may hold anything
};

// What all pages look like, and what one has of its own.
std::string page_style(std::string_view own);

std::string render_html_page(const HtmlPage& page);

}  // namespace gild
