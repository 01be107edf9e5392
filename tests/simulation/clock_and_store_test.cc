// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "engine/simulation/crash_point.hpp"
#include "engine/simulation/faults.hpp"
#include "engine/simulation/memory_store.hpp"
#include "engine/simulation/recording_observer.hpp"
#include "engine/simulation/simulated_clock.hpp"
#include "tests/support/state_store_conformance.hpp"

using namespace gild;
using namespace std::chrono_literals;

namespace {

Recorded recorded(const std::string& id) {
  return {
      WorkspaceName("prod"), GroupName("finance"), {{ImageId("img"), "private", {}}, {}}, {{DesktopId(id), {}}}, ""};
}

std::size_t known(const State& state) {
  return state.desktops.size();
}

}  // namespace

TEST_CASE("waiting takes no time but moves the clock", "[clock]") {
  SimulatedClock clock;
  CHECK(format_time(clock.now()) == "2026-11-23T21:00:00Z");
  const Instant before = clock.instant();
  clock.sleep_until(before + 90s, {});
  CHECK(clock.instant() - before == 90s);
  CHECK(format_time(clock.now()) == "2026-11-23T21:01:30Z");
  CHECK(clock.sleeps() == 1);
  CHECK(clock.slept() == 90s);
  clock.sleep_until(before, {});
  CHECK(clock.instant() - before == 90s);
}

TEST_CASE("a clock never wakes anybody early by a rounding", "[clock]") {
  SimulatedClock clock;
  const Instant until = clock.instant() + 1500us;
  clock.sleep_until(until, {});
  CHECK(clock.instant() >= until);
}

TEST_CASE("our clock may be wrong while the service's is right", "[clock]") {
  SimulatedClock clock;
  clock.set_skew(-2h);
  CHECK(format_time(clock.now()) == "2026-11-23T19:00:00Z");
  CHECK(clock.service_now() == kServiceEpoch);
}

TEST_CASE("an alarm rings in its moment, and a stop that it requests ends the wait there", "[clock]") {
  SimulatedClock clock;
  std::stop_source stop;
  Duration rang{0};
  clock.at(20s, [&] { rang = clock.elapsed(); });
  clock.at(30s, [&] { stop.request_stop(); });
  clock.sleep_until(clock.instant() + 10min, stop.get_token());
  CHECK(rang == 20s);
  CHECK(clock.elapsed() == 30s);
  clock.at(35s, [&] { rang = clock.elapsed(); });
  clock.advance(10s);
  CHECK(rang == 35s);
  CHECK(clock.elapsed() == 40s);
}

TEST_CASE("a run that waits for ever is found out", "[clock]") {
  SimulatedClock clock;
  CHECK_THROWS_WITH(clock.advance(366 * 24h), "a year of simulated time has gone by: the run waits for ever");
}

TEST_CASE("a crash point crashes at its call, and what it killed reaches nothing until it is armed anew", "[crash]") {
  CrashPoint crash;
  SimulatedClock clock;
  clock.set_crash_point(&crash);
  MemoryStateStore store(clock);
  store.set_crash_point(&crash);
  crash.arm(3);
  const auto journal = store.lock();
  clock.sleep_until(clock.instant() + 1s, {});
  journal->append(recorded("a"));
  CHECK_THROWS_AS(journal->append(recorded("b")), SimulatedCrash);
  CHECK(known(journal->state()) == 1);
  CHECK(crash.calls() == 3);
  CHECK(crash.crashed());
  CHECK_THROWS_AS(journal->append(recorded("c")), SimulatedCrash);
  CHECK_THROWS_AS(journal->sync(), SimulatedCrash);
  CHECK(known(journal->state()) == 1);
  CHECK(store.syncs() == 0);
  crash.arm(0);
  CHECK_FALSE(crash.crashed());
  crash.limit_calls(1);
  journal->sync();
  CHECK(store.syncs() == 1);
  CHECK_THROWS_WITH(journal->sync(), "the run makes more calls than a run should: it seems to go on for ever");
}

