// SPDX-License-Identifier: Apache-2.0
// gild status --watch: somebody else's run, seen through the state.
#include <catch2/catch.hpp>

#include "cli/views/status_text.hpp"
#include "cli/views/watch_text.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using std::chrono::seconds;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Another run, with the lock, that plays its part while the watcher sleeps.
struct OtherRun {
  explicit OtherRun(ServiceApp& app)
      : store(open_file_state_store((app.folder.path() / "gild.state.json").string(), app.clock)),
        locked(store->lock(Began{"apply", "ana", "build-7", std::nullopt, "0.1.0"}, Duration{0})) {}
  void record(RecordBody body) const {
    locked->append(std::move(body));
    locked->sync();
  }

  std::unique_ptr<StateStore> store;
  std::unique_ptr<LockedState> locked;
};

TEST_CASE("watch tells of each change in a line where nobody sees it live, and ends when the other run has ended",
          "[status][watch]") {
  ServiceApp app(3);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  auto other = std::make_unique<OtherRun>(app);
  // The run elsewhere: this very program, in the place of that one.
  app.clock.at(app.clock.elapsed() + seconds{32}, [&] {
    other.reset();
    const std::string before = app.out.text;
    REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
    app.out.text = before;
  });
  const Ended ended = app.run({"status", "--watch", "--interval", "10"});
  CHECK(ended.exit == 0);
  CHECK(count(ended.out, "Locked by ana on build-7 (process ") == 1);
  CHECK(count(ended.out, "finance: 0 of 3 done, 3 under way\n") == 1);
  CHECK(count(ended.out, "The lock of ana on build-7 is given back\n") == 1);
  CHECK(count(ended.out, "finance: 3 ready\n") == 1);
  CHECK(ended.out.ends_with("Nothing is under way, and no desktop needs anybody.\n"));
  CHECK_FALSE(says(ended.out, "\x1b"));
}

TEST_CASE("watch ends with 3 where desktops need somebody", "[status][watch]") {
  ServiceApp app(4);
  app.model.fail_jobs_onto(ImageId{"new"});
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 3);
  const Ended ended = app.run({"status", "--watch"});
  CHECK(ended.exit == 3);
  CHECK(says(ended.out, "finance: 0 of 4 done, 4 without success, PAUSED\n"));
  CHECK(ended.out.ends_with("Nothing is under way, and not all is done: see gild status.\n"));
}

TEST_CASE("watch goes on while a lock is held, and a signal ends it with 130", "[status][watch]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const OtherRun other(app);
  app.clock.at(app.clock.elapsed() + seconds{3600}, [&] { app.stop.request_stop(); });
  const Ended ended = app.run({"status", "--watch"});
  CHECK(ended.exit == 130);
  CHECK(app.clock.slept() >= Duration{3'600'000});
  CHECK(count(ended.out, "\n") == 1);  // the lock; nothing else ever changed
}

TEST_CASE("watch looks twice before it believes that nothing goes on", "[status][watch]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const std::size_t before = app.clock.sleeps();
  CHECK(app.run({"status", "--watch"}).exit == 0);
  CHECK(app.clock.sleeps() == before + 1);
}

TEST_CASE("on a terminal watch draws over its own picture and leaves the whole status at the end", "[status][watch]") {
  ServiceApp app(3);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  app.out.terminal = true;
  app.clock.at(app.clock.elapsed() + seconds{12}, [&] {
    const std::string before = app.out.text;
    REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
    app.out.text = before;
  });
  const Ended ended = app.run({"status", "--watch"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "\x1b[3A\r\x1b[J"));
  CHECK(says(ended.out, "0 of 3 done, 3 under way\n"));
  CHECK(says(ended.out, "2 jobs under way; no run holds the state's lock\n"));
  const std::string last = ended.out.substr(ended.out.rfind("\x1b[J"));
  CHECK(says(last, "3 ready"));
}

