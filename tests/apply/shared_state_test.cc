// SPDX-License-Identifier: Apache-2.0
// Other runs that write other groups of the same state at the same time, as a store with rows allows it.
#include <functional>
#include <utility>

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "tests/apply/scenario.hpp"

namespace gild {
namespace {

// Our own part of the state, and what is under way in the parts of others.
class SharedJournal : public Journal {
 public:
  explicit SharedJournal(Journal& own) : own_(own) {}
  bool reserve(std::size_t bytes) override {
    if (reconnects) claimed = false;  // a claim goes with its session
    return own_.reserve(bytes);
  }
  const JournalRecord& append(RecordBody body) override {
    unclaimed += std::holds_alternative<Intended>(body) && !claimed;
    return own_.append(std::move(body));
  }
  void sync() override {
    own_.sync();
    claimed = false;
    if (at_sync) at_sync();
  }
  const State& state() const override { return own_.state(); }
  std::size_t under_way_elsewhere(const WorkspaceName&) override { return elsewhere(claimed); }
  void claim(const WorkspaceName&) override {
    claimed = true;
    if (at_claim) at_claim();
  }

  std::function<std::size_t(bool claimed)> elsewhere = [](bool) { return std::size_t{0}; };
  std::function<void()> at_sync;
  std::function<void()> at_claim;
  bool claimed = false;
  bool reconnects = false;
  std::size_t unclaimed = 0;  // intents that others could have come between

 private:
  Journal& own_;
};

// The machine is suspended while the first connection for a request is made.
class SleepyCloud : public CloudConnector, public DesktopCloud {
 public:
  SleepyCloud(SimulatedCloud& cloud, SimulatedClock& clock) : cloud_(cloud), clock_(clock) {}
  DesktopCloud& connect(const Workspace& workspace) override {
    real_ = &cloud_.connect(workspace);
    return *this;
  }
  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override {
    return real_->read_desktops(ids, std::move(stop));
  }
  Inventory list_desktops(std::stop_token stop) override { return real_->list_desktops(std::move(stop)); }
  SubJobLook list_all_sub_jobs(std::stop_token stop) override { return real_->list_all_sub_jobs(std::move(stop)); }
  SubJobLook list_open_sub_jobs(std::stop_token stop) override { return real_->list_open_sub_jobs(std::move(stop)); }
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override {
    return real_->list_sub_jobs_of(job, std::move(stop));
  }
  JobSummary read_job(const JobId& job, std::stop_token stop) override { return real_->read_job(job, std::move(stop)); }
  void await_submission(std::stop_token stop) override { real_->await_submission(std::move(stop)); }
  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override {
    if (tries++ == 0) clock_.advance(std::chrono::hours{1});
    return real_->submit_rebuild(request, still_wanted);
  }
  int tries = 0;

 private:
  SimulatedCloud& cloud_;
  SimulatedClock& clock_;
  DesktopCloud* real_ = nullptr;
};

ApplyReport apply(Scenario& s, Journal& journal, Observer& observer, CloudConnector& cloud) {
  const Plan plan = s.plan(s.store.read());
  return apply_plan(plan, Scenario::digest_of(plan), {cloud, s.clock, journal, observer}, {}, s.stop.get_token());
}
ApplyReport apply(Scenario& s, SharedJournal& journal, Observer& observer) {
  return apply(s, journal, observer, s.cloud);
}
ApplyReport apply(Scenario& s, SharedJournal& journal) {
  return apply(s, journal, s.observer);
}

std::size_t withdrawn(Scenario& s) {
  std::size_t count = 0;
  for (const JournalRecord& record : s.store.read_history()) count += std::holds_alternative<NotExecuted>(record.body);
  return count;
}

// Whoever reads the events may stop reading for as long as they like: a pipe that is full, a terminal that was halted.
class SlowReader : public Observer {
 public:
  explicit SlowReader(SimulatedClock& clock) : clock_(clock) {}
  void on(const Event& event) noexcept override {
    if (std::holds_alternative<event::RequestSending>(event) && told_++ == 0) clock_.advance(std::chrono::hours{1});
  }

 private:
  SimulatedClock& clock_;
  int told_ = 0;
};

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
  const ApplyReport report = apply(s, journal);
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
  const ApplyReport report = apply(s, journal);
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
  const ApplyReport report = apply(s, journal);
  CHECK(claims >= 2);
  CHECK(report.requests == 1);
  CHECK(report.count(DesktopEnd::ready) == 4);
}

TEST_CASE("the claim is held until the intent is recorded, though the session before it was lost") {
  Scenario s(4);
  s.batch_size = 2;
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  journal.reconnects = true;
  const ApplyReport report = apply(s, journal);
  CHECK(report.count(DesktopEnd::ready) == 4);
  CHECK(journal.unclaimed == 0);
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
  const ApplyReport report = apply(s, journal);
  CHECK(slow == 0);
  CHECK(report.count(DesktopEnd::ready) == 2);
  CHECK(s.wiped_twice() == 0);
  CHECK(report.requests == 1);
  CHECK(withdrawn(s) == 1);
}

TEST_CASE("an intent is withdrawn, too, where only the wall clock tells that the machine was suspended behind it") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  bool suspended = false;
  journal.at_sync = [&] {
    if (locked->state().intents.empty() || std::exchange(suspended, true)) return;
    s.clock.set_skew(std::chrono::hours{1});
  };
  const ApplyReport report = apply(s, journal);
  CHECK(suspended);
  CHECK(withdrawn(s) == 1);
  CHECK(report.requests == 1);
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("a wall clock that is put back keeps nothing from being sent") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  journal.at_sync = [&] { s.clock.set_skew(-std::chrono::hours{24}); };
  const ApplyReport report = apply(s, journal);
  CHECK(withdrawn(s) == 0);
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("an intent is withdrawn where it took long to tell of it") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  SlowReader reader(s.clock);
  const ApplyReport report = apply(s, journal, reader);
  CHECK(withdrawn(s) == 1);
  CHECK(report.requests == 1);
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("a request that could not go out at once is not sent an hour later") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SleepyCloud cloud(s.cloud, s.clock);
  const ApplyReport report = apply(s, *locked, s.observer, cloud);
  CHECK(cloud.tries == 2);
  CHECK(withdrawn(s) == 1);
  CHECK(report.requests == 1);
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("a store in which every intent takes long ends the run, which has sent nothing") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  journal.at_sync = [&] {
    if (!locked->state().intents.empty()) s.clock.advance(std::chrono::minutes{2});
  };
  const ApplyReport report = apply(s, journal);
  CHECK(report.requests == 0);
  CHECK(locked->state().intents.empty());
  REQUIRE(report.failure);
  CHECK(report.failure->kind() == ErrorKind::storage);
}

TEST_CASE("who logs on while another run is waited for keeps the desktop") {
  Scenario s(2);
  const auto locked = s.store.lock();
  SharedJournal journal(*locked);
  bool waited = false;
  journal.at_claim = [&] {
    if (std::exchange(waited, true)) return;
    s.clock.advance(std::chrono::seconds{90});
    s.model.desktop(s.ids[0]).login_status = "CONNECTED";
  };
  const ApplyReport report = apply(s, journal);
  CHECK(waited);
  CHECK(report.count(DesktopEnd::ready) == 1);
  CHECK(report.count(DesktopEnd::held) == 1);
  CHECK(withdrawn(s) == 0);  // seen before it was recorded
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
