// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"

namespace gild {
namespace {

using Words = std::vector<std::string>;

struct Everything {
  bool quiet = false;
  bool verbose = false;
  std::string name = "default";
  std::optional<std::string> out;
  std::optional<std::size_t> most;
  Duration timeout{0};
  std::vector<GroupName> groups;
  OutputFormat format = OutputFormat::text;
  std::optional<std::string> folder;
  Words paths;
};

Arguments declare(Everything& everything) {
  Arguments arguments;
  add_quiet(arguments, everything.quiet, "say less");
  add_verbose(arguments, everything.verbose, "say more");
  arguments.value("--name", "NAME", everything.name, "a name");
  arguments.value("--out", "FILE", everything.out, "a file");
  arguments.value("--max-rebuilds", "N", everything.most, "a number");
  arguments.value("--lock-timeout", "D", everything.timeout, "a time");
  arguments.values("--group", "NAME", everything.groups, "groups");
  add_format(arguments, everything.format);
  arguments.value("-C,--chdir", "DIR", everything.folder, "run there");
  add_paths(arguments, everything.paths);
  return arguments;
}

Everything parsed(const Words& tokens) {
  Everything everything;
  CHECK(declare(everything).parse("gild test", tokens));
  return everything;
}

std::string complaint_about(const Words& tokens) {
  Everything everything;
  try {
    (void)declare(everything).parse("gild test", tokens);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.advice() == "See what it takes:\n\n    gild test --help");
    return error.what();
  }
  return "no complaint";
}

TEST_CASE("what is not given keeps its default", "[cli]") {
  const Everything everything = parsed({});
  CHECK_FALSE(everything.quiet);
  CHECK(everything.name == "default");
  CHECK(everything.out == std::nullopt);
  CHECK(everything.format == OutputFormat::text);
  CHECK(everything.paths.empty());
}

TEST_CASE("values are taken from the next word, after an equals sign, or from a short option's end", "[cli]") {
  CHECK(parsed({"--out", "plan.json"}).out == "plan.json");
  CHECK(parsed({"--out=plan.json"}).out == "plan.json");
  CHECK(parsed({"--out=a=b"}).out == "a=b");
  CHECK(parsed({"-C", "fleet"}).folder == "fleet");
  CHECK(parsed({"-Cfleet"}).folder == "fleet");
  CHECK(parsed({"--max-rebuilds", "0"}).most == 0U);
  CHECK(parsed({"--lock-timeout", "2m"}).timeout == std::chrono::minutes{2});
  CHECK(parsed({"--format", "json"}).format == OutputFormat::json);
}

TEST_CASE("short switches may stand together", "[cli]") {
  const Everything everything = parsed({"-qv"});
  CHECK(everything.quiet);
  CHECK(everything.verbose);
}

TEST_CASE("a repeatable option takes one value each time and leaves the paths alone", "[cli]") {
  const Everything everything = parsed({"--group", "finance", "a.yaml", "--group", "sales", "b.yaml"});
  CHECK(everything.groups == std::vector<GroupName>{GroupName{"finance"}, GroupName{"sales"}});
  CHECK(everything.paths == Words{"a.yaml", "b.yaml"});
}

TEST_CASE("values in brackets are taken as they are", "[cli]") {
  CHECK(parsed({"--group", "[a,b]"}).groups == std::vector<GroupName>{GroupName{"[a,b]"}});
  CHECK(parsed({"--out", "{}"}).out == "{}");
  CHECK(parsed({"[x]"}).paths == Words{"[x]"});
}

TEST_CASE("after two dashes every word is a path", "[cli]") {
  CHECK(parsed({"--quiet", "--", "--out", "-v"}).paths == Words{"--out", "-v"});
  CHECK(parsed({"-"}).paths == Words{"-"});
}

TEST_CASE("help wins over everything else that is wrong", "[cli]") {
  Everything everything;
  CHECK_FALSE(declare(everything).parse("gild test", {"--nonsense", "--help"}));
  CHECK_FALSE(declare(everything).parse("gild test", {"-h"}));
  CHECK(parsed({"--", "-h"}).paths == Words{"-h"});
}

TEST_CASE("what cannot be understood is said in gild's own words", "[cli]") {
  const auto [tokens, message] = GENERATE(table<Words, std::string>({
      {{"--formt", "json"}, "gild test has no option \"--formt\". Did you mean --format?"},
      {{"--qiuet=x"}, "gild test has no option \"--qiuet\". Did you mean --quiet?"},
      {{"--destroy"}, "gild test has no option \"--destroy\"."},
      {{"-x"}, "gild test has no option \"-x\"."},
      {{"-qx"}, "gild test has no option \"-x\"."},
      {{"-q-", "--group", "fin"}, "gild test has no option \"-q-\"."},
      {{"-qv-x"}, "gild test has no option \"-qv-x\"."},
      {{"--format", "yaml"}, "--format cannot be \"yaml\"; it is one of text and json."},
      {{"--format", "jsom"}, "--format cannot be \"jsom\"; it is one of text and json. Did you mean json?"},
      {{"--out"}, "--out needs a value: FILE."},
      {{"a.yaml", "-C"}, "--chdir needs a value: DIR."},
      {{"--out", "--quiet"}, "--out needs a value (FILE), but --quiet follows it."},
      {{"--out="}, "--out is given an empty value; it needs FILE."},
      {{"--out=", "plan.json"}, "--out is given an empty value; it needs FILE."},
      {{"--out", "a", "--out", "b"}, "--out is given 2 times, but can hold one value."},
      {{"--quiet=yes"}, "--quiet is a switch and takes no value."},
      {{"--max-rebuilds", "-1"}, "--max-rebuilds cannot be \"-1\": it must be a whole number, 0 or more."},
      {{"--max-rebuilds", "3x"}, "--max-rebuilds cannot be \"3x\": it must be a whole number, 0 or more."},
      {{"--lock-timeout", "soon"}, "--lock-timeout cannot be \"soon\": it must be a time such as 90s, 15m, 2h or 7d."},
      {{""}, "An empty word is given as PATH."},
      {{"--\x1b[31m"}, "gild test has no option \"--\\x1b[31m\"."},
  }));
  CHECK(complaint_about(tokens) == message);
}

TEST_CASE("a command says which word it lacks and which is too many", "[cli]") {
  std::string file;
  Arguments one;
  one.positional("FILE", file, "a saved plan");
  CHECK_THROWS_WITH(one.parse("gild show", {}), "gild show needs FILE: a saved plan.");
  CHECK_THROWS_WITH(one.parse("gild show", {"a", "b"}), "gild show does not know what to do with \"b\".");
  const Arguments none;
  CHECK_THROWS_WITH(none.parse("gild version", {"x"}), "gild version takes no arguments, but \"x\" is given.");
  Arguments choice;
  choice.positional_choice<std::string>("SHELL", file, {{"bash", "bash"}, {"zsh", "zsh"}}, "the shell");
  CHECK_THROWS_WITH(choice.parse("gild completion", {}), "gild completion needs one of bash and zsh.");
  CHECK_THROWS_WITH(choice.parse("gild completion", {"bsh"}),
                    "SHELL cannot be \"bsh\"; it is one of bash and zsh. Did you mean bash?");
}

}  // namespace
}  // namespace gild