TEST_CASE("records get the next serial after that of who appends, and are folded at once", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  CHECK(store.read().lineage.empty());
  const auto journal = store.lock();
  CHECK(journal->append(recorded("a")).serial == 2);
  CHECK(journal->append(recorded("b")).serial == 3);
  CHECK(known(journal->state()) == 2);
  CHECK(journal->state().serial == 3);
  CHECK_FALSE(journal->state().lineage.empty());
  CHECK(known(store.read()) == 2);
  CHECK(store.read().lineage == journal->state().lineage);
}

namespace {

// Opens the same memory again, as another run would.
class Reopened : public StateStore {
 public:
  explicit Reopened(MemoryStateStore& store) : store_(store) {}
  std::string describe() const override { return store_.describe(); }
  State read(const StateScope&) override { return store_.read(); }
  std::vector<JournalRecord> read_history() override { return store_.read_history(); }
  std::vector<LockHolder> lock_holders(LockLook look) override { return store_.lock_holders(look); }
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope&) override {
    return store_.lock(who, wait);
  }
  bool unlock(const std::string& id) override { return store_.unlock(id); }

 private:
  MemoryStateStore& store_;
};

}  // namespace

TEST_CASE("the store in memory keeps what every state store promises", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  check_state_store([&] { return std::make_unique<Reopened>(store); });
}

TEST_CASE("a power cut takes what was not synced, or a part of it", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  const auto journal = store.lock();
  journal->append(recorded("a"));
  journal->sync();
  journal->append(recorded("b"));
  journal->append(recorded("c"));
  CHECK(store.unsynced() == 2);
  CHECK(known(store.crashed_copy().read()) == 1);
  CHECK(known(store.crashed_copy(1).read()) == 2);
  CHECK(known(store.crashed_copy(9).read()) == 3);
  MemoryStateStore survivor = store.crashed_copy();
  CHECK(survivor.lock_holders().empty());
  CHECK(survivor.lock()->append(recorded("d")).serial == 4);
}

TEST_CASE("folding moves the journal into the history and is durable", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  {
    const auto journal = store.lock();
    journal->append(recorded("a"));
    journal->append(recorded("b"));
    journal->fold_to_disk();
    CHECK(store.journal().empty());
    CHECK(store.snapshot().serial == 3);
    journal->append(recorded("c"));
  }
  CHECK(known(store.crashed_copy().read()) == 2);
  CHECK(store.read_history().size() == 4);
  CHECK(store.read().serial == 4);
}

TEST_CASE("the lock belongs to one, and says to whom", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  {
    const auto journal = store.lock();
    CHECK(store.lock_holders().front().user == "tester");
    CHECK_THROWS_WITH(store.lock(), "The state in memory is locked by tester on testhost (gild apply).");
  }
  CHECK(store.lock_holders().empty());
  CHECK(store.lock());
}

TEST_CASE("another state takes the place of this one under a higher serial", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  const auto journal = store.lock();
  for (const char* id : {"a", "b", "c"}) journal->append(recorded(id));
  State other;
  other.lineage = "other";
  other.serial = 1;
  journal->replace(other);
  CHECK(journal->state().serial == 5);
  CHECK(known(store.crashed_copy().read()) == 0);
}

TEST_CASE("the disk fails where it is told to", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  const auto journal = store.lock();
  store.fail_append(2);
  store.fail_sync(1, 2);
  store.refuse_reserve(2);
  store.fail_fold(1);
  journal->append(recorded("a"));
  CHECK_THROWS_AS(journal->append(recorded("b")), IoError);
  CHECK(known(journal->state()) == 1);
  journal->append(recorded("c"));
  CHECK_THROWS_AS(journal->sync(), IoError);
  CHECK_THROWS_AS(journal->sync(), IoError);
  CHECK(store.unsynced() == 3);
  journal->sync();
  CHECK(store.unsynced() == 0);
  CHECK(journal->reserve(100));
  CHECK_FALSE(journal->reserve(100));
  CHECK(journal->reserve(100));
  CHECK_THROWS_AS(journal->fold_to_disk(), IoError);
  CHECK(store.snapshot().serial == 0);
  journal->fold_to_disk();
  CHECK(store.snapshot().serial == 3);
}

