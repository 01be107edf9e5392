// SPDX-License-Identifier: Apache-2.0
#include "cli/views/html_page.hpp"

#include <charconv>
#include <cstddef>

#include <fmt/format.h>

#include "cli/embedded.hpp"
#include "cli/views/markup.hpp"
#include "engine/core/digest.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// How a policy names what it lets run: by the digest of all that stands between the tags.
std::string source_of(std::string_view text) {
  const std::string digest = sha256_hex(text);
  std::string bytes;
  for (std::size_t i = 0; i < digest.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(digest.data() + i, digest.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return fmt::format("'sha256-{}'", base64(bytes));
}

// Nothing in it ends the element that it stands in, nor begins what only looks like a comment: within JSON these
// characters are in strings alone, where they may be written so.
std::string inert(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string html_id(std::string_view text) {
  return fmt::format("<code>{}</code>", text.empty() ? "&quot;&quot;" : markup_text(text));
}

std::string page_style(std::string_view own) {
  return std::string{embedded::page("page.css")}.append(own);
}

std::string render_html_page(const HtmlPage& page) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  // Before anything that it is about.
  out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; "
      "base-uri 'none'; form-action 'none'\">\n",
      source_of(page.style), page.script.empty() ? "'none'" : source_of(page.script));
  out += fmt::format(
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"generator\" content=\"gild\">\n<title>{}</title>\n",
      markup_text(page.title));
  out.append("<style>").append(page.style).append("</style>\n</head>\n<body>\n");
  out.append(page.body);
  if (!page.script.empty()) {
    out.append("<script type=\"application/json\" id=\"data\">").append(inert(page.data)).append("</script>\n");
    out.append("<script>").append(page.script).append("</script>\n");
  }
  return out + "</body>\n</html>\n";
}

}  // namespace gild
