// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/core/json_reader.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using test::says;

// The golden state, at the time of its last records.
void prepare(ServiceApp& app) {
  app.folder.write("gild.state.json", golden("state/full.json"));
  app.clock.advance(std::chrono::hours{25} + std::chrono::minutes{17});
}

TEST_CASE("status tells what a rollout brings, how far it is, and what is in the way", "[status]") {
  ServiceApp app(1);
  prepare(app);
  const Ended ended = app.run({"status"});
  CHECK(ended.exit == 0);
  CHECK(app.connects == 0);
  check_golden("cli/status_rich.txt", ended.out);
}

TEST_CASE("a narrow terminal gets a narrow status, with every desktop if asked", "[status]") {
  ServiceApp app(1);
  prepare(app);
  app.out.columns = 60;
  check_golden("cli/status_narrow_every.txt", app.run({"status", "-v"}).out);
}

TEST_CASE("groups where all is quiet take a line each, in columns", "[status]") {
  ServiceApp app(2);
  app.clock.advance(std::chrono::minutes{1});
  REQUIRE(app.run({"refresh"}).exit == 0);
  const Ended ended = app.run({"status"});
  CHECK(says(ended.out, "\nfinance  2 ready on image old\n"));
  CHECK_FALSE(says(ended.out, "Group finance"));
  CHECK_FALSE(says(ended.out, "gild apply"));
}

TEST_CASE("what --no-wait left under way shows in the bar, with the command that follows it", "[status]") {
  ServiceApp app(5);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  const Ended ended = app.run({"status"});
  CHECK(says(ended.out, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░ 0 %: 0 of 5 done, 4 under way, 1 not sent\n"));
  CHECK(says(ended.out, "Nobody follows what is under way now. Follow it, and go on:\n\n    gild apply\n"));
  CHECK(says(ended.out, "Jobs that run\n"));

  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  CHECK(says(app.run({"status"}).out, "\nfinance  5 ready on image new\n"));
}

TEST_CASE("a desktop whose job ran out of time is told as one that keeps its place", "[status]") {
  ServiceApp app(1);
  Fate fate;
  fate.end = Fate::End::never;
  app.model.set_fate(app.ids[0], fate);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 3);
  app.out.columns = 400;
  const Ended ended = app.run({"status"});
  CHECK(says(ended.out, "; time is up for 1: unknown, and counted as under way until the job's end is seen"));
  CHECK(says(ended.out, "1 of them keeps a place among max_unavailable and max_in_flight"));
  CHECK(says(ended.out, "gild state resolve ID --as"));
  CHECK_FALSE(says(ended.out, "Nobody follows"));
}

TEST_CASE("a paused group says so, why, and how to go on with the same state", "[status]") {
  ServiceApp app(4);
  app.model.fail_jobs_onto(ImageId{"new"});
  REQUIRE(app.run({"apply", "--auto-approve", "--state", "my state.json"}).exit == 3);
  const Ended ended = app.run({"status", "--state", "my state.json"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "  4 failed: "));
  CHECK(says(ended.out, "PAUSED: 4 failures, and the group allows 0. Nothing new is sent to it.\n"));
  CHECK(says(ended.out, "\n    gild apply --resume --state 'my state.json'\n"));
  CHECK(says(app.run({"status", "--state", "my state.json", "--format", "json"}).out, "\"paused\":true"));
}

TEST_CASE("status reads beside a held lock, says whose it is, and leaves every file alone", "[status]") {
  ServiceApp app(3);
  prepare(app);
  const std::string path = (app.folder.path() / "gild.state.json").string();
  const auto store = open_file_state_store(path, app.clock);
  const Began who{"apply", "ana", "build-7", std::nullopt, "0.1.0"};
  const auto locked = store->lock(who, Duration{0});
  locked->append(RolloutAcknowledged{{GroupName{"finance"}}});
  locked->sync();
  const std::string before = app.folder.read("gild.state.json.journal");

  const Ended ended = app.run({"status"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "Locked by ana on build-7 (process "));
  CHECK(says(ended.out, ": gild apply\n"));
  CHECK(says(ended.out, "serial 44"));  // what is journalled and not folded yet counts
  CHECK_FALSE(says(ended.out, "Nobody follows"));
  CHECK(app.folder.read("gild.state.json.journal") == before);
  CHECK(app.folder.read("gild.state.json") == golden("state/full.json"));
}

TEST_CASE("a lock record that a killed run left is told apart from a lock", "[status]") {
  ServiceApp app(1);
  prepare(app);
  app.folder.write(
      "gild.state.json.lock",
      R"({"id":"u-1","user":"ana","host":"build-7","pid":12,"command":"apply","since":"2026-11-24T20:00:00Z"})");
  const Ended ended = app.run({"status"});
  CHECK(says(ended.out, "Last locked by ana on build-7 (process 12), since 2026-11-24T20:00:00Z"));
  CHECK(says(ended.out, "Nobody follows"));
  CHECK(says(app.run({"status", "--format", "json"}).out, "\"gone\":true"));
}

TEST_CASE("status of one group leaves the others out, and a slip in its name is told", "[status]") {
  ServiceApp app(1);
  prepare(app);
  CHECK_FALSE(says(app.run({"status", "--group", "finance"}).out, "in no group"));
  const Ended slip = app.run({"status", "--group", "finanze"});
  CHECK(slip.exit == 1);
  CHECK(slip.err == "error: There is no group \"finanze\" in the state\n\n  Did you mean \"finance\"?\n");
}

TEST_CASE("without a state status says what to do", "[status]") {
  ServiceApp app(1);
  const Ended ended = app.run({"status"});
  CHECK(ended.exit == 0);
  CHECK(ended.out ==
        "State gild.state.json, serial 0\n  Nothing is recorded yet. Record what is there:\n\n    gild refresh\n");
}

TEST_CASE("what the service wrote cannot drive the terminal through a status", "[status]") {
  ServiceApp app(1);
  prepare(app);
  std::string text = golden("state/full.json");
  const std::string clean = "WKS.00020001 disk";
  text.replace(text.find(clean), clean.size(), "WKS.00020001 \\u001b[2Jdisk");
  app.folder.write("gild.state.json", text);
  for (const char* command : {"status", "list", "show"}) {
    const Ended ended = std::string_view{command} == "status" ? app.run({"status"})
                        : std::string_view{command} == "list" ? app.run({"state", "list"})
                                                              : app.run({"state", "show", "d-05"});
    CHECK(ended.exit == 0);
    CHECK_FALSE(says(ended.out, "\x1b"));
  }
}

}  // namespace
}  // namespace gild::test
