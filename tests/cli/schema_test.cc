// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/cli/test_app.hpp"
#include "tests/support/golden.hpp"

namespace gild {

TEST_CASE("gild schema prints the schema's file as it is", "[cli]") {
  const std::string name = GENERATE("desktops", "event", "history", "journal", "manifest", "plan", "refresh", "report",
                                    "state", "status", "validation");
  INFO(name);
  test::TestApp app;
  const auto ended = app.run({"schema", name});
  CHECK(ended.exit == 0);
  CHECK(ended.err.empty());
  CHECK(ended.out == test::read_file(std::filesystem::path(GILD_SOURCE_DIR) / "schemas" / (name + ".schema.json")));
}

TEST_CASE("gild schema of something else says what there is", "[cli]") {
  test::TestApp app;
  const auto ended = app.run({"schema", "plans"});
  CHECK(ended.exit == 1);
  CHECK(ended.out.empty());
  CHECK_THAT(ended.err, Catch::Contains("manifest, state, plan, event, journal") && Catch::Contains("validation"));
}

TEST_CASE("each schema in the source tree is built in", "[cli]") {
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(GILD_SOURCE_DIR) / "schemas")) {
    const std::string file = entry.path().filename().string();
    const auto end = file.find(".schema.json");
    if (end == std::string::npos) continue;
    INFO(file);
    test::TestApp app;
    CHECK(app.run({"schema", file.substr(0, end)}).exit == 0);
  }
}

}  // namespace gild
