// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/cli/test_app.hpp"

namespace gild {
namespace {

constexpr const char* kGroup = R"(apiVersion: gild/v1
kind: DesktopGroup
metadata: {name: first}
spec:
  image: {image_id: image-1, image_type: private}
  desktops: [desk-1]
  exclude: [desk-2]
)";

}  // namespace

TEST_CASE("on a terminal the sentences of an error are broken, and its commands are not", "[cli]") {
  test::TestApp app;
  app.folder.write("gild.yaml", kGroup);
  app.err.terminal = true;
  app.err.columns = 60;
  app.environment["NO_COLOR"] = "1";
  const auto ended = app.run({"plan", "--state", "https://example.com/state"});
  CHECK(ended.exit == 1);
  CHECK(ended.err == R"(error[no-workspace]: Group without a workspace
  --> gild.yaml:3:18
     3 | metadata: {name: first}
       |                  ^^^^^
  No document of kind Workspace says where these desktops
  are. Add one; "gild init" writes an example.

error[unknown-desktop]: Excluded desktop that is not in the group
  --> gild.yaml:7:13
     7 |   exclude: [desk-2]
       |             ^^^^^^
  "desk-2" is not among the desktops of this group, so
  excluding it protects nothing. Did you mean "desk-1"?

error: 2 errors in 1 file; nothing was planned.
)");
}

TEST_CASE("a sentence of an error is broken on a terminal alone", "[cli]") {
  test::TestApp app;
  app.err.columns = 60;
  const bool terminal = GENERATE(true, false);
  app.err.terminal = terminal;
  app.environment["NO_COLOR"] = "1";
  const auto ended = app.run({"status", "--state", "nowhere/gild.state.json"});
  CHECK(ended.exit == 1);
  CHECK(ended.err == (terminal ? "error: The folder of the state nowhere/gild.state.json does\n  not exist\n\n"
                                 "  Check the path, or make the folder:\n\n      mkdir -p nowhere\n"
                               : "error: The folder of the state nowhere/gild.state.json does not exist\n\n"
                                 "  Check the path, or make the folder:\n\n      mkdir -p nowhere\n"));
}

}  // namespace gild
