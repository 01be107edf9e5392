// SPDX-License-Identifier: Apache-2.0
#include "engine/core/text.hpp"

#include <catch2/catch.hpp>

#include "engine/core/digest.hpp"

namespace gild {

TEST_CASE("text from outside cannot drive a terminal") {
  CHECK(escape_controls("plain \xE6\xA1\x8C") == "plain \xE6\xA1\x8C");
  CHECK(escape_controls("\x1b[2Jgone") == "\\x1b[2Jgone");
  CHECK(escape_controls("two\nlines") == "two\\x0alines");
  CHECK(escape_controls("\xE2\x80\xAE"
                        "reversed") == "\\u202ereversed");
  CHECK(escape_controls("bad \xFF byte") == "bad \\xff byte");
  CHECK(escape_controls("\u061c\u200b\u2060\u206a\u00ad\ufff9\U000e0041") ==
        "\\u061c\\u200b\\u2060\\u206a\\u00ad\\ufff9\\ue0041");
  CHECK(escape_controls("\u0646\u200c\u0647 \u00e9") == "\u0646\u200c\u0647 \u00e9");  // joiners belong to names
}

TEST_CASE("only well-formed UTF-8 passes") {
  std::size_t offset = 0;
  CHECK(is_utf8("a\xC3\xA4\xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("ab\xC0\xAF", &offset));
  CHECK(offset == 2);
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));      // a lone surrogate
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_utf8("\xE6\xA1"));          // cut short
}

TEST_CASE("length is counted in code points, UTF-16 units and terminal cells") {
  const std::string text = "a\xE6\xA1\x8C\xF0\x9F\x98\x80";
  CHECK(count_code_points(text) == 3);
  CHECK(count_utf16_units(text) == 4);
  CHECK(display_width(text) == 5);
}

TEST_CASE("the nearest word is offered only where it is near") {
  CHECK(nearest("imgae", {"image", "revision", "name"}) == std::optional<std::string_view>("image"));
  CHECK(nearest("windows", {"image", "revision", "name"}) == std::nullopt);
}

TEST_CASE("numbers and lists read well") {
  CHECK(plural(1, "desktop") == "1 desktop");
  CHECK(plural(12345, "desktop") == "12,345 desktops");
  CHECK(plural(2, "batch", "batches") == "2 batches");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000000) == "1,000,000");
  CHECK(join_and({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("digests are the standard ones") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(crc32c("123456789") == 0xE3069283U);  // the check value of CRC-32C
}

TEST_CASE("a checksum is that of all bytes, however many there are") {
  std::string bytes;
  std::uint32_t bit_by_bit = 0xFFFFFFFFU;
  for (unsigned int length = 0; length < 300; ++length) {
    INFO("length " << length);
    REQUIRE(crc32c(bytes) == (bit_by_bit ^ 0xFFFFFFFFU));
    REQUIRE(crc32c_by_tables(bytes) == (bit_by_bit ^ 0xFFFFFFFFU));
    const unsigned int next = length * 151U + 200U & 0xFFU;
    bytes += static_cast<char>(next);
    bit_by_bit ^= next;
    for (int bit = 0; bit < 8; ++bit) bit_by_bit = bit_by_bit >> 1U ^ ((bit_by_bit & 1U) != 0 ? 0x82F63B78U : 0U);
  }
}

}  // namespace gild
