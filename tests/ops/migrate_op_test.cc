// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/migrate_op.hpp"

#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/ops/state_scope.hpp"
#include "tests/ops/hand.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

using test::Hand;

// A state with a rebuild under way and some history.
void fill(MemoryStateStore& store) {
  const auto locked = store.lock();
  locked->append(refreshed("d1", "img-1"));
  locked->append(refreshed("d2", "img-1"));
  const std::int64_t intent = locked->append(intended("d1", "img-2")).serial;
  locked->append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
  locked->sync();
  locked->fold_to_disk();
}

std::string without_place(State state) {
  state.moved_to.reset();
  state.serial = 0;
  return text_of(state);
}

struct Move {
  Hand hand;
  MemoryStateStore target{hand.clock};
  MigrateRequest request{target, "old.json", "new.json"};

  Move() { fill(hand.store); }
  MigrateReport run() { return migrate_state(hand.deps(), request); }
};

ErrorKind kind_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("not refused");
  return ErrorKind::input;
}

TEST_CASE("a state goes to another place with all that is open and its history, and the old place refuses",
          "[ops][migrate]") {
  Move move;
  const State before = move.hand.store.read();
  const MigrateReport report = move.run();
  CHECK_FALSE(report.resumed);
  CHECK(report.desktops == 6);
  const State now = move.target.read();
  CHECK(without_place(now) == without_place(before));
  CHECK_FALSE(now.moved_to);
  CHECK(now.jobs.size() == 1);
  CHECK(move.hand.store.read().moved_to == "new.json");
  // All that there was, and the arrival with its own Began.
  CHECK(move.target.read_history().size() == static_cast<std::size_t>(before.serial) + 2);
  CHECK(kind_of([&] { check_lives_here(move.hand.store.read(), "old.json"); }) == ErrorKind::refused);
  CHECK_NOTHROW(check_lives_here(now, "new.json"));
}

TEST_CASE("wherever a migration is cut short, no two places take an apply, and the same command completes it",
          "[ops][migrate]") {
  for (std::size_t at = 1; at < 100; ++at) {
    INFO("cut short at call " << at);
    Move move;
    CrashPoint crash;
    crash.arm(at);
    move.hand.store.set_crash_point(&crash);
    move.target.set_crash_point(&crash);
    bool cut = false;
    try {
      move.run();
    } catch (const SimulatedCrash&) {
      cut = true;
    }
    move.hand.store = move.hand.store.crashed_copy();
    move.target = move.target.crashed_copy();
    move.hand.store.set_crash_point(nullptr);
    const State here = move.hand.store.read();
    const State there = move.target.read();
    const bool lives_here = !here.moved_to;
    const bool lives_there = !there.lineage.empty() && !there.moved_to;
    CHECK_FALSE((lives_here && lives_there));
    if (!cut) {
      CHECK(at > 5);
      return;
    }
    if (lives_there) continue;  // it was over but for the last fold
    move.run();
    CHECK(move.hand.store.read().moved_to == "new.json");
    CHECK_FALSE(move.target.read().moved_to);
    CHECK(move.target.read().jobs.size() == 1);
  }
  FAIL("it never came to an end");
}

TEST_CASE("a migration that came to its end is told as done when it is run again, and writes nothing",
          "[ops][migrate]") {
  Move move;
  CHECK_FALSE(move.run().already);
  const std::string here = text_of(move.hand.store.read());
  const std::string there = text_of(move.target.read());
  CHECK(move.run().already);
  CHECK(text_of(move.hand.store.read()) == here);
  CHECK(text_of(move.target.read()) == there);
}

TEST_CASE("a place that the state has left again is not brought back to life by the command that took it there",
          "[ops][migrate]") {
  Move move;
  move.run();
  MemoryStateStore third(move.hand.clock);
  Hand middle;
  middle.store = move.target.crashed_copy();
  migrate_state(middle.deps(), {third, "new.json", "third.json"});
  move.target = middle.store.crashed_copy();
  REQUIRE_FALSE(third.read().moved_to);
  CHECK(kind_of([&] { move.run(); }) == ErrorKind::refused);
  CHECK(move.target.read().moved_to == "third.json");
  CHECK(move.hand.store.read().moved_to == "new.json");
}

TEST_CASE("it can come back to the place that it left", "[ops][migrate]") {
  Move move;
  move.run();
  {
    const auto locked = move.target.lock();
    locked->append(refreshed("d3", "img-1"));
    locked->sync();
    locked->fold_to_disk();
  }
  Hand back;
  back.store = move.target.crashed_copy();
  MemoryStateStore old = move.hand.store.crashed_copy();
  const MigrateReport report = migrate_state(back.deps(), {old, "new.json", "old.json"});
  CHECK(report.desktops == 7);
  CHECK_FALSE(old.read().moved_to);
  CHECK(back.store.read().moved_to == "old.json");
}

TEST_CASE("a place that holds another state, and one that says it lives there, are left alone", "[ops][migrate]") {
  Move move;
  SECTION("another state") {
    fill(move.target);
    const auto locked = move.target.lock();
    State other = locked->state();
    other.lineage = "11111111-2222-4333-8444-555555555555";
    locked->replace(other);
  }
  SECTION("a copy of this very state") {
    const auto locked = move.target.lock();
    locked->replace(move.hand.store.read());
  }
  const std::string before = text_of(move.target.read());
  CHECK(kind_of([&] { move.run(); }) == ErrorKind::refused);
  CHECK(text_of(move.target.read()) == before);
  CHECK_FALSE(move.hand.store.read().moved_to);
}

TEST_CASE("there is nothing to migrate where nothing is stored, where it has gone elsewhere, or to itself",
          "[ops][migrate]") {
  Hand empty;
  empty.store = MemoryStateStore(empty.clock);
  MemoryStateStore target(empty.clock);
  CHECK(kind_of([&] { migrate_state(empty.deps(), {target, "old.json", "new.json"}); }) == ErrorKind::usage);
  Move move;
  CHECK(kind_of([&] { migrate_state(move.hand.deps(), {move.target, "old.json", "old.json"}); }) == ErrorKind::usage);
  move.run();
  MemoryStateStore third(move.hand.clock);
  CHECK(kind_of([&] { migrate_state(move.hand.deps(), {third, "old.json", "third.json"}); }) == ErrorKind::refused);
}

}  // namespace
}  // namespace gild
