// SPDX-License-Identifier: Apache-2.0
// Long lists are read without the YAML parser seeing each line. Whatever stands around them, the documents and the
// complaints must be those of a reading line by line.
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/config/plain_runs.hpp"
#include "engine/config/yaml_reader.hpp"

namespace gild {
namespace {

std::string list(std::size_t count, std::string_view indent = "    ", std::string_view word = "desktop") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += fmt::format("{}- {}-{:04}\n", indent, word, i);
  return out;
}

using Read = void (*)(std::string_view text, const YamlCallbacks& callbacks);

// All that can be seen of a reading.
std::string seen(std::string_view text, Read read) {
  std::string out;
  read(text, {[&](const YamlDocument& document) {
                out += "document\n";
                for (std::uint32_t i = 0; i < document.nodes().size(); ++i) {
                  const YamlNode& node = document.nodes()[i];
                  out += fmt::format("{} {} {} {} {} {} {}", node.offset, node.start, node.extent,
                                     static_cast<int>(node.kind), node.quoted, node.unescaped, node.tagged);
                  if (node.kind == YamlKind::scalar) out += fmt::format(" {}", document.value_at(i).text());
                  out += '\n';
                }
                const YamlExcess& excess = document.excess();
                out += fmt::format("{} {} {} {}\n", excess.alias_nodes, excess.too_many, excess.too_deep,
                                   excess.contains_itself);
              },
              [&](const YamlProblem& problem) {
                out += fmt::format("{} {} {} {} {}\n", problem.code, problem.summary, problem.detail, problem.begin,
                                   problem.end);
              }});
  return out;
}

void check_same(const std::string& text) {
  INFO(text);
  CHECK(seen(text, read_yaml) == seen(text, read_yaml_line_by_line));
}

}  // namespace

TEST_CASE("yaml: a long list is the same whether or not the parser sees all of it") {
  const std::string ids = list(100);
  REQUIRE(find_plain_runs(ids).size() == 1);
  check_same("desktops:\n" + ids + "rollout: {batch_size: 10}\n");
  check_same("a:\n  b:\n" + ids + "  c:\n" + list(50, "  ", "x-other") + "---\nd:\n" + list(40, "") + "e: 1\n");
  check_same("desktops: &all\n" + ids + "again: *all\nmore: [*all, *all]\n");
  check_same("desktops:\n    - &first desktop-x\n" + ids + "    - *first\n    # a comment\n" + ids + "x: ü\n" + ids);
  check_same("desktops:\n" + ids + "    - {id: x, protect: true}\n" + ids + "    -\n" + ids + "    - 'quoted'\n");
}

TEST_CASE("yaml: what only looks like a long list is no list") {
  const std::string ids = list(100);
  SECTION("text in a block") {
    check_same("text: |\n" + ids + "next: >\n" + ids + "end: 1\n");
  }
  SECTION("text in quotes") {
    check_same("text: \"\n" + ids + "\"\nnext: '" + ids + "'\n");
  }
  SECTION("text without quotes") {
    check_same("text: words\n" + ids + "end: 1\n");
  }
  SECTION("more text on the last line") {
    check_same("desktops:\n" + ids + "      and more\nend: 1\n");
  }
  SECTION("a key after it") {
    check_same("desktops:\n" + ids + "      key: value\n");
  }
  SECTION("in brackets") {
    check_same("desktops: [\n" + ids + "]\n");
  }
  SECTION("a list without a key") {
    check_same(ids + "key: value\n");
  }
  SECTION("less indented than it should be") {
    check_same("a:\n      - desktop-x\n" + ids + "b: 1\n");
  }
  SECTION("an anchor on the line before") {
    check_same("desktops:\n    - &a\n" + ids + "    - *a\n");
  }
  SECTION("a tag before it") {
    check_same("desktops: !!seq\n" + ids + "a: !mine\n" + ids);
  }
  SECTION("a mistake behind it") {
    check_same("desktops:\n" + ids + "  wrong\n  : x\n---\nnext:\n" + ids);
  }
  SECTION("a quote that is never closed") {
    check_same("a: \"x\n" + ids + "---\nb:\n" + ids);
  }
  SECTION("the end of the file") {
    check_same("desktops:\n" + ids.substr(0, ids.size() - 1));
  }
  SECTION("documents and their ends") {
    check_same("---\n" + list(40, "") + "...\n" + list(40, "") + "---\n");
  }
}

TEST_CASE("yaml: random texts around long lists") {
  static const std::vector<std::string> kPieces{"key: value\n",
                                                "  key: value\n",
                                                "    - word-here\n",
                                                "key:\n",
                                                "  key: |\n",
                                                "key: \"text\n",
                                                "end\"\n",
                                                "---\n",
                                                "...\n",
                                                "# note\n",
                                                "    # n\n",
                                                "- &a aaaaaa\n",
                                                "    - *a\n",
                                                "    - [\n",
                                                "]\n",
                                                "    - {a: b\n",
                                                "}\n",
                                                "\n",
                                                "? \n",
                                                "  - x: y\n",
                                                "      more\n",
                                                "    -\n",
                                                "    - !!str s\n",
                                                "\t\n",
                                                ": \n",
                                                "    - >-\n",
                                                "'\n",
                                                "    - 1e3\n"};
  std::mt19937 random(20261130);
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (int parts = 0; parts < 7; ++parts) {
      if (random() % 3 == 0) {
        const std::size_t indent = random() % 4 == 0 ? random() % 7 : 4;
        text += list(32 + random() % 4, std::string(indent, ' '), random() % 2 == 0 ? "desktop" : "12345");
      } else {
        text += kPieces[random() % kPieces.size()];
      }
    }
    if (random() % 8 == 0) text.pop_back();
    if (seen(text, read_yaml) != seen(text, read_yaml_line_by_line)) check_same(text);
  }
}

}  // namespace gild