TEST_CASE("a record that does not fit the state does not reach the disk", "[store]") {
  SimulatedClock clock;
  MemoryStateStore store(clock);
  const auto journal = store.lock();
  journal->append(recorded("a"));
  CHECK_THROWS_AS(journal->append(Lost{7, "no answer", {}}), Error);
  CHECK(store.journal().size() == 2);
}

TEST_CASE("fault rules count calls of their kind, and the first one that holds decides", "[faults]") {
  FaultPlan plan;
  FaultRule second;
  second.on = CallKind::rebuild;
  second.from = 2;
  second.fault.kind = Fault::Kind::html;
  plan.add(second);
  FaultRule every;
  every.from = 3;
  every.count = FaultRule::kForEver;
  every.fault.kind = Fault::Kind::throttle;
  plan.add(every);
  CHECK_FALSE(plan.next(CallKind::rebuild));
  CHECK_FALSE(plan.next(CallKind::detail));
  CHECK(plan.next(CallKind::rebuild)->kind == Fault::Kind::html);
  CHECK(plan.next(CallKind::rebuild)->kind == Fault::Kind::throttle);
  CHECK(plan.next(CallKind::detail)->kind == Fault::Kind::throttle);
  CHECK(plan.calls(CallKind::rebuild) == 3);
  CHECK(plan.calls() == 5);
}

TEST_CASE("a fault with a chance comes sometimes, and the same times for the same seed", "[faults]") {
  const auto hits = [](std::uint64_t seed) {
    FaultPlan plan(seed);
    FaultRule rule;
    rule.count = FaultRule::kForEver;
    rule.chance = 0.25;
    plan.add(rule);
    std::vector<int> found;
    for (int call = 0; call < 1000; ++call) {
      if (plan.next(CallKind::detail)) found.push_back(call);
    }
    return found;
  };
  CHECK(hits(1) == hits(1));
  CHECK(hits(1) != hits(2));
  CHECK(hits(1).size() > 150);
  CHECK(hits(1).size() < 350);
}

TEST_CASE("names of calls and faults lead back to them", "[faults]") {
  for (std::size_t i = 0; i < kCallKinds; ++i) {
    const auto kind = static_cast<CallKind>(i);
    CHECK(call_kind_from(name_of(kind)) == kind);
  }
  for (const auto kind : {Fault::Kind::throttle, Fault::Kind::lost_after, Fault::Kind::certificate}) {
    CHECK(fault_kind_from(name_of(kind)) == kind);
  }
  CHECK_FALSE(call_kind_from("rebuilt"));
}

TEST_CASE("random numbers are the same everywhere", "[random]") {
  Random random(42);
  CHECK(random.next() == 13679457532755275413U);
  CHECK(random.between(5, 5) == 5);
  CHECK(random.below(1) == 0);
  CHECK_FALSE(random.chance(0));
  CHECK(random.chance(1));
  CHECK(uuid_for("finance-001") == uuid_for("finance-001"));
  CHECK(uuid_for("finance-001") != uuid_for("finance-002"));
  const std::string uuid = random.uuid();
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '4');
}

TEST_CASE("an observer keeps events by kind", "[observer]") {
  RecordingObserver observer;
  observer.on(event::Warning{"one"});
  observer.on(event::Waiting{"for a job", 1s});
  observer.on(event::Warning{"two"});
  CHECK(observer.count<event::Warning>() == 2);
  CHECK(observer.last<event::Warning>()->text == "two");
  CHECK(observer.all<event::Waiting>().at(0).what == "for a job");
  CHECK_FALSE(observer.last<event::RunStarted>());
}
