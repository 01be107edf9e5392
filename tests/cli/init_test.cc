// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/cli/test_app.hpp"

namespace gild {

TEST_CASE("gild init says what to do next, in the order in which it works", "[cli]") {
  test::TestApp app;
  const auto ended = app.run({"init"});
  CHECK(ended.exit == 0);
  CHECK(ended.out == R"(Wrote workspace.yaml, images.yaml and groups.yaml, and .gild/manifest.schema.json for editors.

Next:

    $EDITOR workspace.yaml images.yaml groups.yaml    fill in what is marked FILL IN
    gild validate                                     check it
    gild refresh                                      record what is there now; needs credentials
    gild plan                                         see whose disk would be wiped; touches nothing
)");
}

TEST_CASE("gild init overwrites nothing, and writes nothing where a file is there", "[cli]") {
  const bool all = GENERATE(true, false);
  test::TestApp app;
  if (all) {
    CHECK(app.run({"init", "--quiet"}).exit == 0);
  }
  app.folder.write("images.yaml", "mine");
  const auto ended = app.run({"init"});
  CHECK(ended.exit == 1);
  CHECK(ended.err == fmt::format("error: {} in this folder already. Nothing was written.\n\n"
                                 "  gild init never overwrites a file. Name another folder:\n\n      gild init DIR\n",
                                 all ? "workspace.yaml, images.yaml, groups.yaml and .gild/manifest.schema.json exist"
                                     : "images.yaml exists"));
  CHECK(app.folder.read("images.yaml") == "mine");
  CHECK(app.folder.has("groups.yaml") == all);
}

TEST_CASE("the first line of each starter leads to the schema, without a network", "[cli]") {
  test::TestApp app;
  REQUIRE(app.run({"init", "fleet", "--quiet"}).exit == 0);
  CHECK(app.folder.read("fleet/.gild/manifest.schema.json") == app.run({"schema", "manifest"}).out);
  for (const char* name : {"fleet/workspace.yaml", "fleet/images.yaml", "fleet/groups.yaml"}) {
    CHECK(app.folder.read(name).starts_with("# yaml-language-server: $schema=.gild/manifest.schema.json\n"));
  }
  // It is no manifest itself.
  CHECK(app.run({"validate", "fleet", "--format", "json"}).out.find("\"files\": 3") != std::string::npos);
}

TEST_CASE("gild init leaves a schema alone that is there", "[cli]") {
  test::TestApp app;
  app.folder.write(".gild/manifest.schema.json", "mine");
  CHECK(app.run({"init"}).exit == 1);
  CHECK(app.folder.read(".gild/manifest.schema.json") == "mine");
  CHECK_FALSE(app.folder.has("groups.yaml"));
}

}  // namespace gild
