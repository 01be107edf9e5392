// SPDX-License-Identifier: Apache-2.0
// Text that somebody else wrote, within Markdown: whatever it is, it stays text.
#include "cli/views/markdown.hpp"

#include <catch2/catch.hpp>

#include "engine/core/text.hpp"

namespace gild {
namespace {

const std::string kHostile =
    "a|b`c``\n\n| x | y |\n## h <details></script> @team #12 ![l](https://e.vil) \\| &lt; ~~s~~ $x$ \x1b[2J --> *b*";

}  // namespace

TEST_CASE("plain values are code as anybody writes it", "[cli][markdown]") {
  CHECK(markdown_code("FIN-001") == "`FIN-001`");
  CHECK(markdown_code("Your desktop: 22:00, \"now\" <b> @team") == "`Your desktop: 22:00, \"now\" <b> @team`");
}

TEST_CASE("no value ends its code, its cell or its line", "[cli][markdown]") {
  const std::string text = GENERATE(as<std::string>{}, "|", "`", "``", "\\", "\\|", "a\nb", "a\r\n# b", " ", " a", "",
                                    "<!-- gild plan -->|", "\xff|", kHostile);
  INFO(text);
  const std::string code = markdown_code(text);
  CHECK(code.find_first_of("\n\r|\\") == std::string::npos);
  if (code.front() == '`') {
    CHECK(code.find('`', 1) == code.size() - 1);
    CHECK(code.size() > 2);
  } else {
    REQUIRE(code.substr(0, 6) == "<code>");
    REQUIRE(code.substr(code.size() - 7) == "</code>");
    const std::string within = code.substr(6, code.size() - 13);
    CHECK(within.find_first_of("`<>*_[]()@!~$:\"") == std::string::npos);
    CHECK_FALSE(within.empty());
  }
}

TEST_CASE("code in a line of HTML ends no element", "[cli][markdown]") {
  CHECK(html_code("finance-2") == "<code>finance-2</code>");
  CHECK(html_code("a</summary>") == "<code>a&#60;&#47;summary&#62;</code>");
  CHECK(html_code("&lt;") == "<code>&#38;lt&#59;</code>");
}

TEST_CASE("prose stays readable, and becomes no markup, link or mention", "[cli][markdown]") {
  CHECK(markdown_prose("image differs, or job (a1) failed: 3 of 1,000.") ==
        "image differs, or job (a1) failed: 3 of 1,000.");
  CHECK(markdown_prose("job a1 failed: WKS.0001") == "job a1 failed: WKS&#46;0001");
  CHECK(markdown_prose("ask @team") == "ask &#64;&#8203;team");
  CHECK(markdown_prose("see https://e.vil") == "see https&#58;//e&#46;vil");
  CHECK(markdown_prose("*a* _b_ [c](d)") == "&#42;a&#42; &#95;b&#95; &#91;c&#93;(d)");
  const std::string prose = markdown_prose(kHostile);
  CHECK(prose.find_first_of("\n\r|`<>*_[]@\\~$") == std::string::npos);
  CHECK(prose.find("://") == std::string::npos);
}

TEST_CASE("a value that is longer than any honest one is cut", "[cli][markdown]") {
  const std::string longest(400, 'x');
  CHECK(markdown_code(longest) == "`" + longest + "`");
  CHECK(markdown_code(longest + "x") == "`" + longest + "…`");
  CHECK(is_utf8(markdown_code(std::string(399, 'x') + "é" + std::string(9, 'x'))));
}

}  // namespace gild
