// SPDX-License-Identifier: Apache-2.0
// Who may write to a state in a bucket, and until when.
#include <memory>

#include <catch2/catch.hpp>

#include "tests/store/s3/s3_fixture.hpp"

namespace gild {
namespace {

using namespace test;

TEST_CASE("a lock whose reply was lost is recognized by its own id, and given back in the end", "[store][s3]") {
  Site site;
  site.break_calls("PUT " + kLock, GENERATE(Fault::lost_after, Fault::unavailable_after, Fault::lost_before,
                                            Fault::unavailable, Fault::not_reached, Fault::throttled, Fault::conflict));
  const auto store = site.open();
  {
    const auto locked = locked_by(*store, "alice");
    CHECK(site.server.objects.count(kLock) == 1);
  }
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("giving back a lock is tried again where the reply was lost, and removes nobody else's", "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  SECTION("the reply was lost") {
    site.break_calls("DELETE ", GENERATE(Fault::lost_after, Fault::lost_before, Fault::unavailable));
    locked.reset();
    CHECK(site.server.objects.count(kLock) == 0);
  }
  SECTION("it was taken away, and is somebody else's") {
    CHECK(site.open()->unlock(holder_of(*store)->id));
    const auto other_store = site.open();
    const auto other = locked_by(*other_store, "bob");
    locked.reset();
    CHECK(holder_of(*store)->user == "bob");
  }
  SECTION("it was removed, the reply was lost, and somebody else has locked since") {
    const auto other_store = site.open();
    std::unique_ptr<LockedState> other;
    bool once = false;
    site.server.fault = [&](std::size_t, const std::string& call) {
      if (!call.starts_with("DELETE ") || std::exchange(once, true)) return Fault::none;
      site.server.objects.erase(kLock);
      other = locked_by(*other_store, "bob");
      return Fault::lost_before;
    };
    locked.reset();
    CHECK(holder_of(*store)->user == "bob");
    other.reset();
  }
}

TEST_CASE("a holder that sleeps shows a sign of life each minute, and keeps its lock for as long as it does",
          "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  site.server.calls.clear();
  site.clock.on_sleep = [&] { site.pass(std::chrono::minutes{1}); };
  site.beating.sleep_until(site.beating.instant() + std::chrono::minutes{30}, {});
  CHECK(site.server.count("PUT " + kLock) >= 29);
  const auto holder = holder_of(*store);
  REQUIRE(holder);
  CHECK(holder->user == "alice");
  CHECK(site.server.now - *holder->seen <= std::chrono::minutes{2});
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  locked.reset();
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("a lock without a sign of life for ten minutes is taken over, and its holder can write nothing more",
          "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  const bool had_written = GENERATE(false, true);
  if (had_written) {
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
  }
  site.pass(std::chrono::minutes{9});
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  site.pass(std::chrono::minutes{2});
  LockWait wait{Duration{0}};
  std::string told;
  wait.tell_taken_over = [&](const LockHolder& holder) { told = holder.user; };
  const auto other_store = site.open();
  auto other = locked_by(*other_store, "bob", wait);
  CHECK(told == "alice");
  CHECK(holder_of(*store)->user == "bob");
  // Before the new holder has written anything, the old one is shut out.
  SECTION("by its next write") {
    locked->append(refreshed("d2", "img-1"));
    CHECK_THROWS_WITH(locked->sync(), Catch::Contains("was taken away from this run"));
  }
  SECTION("by its next look at the lock, where it only slept") {
    site.clock.sleep_until(site.clock.instant() + std::chrono::minutes{11}, {});
    CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  }
  SECTION("by its sign of life") {
    site.beating.sleep_until(site.beating.instant() + std::chrono::seconds{61}, {});
    CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  }
  CHECK_FALSE(locked->keeps_lock());
  locked.reset();
  CHECK(holder_of(*store)->user == "bob");
  other->append(refreshed("d3", "img-1"));
  other->sync();
  other.reset();
  CHECK(site.open()->read().desktops.size() == (had_written ? 2 : 1));
  CHECK(site.server.objects.count(kLock) == 0);
}

TEST_CASE("whose lock a person took away can write nothing more, also where nobody has written since", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.open()->unlock(holder_of(*store)->id));
  locked->append(intended("d1", "img-2"));
  CHECK_THROWS_WITH(locked->sync(), Catch::Contains("was taken away from this run"));
  locked.reset();
  CHECK(site.open()->read().intents.empty());
  const auto other_store = site.open();
  auto other = locked_by(*other_store, "bob");
  other->append(refreshed("d2", "img-1"));
  CHECK_NOTHROW(other->sync());
}

TEST_CASE("a run that has lost its lock and stored all that it knows has nothing to keep elsewhere", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  locked->append(refreshed("d1", "img-1"));
  locked->sync();
  CHECK(site.open()->unlock(holder_of(*store)->id));
  site.clock.sleep_until(site.clock.instant() + std::chrono::seconds{61}, {});
  CHECK_THROWS_WITH(static_cast<void>(locked->reserve(1000)), Catch::Contains("was taken away from this run"));
  CHECK_NOTHROW(locked->fold_to_disk());
  locked->append(refreshed("d2", "img-1"));
  CHECK_THROWS_AS(locked->fold_to_disk(), Error);  // of this nobody else knows
  CHECK(site.server.objects.count(kKey) == 0);
}

TEST_CASE("a lock whose holder shows a sign of life while it is taken away is taken away", "[store][s3]") {
  Site site;
  site.server.knows_if_match = GENERATE(true, false);
  const auto store = site.open();
  const auto locked = locked_by(*store, "alice");
  bool once = false;
  site.server.fault = [&](std::size_t, const std::string& call) {
    if (call == "DELETE " + kLock && !std::exchange(once, true)) {
      site.beating.sleep_until(site.clock.instant() + std::chrono::seconds{61}, {});
    }
    return Fault::none;
  };
  CHECK(site.open()->unlock(holder_of(*store)->id));
  CHECK(once);
  CHECK_FALSE(holder_of(*store));
}

TEST_CASE("of two that take over one lock, one gets it", "[store][s3]") {
  Site site;
  const auto store = site.open();
  const auto locked = locked_by(*store, "alice");
  site.pass(std::chrono::minutes{11});
  // The second one begins when the first is about to write its fence.
  const auto second_store = site.open();
  std::unique_ptr<LockedState> second;
  bool once = false;
  site.server.fault = [&](std::size_t, const std::string& call) {
    if (call == "PUT " + site.journal(1) && !std::exchange(once, true)) second = locked_by(*second_store, "carol");
    return Fault::none;
  };
  CHECK_THROWS_AS(locked_by(*site.open(), "bob"), Error);
  REQUIRE(second);
  CHECK(holder_of(*store)->user == "carol");
  second->append(refreshed("d1", "img-1"));
  CHECK_NOTHROW(second->sync());
}

TEST_CASE("who holds the lock is told to who waits, and waiting ends when it is free", "[store][s3]") {
  Site site;
  const auto store = site.open();
  auto locked = locked_by(*store, "alice");
  std::string told;
  LockWait wait{std::chrono::minutes{5}};
  wait.tell = [&](const LockHolder& holder) { told += holder.user + ";"; };
  std::size_t sleeps = 0;
  site.clock.on_sleep = [&] {
    if (++sleeps == 3) locked.reset();
  };
  const auto other = site.open();
  CHECK(locked_by(*other, "bob", wait) != nullptr);
  CHECK(told == "alice;");
}

TEST_CASE("a sleep by the clock of the locks ends early on a stop, and a sign of life that sleeps is let alone",
          "[store][s3]") {
  FakeClock clock;
  BeatingClock beating(clock);
  std::stop_source stop;
  int beats = 0;
  const auto beat = beating.beat(std::chrono::minutes{1}, [&] {
    ++beats;
    beating.sleep_until(beating.instant() + std::chrono::hours{1}, {});  // tries again and again, say
    if (beats == 2) clock.on_sleep = [&] { stop.request_stop(); };
  });
  const Instant begin = clock.instant();
  beating.sleep_until(begin + std::chrono::hours{24}, stop.get_token());
  CHECK(beats == 2);
  CHECK(clock.instant() - begin < std::chrono::hours{3});
}

}  // namespace
}  // namespace gild
