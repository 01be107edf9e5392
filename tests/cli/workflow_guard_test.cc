// SPDX-License-Identifier: Apache-2.0
#include "cli/workflow_guard.hpp"

#include <catch2/catch.hpp>

#include "cli/workflow_commands.hpp"
#include "engine/core/json_reader.hpp"
#include "tests/cli/test_app.hpp"

namespace gild::test {
namespace {

std::string guarded(std::initializer_list<std::string_view> pieces) {
  MemoryOutput out;
  WorkflowGuard guard{out};
  for (const std::string_view piece : pieces) guard.write(piece);
  return out.text;
}

}  // namespace

TEST_CASE("what a runner would obey is text that it does not", "[cli][workflow]") {
  CHECK(guarded({"::error::x\n"}) == "\\x3a:error::x\n");
  CHECK(guarded({"a\n  \t::set-output name=x::y\n"}) == "a\n  \t\\x3a:set-output name=x::y\n");
  CHECK(guarded({"a\r::x"}) == "a\r\\x3a:x");
  CHECK(guarded({"\xc2\xa0\xe3\x80\x80::x"}) == "\xc2\xa0\xe3\x80\x80\\x3a:x");
  CHECK(guarded({"b ##[error]x ###[y]"}) == "b ##\\x5berror]x ###\\x5by]");
}

TEST_CASE("a command in pieces is none either", "[cli][workflow]") {
  CHECK(guarded({"  ", ":", ":error::x"}) == "  \\x3a:error::x");
  CHECK(guarded({"#", "#", "[error]"}) == "##\\x5berror]");
  CHECK(guarded({"a: ", "::x #", " #[", "#"}) == "a: ::x # #[#");
}

TEST_CASE("other text is what it was", "[cli][workflow]") {
  const std::string text = "error: a::b\n  --> fleet.yaml:14:5\n# [x] \xff \xc3\xbc\n\n    gild plan\n";
  CHECK(guarded({text}) == text);
}

TEST_CASE("a JSON document means the same", "[cli][workflow]") {
  const std::string document = "{\n  \"name\": \"##[set-output name=x]y\",\n  \"a\": [1]\n}\n";
  const std::string text = guarded({document});
  CHECK(text.find("##[") == std::string::npos);
  JsonParser parser;
  CHECK(std::string{parser.parse(text, "document").string("name")} == "##[set-output name=x]y");
}

TEST_CASE("gild's own commands are obeyed, and what follows them begins a line", "[cli][workflow]") {
  MemoryOutput out;
  WorkflowGuard guard{out};
  guard.write_command(workflow_command("group", {}, "a\n::b"));
  guard.write("::x\n");
  CHECK(out.text == "::group::a%0A::b\n\\x3a:x\n");
}

}  // namespace gild::test