TEST_CASE("watch ends with 3 where nobody follows what is under way, and says which command goes on",
          "[status][watch]") {
  ServiceApp app(3);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  const Duration before = app.clock.slept();
  SECTION("in lines") {
    const Ended ended = app.run({"status", "--watch", "--group", "finance", "--interval", "15"});
    CHECK(ended.exit == 3);
    CHECK(
        ended.out.ends_with("Nobody follows what is under way: no run holds the lock. Follow it, and go on:\n\n"
                            "    gild apply --group finance\n"));
  }
  SECTION("on a terminal") {
    app.out.terminal = true;
    const Ended ended = app.run({"status", "--watch"});
    CHECK(ended.exit == 3);
    CHECK(says(ended.out, "Nobody follows what is under way now."));
  }
  // A run that has lost its database holds the lock again within 90 s.
  CHECK(app.clock.slept() - before == std::chrono::minutes{2});
}

TEST_CASE("a run that comes within two minutes is waited for", "[status][watch]") {
  ServiceApp app(3);
  REQUIRE(app.run({"apply", "--auto-approve", "--no-wait"}).exit == 0);
  std::unique_ptr<OtherRun> other;
  app.clock.at(app.clock.elapsed() + seconds{92}, [&] { other = std::make_unique<OtherRun>(app); });
  app.clock.at(app.clock.elapsed() + seconds{902}, [&] { other.reset(); });
  const Duration before = app.clock.slept();
  CHECK(app.run({"status", "--watch"}).exit == 3);
  CHECK(app.clock.slept() - before >= seconds{1020});
}

TEST_CASE("a store that shows no holder is not said to be without one", "[status][watch]") {
  ServiceApp app(1);
  const State state = read_state(golden("state/full.json"), "gild.state.json");
  const StatusReport report = make_status(state, {});
  CHECK(says(render_status({state, report, "https://states", "", {}, app.clock.now()}, Style{}), "Nobody follows"));
  const std::string text =
      render_status({state, report, "https://states", "", {}, app.clock.now(), 100, false, false}, Style{});
  CHECK_FALSE(says(text, "Nobody follows"));
  CHECK(says(text, "This server does not show who has its lock."));
  for (const bool shows : {true, false}) {
    WatchLines lines;
    std::string all;
    for (const auto& line : lines.take({state, report, "https://states", {}, app.clock.now(), shows})) all += line;
    CHECK(says(all, "no run holds the state's lock") == shows);
  }
}

TEST_CASE("no line of the picture is wider than the terminal", "[status][watch]") {
  ServiceApp app(3);
  app.folder.write("gild.state.json", golden("state/full.json"));
  app.out.terminal = true;
  app.out.columns = 40;
  const OtherRun other(app);
  app.clock.at(app.clock.elapsed() + seconds{1}, [&] { app.stop.request_stop(); });
  const Ended ended = app.run({"status", "--watch", "--no-color"});
  CHECK(ended.exit == 130);
  std::istringstream lines(ended.out.substr(0, ended.out.find('\x1b')));
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) < 40);
}

TEST_CASE("watch in a place that the state has left says where it went", "[status][watch]") {
  ServiceApp app(1);
  REQUIRE(app.run({"refresh"}).exit == 0);
  REQUIRE(app.run({"state", "migrate", "--to", "new.json"}).exit == 0);
  const Ended ended = app.run({"status", "--watch"});
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "has moved to new.json"));
  CHECK(says(app.run({"status", "--format", "json"}).out, "\"moved_to\": \"new.json\""));
  CHECK(says(app.run({"status", "--format", "json", "--state", "new.json"}).out, "\"moved_to\": null"));
}

TEST_CASE("what makes no sense together with --watch is refused with a word", "[status][watch]") {
  ServiceApp app(1);
  CHECK(says(app.run({"status", "--interval", "5"}).err, "--interval is of use with --watch only."));
  CHECK(says(app.run({"status", "--watch", "--interval", "0"}).err, "--interval needs at least 1 second"));
  CHECK(app.run({"status", "--watch", "--format", "json"}).exit == 1);
}

}  // namespace
}  // namespace gild::test
