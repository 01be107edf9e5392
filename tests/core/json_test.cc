// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <simdjson.h>

#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

std::string error_of(const std::string& text, const std::function<void(const JsonValue&)>& read) {
  JsonParser parser;
  try {
    read(parser.parse(text, "file.json"));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("JSON drives no terminal, and says what was said all the same") {
  const std::string text = "\u009b31m \u202e\u2066\u061c\u200b\U000e0041\ufeff \u00e9\u684c";
  std::string out;
  JsonWriter json(out);
  json.string(text);
  CHECK(out == R"("\u009b31m \u202e\u2066\u061c\u200b\udb40\udc41\ufeff )"
               "\u00e9\u684c\"");
  CHECK(escape_controls(out) == out);
  simdjson::dom::parser parser;
  CHECK(std::string_view(parser.parse(out)) == text);
}

TEST_CASE("every byte is escaped that has to be, wherever it stands in the text") {
  simdjson::dom::parser parser;
  for (int byte = 0; byte < 0x80; ++byte) {
    const bool plain = byte >= 0x20 && byte != 0x7F && byte != '"' && byte != '\\';
    for (std::size_t length = 1; length <= 20; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        std::string out;
        JsonWriter(out).string(text);
        REQUIRE((out == '"' + text + '"') == plain);
        REQUIRE(std::string_view(parser.parse(out)) == text);
      }
    }
  }
}

TEST_CASE("JSON is written on one line, or opened up to a depth") {
  const auto write = [](int depth) {
    std::string out;
    JsonWriter json(out, depth);
    json.begin_object();
    json.field("name", "a\"b\n\x01");
    json.key("list");
    json.begin_array();
    for (int i = 0; i < 2; ++i) {
      json.begin_object();
      json.field("n", i);
      json.end_object();
    }
    json.end_array();
    json.null_field("none");
    json.end_object();
    return out;
  };
  CHECK(write(0) == R"({"name":"a\"b\n\u0001","list":[{"n":0},{"n":1}],"none":null})");
  CHECK(
      write(2) ==
      "{\n  \"name\": \"a\\\"b\\n\\u0001\",\n  \"list\": [\n    {\"n\":0},\n    {\"n\":1}\n  ],\n  \"none\": null\n}");
}

TEST_CASE("a closed object is read strictly, and errors tell the way to the value") {
  CHECK(error_of(R"({"a":1,"b":2})", [](const JsonValue& v) { v.expect_keys({"a"}); }) ==
        "file.json: unknown key \"b\"");
  CHECK(error_of(R"({"a":1,"a":2})", [](const JsonValue& v) { v.expect_keys({"a"}); }) ==
        "file.json: key \"a\" is given twice");
  CHECK(error_of(R"({})", [](const JsonValue& v) { v.expect_keys({"a"}); }) == "file.json: key \"a\" is missing");
  CHECK(error_of(R"({"d":[{"s":"x"},{"s":12}]})", [](const JsonValue& v) {
          v.at("d").for_each([](const JsonValue& item) { (void)item.string("s"); });
        }) == "file.json: d[1].s: expected a string, found an integer");
  CHECK(error_of(R"({"n":"12"})", [](const JsonValue& v) { (void)v.integer("n", 0, 100); }) ==
        "file.json: n: expected an integer, found a string");
  CHECK(error_of(R"({"n":101})", [](const JsonValue& v) { (void)v.integer("n", 0, 100); }) ==
        "file.json: n: 101 is not between 0 and 100");
  CHECK(error_of(R"({"n":18446744073709551615})", [](const JsonValue& v) { (void)v.integer("n", 0, 100); }) ==
        "file.json: n: 18446744073709551615 is not between 0 and 100");
}

}  // namespace gild
