// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "cli/op_inputs.hpp"
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

// What a run says of a state that its store could not take.
std::string said_of(const State& state, StoreAfterwards store) {
  test::MemoryOutput out, err;
  test::NoInput in;
  test::ForbiddenClock clock;
  PosixDisk disk;
  App app{out, err, in, clock, disk};
  app.environment = [](const std::string&) { return std::nullopt; };
  app.open_state = [&](const std::string& url) {
    return open_state_store(url, StoreWorld{clock, [](std::string_view) { return std::nullopt; }, {}});
  };
  app.identify = [] { return Identity{"ada", "runner-7", std::nullopt}; };
  app.keep_errored = [](const State&) { return std::optional<std::string>{"errored.gild.state.json"}; };
  return OpInputs(app, "gild.state.json", "apply", Duration{0}).deps().keep_errored(state, store);
}

}  // namespace

TEST_CASE("whoever could not store a state is told how to bring it back, and never to forget a request", "[cli]") {
  using Catch::Contains;
  State state;
  CHECK_THAT(said_of(state, StoreAfterwards::unlocked), Contains("\n    gild state push") && !Contains("unlock"));
  CHECK_THAT(said_of(state, StoreAfterwards::locked),
             Contains("\n    gild state unlock") && Contains("gild state push"));
  CHECK_THAT(said_of(state, StoreAfterwards::forgot), Contains("\n    gild state push") && !Contains("unlock"));
  state.unread = {90, 400};  // a part, which cannot be pushed
  CHECK_THAT(said_of(state, StoreAfterwards::unlocked), Contains("run the same command again") && !Contains("push"));
  CHECK_THAT(said_of(state, StoreAfterwards::forgot),
             Contains("Apply nothing to these groups before") && !Contains("same command") && !Contains("push"));
}

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
