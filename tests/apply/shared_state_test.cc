// SPDX-License-Identifier: Apache-2.0
// Other runs that write other groups of the same state at the same time, as a store with rows allows it.
#include <functional>

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "tests/apply/scenario.hpp"

namespace gild {
namespace {

// Our own part of the state, and what is under way in the parts of others.
class SharedJournal : public Journal {
 public:
  explicit SharedJournal(Journal& own) : own_(own) {}
  bool reserve(std::size_t bytes) override { return own_.reserve(bytes); }
  const JournalRecord& append(RecordBody body) override { return own_.append(std::move(body)); }
  void sync() override {
    own_.sync();
    claimed = false;
    if (at_sync) at_sync();
  }
  const State& state() const override { return own_.state(); }
  std::size_t under_way_elsewhere(const WorkspaceName&) override { return elsewhere(claimed); }
  void claim(const WorkspaceName&) override { claimed = true; }

  std::function<std::size_t(bool claimed)> elsewhere = [](bool) { return std::size_t{0}; };
  std::function<void()> at_sync;
  bool claimed = false;

 private:
  Journal& own_;
};

ApplyReport apply(Scenario& s, SharedJournal& journal, const Plan& plan) {
  return apply_plan(plan, Scenario::digest_of(plan), {s.cloud, s.clock, journal, s.observer}, {}, s.stop.get_token());
}

TEST_CASE("desktops under way in other runs count for max_in_flight, and it goes on when they have ended") {
  Scenario s(10);
  s.workspace.max_in_flight = 10;
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  const Instant begin = s.clock.instant();
  const auto others_end = begin + std::chrono::minutes{30};
  std::size_t most = 0;
  journal.elsewhere = [&](bool) -> std::size_t { return s.clock.instant() < others_end ? 4 : 0; };
  journal.at_sync = [&] {
    if (s.clock.instant() >= others_end) return;
    std::size_t own = 0;
    for (const auto& [number, intent] : locked->state().intents) own += intent.desktops.size();
    for (const auto& [key, job] : locked->state().jobs) own += job.desktops.size();
    most = std::max(most, own);
  };
  const ApplyReport report = apply(s, journal, s.plan(s.store.read()));
  CHECK(report.count(DesktopEnd::ready) == 10);
  CHECK(most <= 6);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("a run that finds no room left by others waits, but not for ever") {
  Scenario s(3);
  s.workspace.max_in_flight = 5;
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  journal.elsewhere = [](bool) -> std::size_t { return 5; };
  const Instant begin = s.clock.instant();
  const ApplyReport report = apply(s, journal, s.plan(s.store.read()));
  CHECK(report.requests == 0);
  CHECK(report.count(DesktopEnd::waiting) == 3);
  CHECK(s.clock.instant() - begin >= std::chrono::minutes{75});
  CHECK(s.clock.instant() - begin < std::chrono::minutes{80});
}

TEST_CASE("what another run sent while we read is seen before our own intent is recorded") {
  Scenario s(4);
  s.workspace.max_in_flight = 4;
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  // Free when the room is worked out; taken by the time at which nobody else can record any more.
  int claims = 0;
  journal.elsewhere = [&](bool claimed) -> std::size_t {
    if (claimed) ++claims;
    return claimed && claims == 1 ? 1 : 0;
  };
  const ApplyReport report = apply(s, journal, s.plan(s.store.read()));
  CHECK(claims >= 2);
  CHECK(report.requests == 1);
  CHECK(report.count(DesktopEnd::ready) == 4);
}

TEST_CASE("an intent that took too long to record is withdrawn: the lock may have gone to somebody else meanwhile") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  int slow = 1;
  journal.at_sync = [&] {
    // A machine that is suspended right after the intent was made durable.
    if (locked->state().intents.empty() || slow == 0) return;
    --slow;
    s.clock.sleep_until(s.clock.instant() + std::chrono::minutes{5}, {});
  };
  const ApplyReport report = apply(s, journal, s.plan(s.store.read()));
  CHECK(slow == 0);
  CHECK(report.count(DesktopEnd::ready) == 2);
  CHECK(s.wiped_twice() == 0);
  CHECK(report.requests == 1);
  std::size_t withdrawn = 0;
  for (const JournalRecord& record : s.store.read_history()) {
    if (std::holds_alternative<NotExecuted>(record.body)) ++withdrawn;
  }
  CHECK(withdrawn == 1);
}

TEST_CASE("a plan is not stale for what happened in parts of the state that it is not about") {
  Scenario s(1);
  Plan plan = s.plan(s.store.read());
  plan.basis = {"lineage-1", 40};
  State state;
  state.lineage = "lineage-1";
  state.serial = 40;  // of the part
  state.unread.serial = 90;
  CHECK_FALSE(check_plan(plan, "digest", state));
  plan.basis.serial = 90;  // made from a copy of the whole, and nothing has moved since
  CHECK_FALSE(check_plan(plan, "digest", state));
  plan.basis.serial = 41;
  CHECK_THROWS_AS(check_plan(plan, "digest", state), Error);
}

}  // namespace
}  // namespace gild
