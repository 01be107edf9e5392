// SPDX-License-Identifier: Apache-2.0
#include "engine/model/fold.hpp"

#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

const WorkspaceName kProd{"prod"};
const GroupName kFinance{"finance"};
const Target kTarget{{ImageId{"new"}, "private", std::nullopt}, std::nullopt};
const Time kStart = *parse_time("2026-11-23T21:00:00Z");

// A state under construction: take() gives each body the next serial.
struct Folded {
  State state;

  std::int64_t take(RecordBody body) {
    fold(state, {state.serial + 1, kStart + std::chrono::seconds{state.serial}, std::move(body)});
    return state.serial;
  }
  std::int64_t intend(const std::vector<std::string>& ids) {
    Intended intended;
    intended.workspace = kProd;
    intended.group = kFinance;
    intended.batch = BatchId{"finance-001"};
    intended.target = kTarget;
    for (const std::string& id : ids) intended.desktops.push_back({DesktopId{id}, std::nullopt, image("old")});
    return take(std::move(intended));
  }
  static ImageState image(const char* id) { return {ImageId{id}, std::nullopt, std::nullopt, std::nullopt}; }
  const DesktopRecord& record(const char* id) const { return state.desktops.at({kProd, DesktopId{id}}); }
  void begin_rollout(int max_failures) {
    take(RolloutStarted{"digest", {{kFinance, kProd, kTarget, 3, 100, max_failures, {}, {}}}});
  }
  const RolloutGroup& rollout() const { return *state.open_rollout_of(kFinance); }
  void finish(const JobId& job, const char* id, Outcome outcome, const Target& target = kTarget) {
    take(Finished{kProd, kFinance, job, 0, target, {{DesktopId{id}, outcome, "why"}}, "seen"});
  }
};

Look look_at(std::chrono::seconds after, std::vector<Finding> findings = {}) {
  return {kStart + after, LookCompleteness::complete, std::move(findings)};
}

// The same records into two states, one of which knows from the beginning where its desktops are.
struct FoldedTwice {
  State looked_up, remembered;
  DesktopPlaces places;

  explicit FoldedTwice(const State& state)
      : looked_up(state), remembered(state), places(DesktopPlaces::of_all(remembered)) {}
  std::int64_t take(RecordBody body) {
    const JournalRecord record{looked_up.serial + 1, kStart, std::move(body)};
    fold(looked_up, record);
    fold(remembered, record, places);
    return record.serial;
  }
};

}  // namespace

TEST_CASE("a second intent for a desktop that is open does not fold, and leaves no trace") {
  Folded folded;
  folded.intend({"b"});
  const std::int64_t serial = folded.state.serial;
  CHECK_THROWS_AS(folded.intend({"a", "b"}), Error);
  CHECK_THROWS_AS(folded.intend({"c", "c"}), Error);
  CHECK(folded.state.serial == serial);
  CHECK(folded.state.desktops.size() == 1);
  CHECK(folded.state.intents.size() == 1);
}

TEST_CASE("a request that was not executed leaves the desktop as it was") {
  Folded folded;
  const std::int64_t first = folded.intend({"a"});
  folded.take(Accepted{first, JobId{"j"}, {}, kStart});
  folded.finish(JobId{"j"}, "a", Outcome::failed);
  const DesktopRecord before = folded.record("a");
  const std::int64_t second = folded.intend({"a"});
  CHECK(folded.record("a").status == DesktopStatus::settling);
  SECTION("refused") {
    folded.take(Refused{second, {}});
  }
  SECTION("not executed") {
    folded.take(NotExecuted{second, {}});
  }
  SECTION("not received") {
    folded.take(NotReceived{second, {DesktopId{"a"}}, "looks"});
  }
  const DesktopRecord& after = folded.record("a");
  CHECK(after.status == DesktopStatus::failed);
  CHECK(after.image == before.image);
  CHECK(after.job_id == before.job_id);
  CHECK(after.intent == first);
  CHECK(after.reason == "why");
  CHECK(folded.state.intents.empty());
}

TEST_CASE("an answer to a request that is not open does not fold") {
  Folded folded;
  const std::int64_t intent = folded.intend({"a"});
  folded.take(NotExecuted{intent, {}});
  CHECK_THROWS_AS(folded.take(Accepted{intent, JobId{"j"}, {}, {}}), Error);
  CHECK_THROWS_AS(folded.take(Lost{intent, "why", {}}), Error);
  CHECK_THROWS_AS(folded.take(Looked{intent, look_at(std::chrono::seconds{1})}), Error);
  CHECK_THROWS_AS(folded.take(Verifying{{JobId{"j"}, kProd}, {DesktopId{"a"}}, kStart}), Error);
  CHECK(folded.state.jobs.empty());
}

TEST_CASE("answers and ends name desktops in any order, and all at once or one by one") {
  Folded folded;
  const std::int64_t intent = folded.intend({"a", "b", "c", "d", "e"});
  const auto ids = [](const auto& desktops) {
    std::string out;
    for (const auto& desktop : desktops) out += desktop.id.str();
    return out;
  };
  folded.take(Held{intent, kProd, kFinance, HoldReason::busy, {DesktopId{"d"}, DesktopId{"b"}}, "busy"});
  CHECK(ids(folded.state.intents.at(intent).desktops) == "ace");
  CHECK_THROWS_AS(folded.take(NotReceived{intent, {DesktopId{"c"}, DesktopId{"b"}}, "looks"}), Error);
  CHECK(ids(folded.state.intents.at(intent).desktops) == "ace");
  folded.take(Adopted{intent, JobId{"j"}, {DesktopId{"e"}, DesktopId{"a"}}, {}, kStart});
  CHECK(ids(folded.state.intents.at(intent).desktops) == "c");
  folded.take(Accepted{intent, JobId{"j"}, {}, kStart});
  CHECK(folded.state.intents.empty());
  const JobKey job{JobId{"j"}, kProd};
  CHECK(ids(folded.state.jobs.at(job).desktops) == "eac");
  folded.take(Finished{kProd,
                       kFinance,
                       job.id,
                       0,
                       kTarget,
                       {{DesktopId{"c"}, Outcome::ready, {}}, {DesktopId{"a"}, Outcome::overdue, {}}},
                       "seen"});
  CHECK(ids(folded.state.jobs.at(job).desktops) == "ea");
  CHECK(folded.state.jobs.at(job).desktops[1].overdue);
  CHECK_THROWS_AS(folded.finish(job.id, "c", Outcome::overdue), Error);
  folded.finish(job.id, "a", Outcome::unknown);
  folded.finish(job.id, "e", Outcome::ready);
  CHECK(folded.state.jobs.empty());
  CHECK(folded.record("e").image.image_id == kTarget.image.image_id);
  CHECK_THROWS_AS(folded.finish(job.id, "e", Outcome::overdue), Error);
}

TEST_CASE("what a forgotten look had seen of new sub-jobs is never forgotten") {
  Folded folded;
  const std::int64_t intent = folded.intend({"a", "b"});
  const Finding found{DesktopId{"a"}, {{SubJobId{"s"}, JobId{"j"}}}, "a task", std::nullopt, false};
  for (int i = 0; i < 200; ++i) {
    folded.take(Looked{intent, i == 3 ? look_at(std::chrono::minutes{i}, {found}) : look_at(std::chrono::minutes{i})});
  }
  const std::vector<Look>& looks = folded.state.intents.at(intent).looks;
  CHECK(looks.size() < 50);
  CHECK(looks.front().time == kStart);
  CHECK(looks.back().time == kStart + std::chrono::minutes{199});
  std::size_t kept = 0;
  for (const Look& look : looks) {
    for (const Finding& finding : look.findings) {
      CHECK(finding.id == DesktopId{"a"});
      CHECK(finding.new_sub_jobs == found.new_sub_jobs);
      ++kept;
    }
  }
  CHECK(kept == 1);
}

TEST_CASE("failures count for the rollout of their group and target, until they are acknowledged") {
  Folded folded;
  folded.begin_rollout(0);
  folded.take(Accepted{folded.intend({"a", "b"}), JobId{"j"}, {}, kStart});
  const Target other{{ImageId{"older"}, "private", std::nullopt}, std::nullopt};
  folded.finish(JobId{"j"}, "a", Outcome::failed, other);
  CHECK_FALSE(folded.rollout().paused());
  folded.finish(JobId{"j"}, "b", Outcome::unhealthy);
  CHECK(folded.rollout().paused());
  CHECK(folded.state.jobs.empty());
  folded.finish(JobId{"j"}, "b", Outcome::ready);  // it came back
  CHECK_FALSE(folded.rollout().paused());
  folded.take(
      Finished{kProd, kFinance, std::nullopt, 0, kTarget, {{DesktopId{"b"}, Outcome::refused, "no"}}, "answer"});
  CHECK(folded.rollout().paused());
  CHECK(folded.record("b").status == DesktopStatus::ready);
  folded.take(RolloutAcknowledged{{kFinance}});
  CHECK_FALSE(folded.rollout().paused());
}

TEST_CASE("jobs of one id in two Workspaces are two jobs") {
  Folded folded;
  folded.take(Accepted{folded.intend({"a"}), JobId{"j"}, {}, kStart});
  Intended elsewhere;
  elsewhere.workspace = WorkspaceName{"annex"};
  elsewhere.group = GroupName{"sales"};
  elsewhere.target = kTarget;
  elsewhere.desktops = {{DesktopId{"b"}, std::nullopt, Folded::image("old")}};
  folded.take(Accepted{folded.take(elsewhere), JobId{"j"}, {}, kStart});
  REQUIRE(folded.state.jobs.size() == 2);
  const JobKey here{JobId{"j"}, kProd};
  const JobKey there{JobId{"j"}, elsewhere.workspace};
  folded.take(JobMissed{there, kStart});
  folded.take(Verifying{there, {DesktopId{"a"}, DesktopId{"b"}}, kStart});
  CHECK_FALSE(folded.state.jobs.at(here).vanished_since);
  CHECK_FALSE(folded.state.jobs.at(here).desktops[0].verifying_since);
  CHECK(folded.state.jobs.at(there).vanished_since);
  CHECK(folded.state.jobs.at(there).desktops[0].verifying_since);
  // A record of before Workspaces were written down means the only job of that id, and of two it means none.
  CHECK_THROWS_AS(folded.take(JobMissed{{JobId{"j"}, {}}, kStart}), Error);
  folded.finish(JobId{"j"}, "a", Outcome::ready);
  CHECK(folded.state.jobs.size() == 1);
  CHECK(folded.state.jobs.contains(there));
  CHECK_NOTHROW(folded.take(JobMissed{{JobId{"j"}, {}}, kStart}));
}

TEST_CASE("an overdue desktop is unknown, and open until its job's end is seen or a person decides") {
  Folded folded;
  folded.begin_rollout(0);
  folded.take(Accepted{folded.intend({"a", "b"}), JobId{"j"}, {}, kStart});
  folded.finish(JobId{"j"}, "a", Outcome::overdue);
  folded.finish(JobId{"j"}, "b", Outcome::overdue);
  CHECK(folded.record("a").status == DesktopStatus::unknown);
  CHECK(folded.rollout().failures.size() == 2);
  const JobKey job{JobId{"j"}, kProd};
  CHECK(folded.state.jobs.at(job).overdue() == 2);
  CHECK_THROWS_AS(folded.intend({"a"}), Error);
  CHECK_THROWS_AS(folded.take(Removed{{{kProd, DesktopId{"a"}}}}), Error);
  folded.take(Verifying{job, {DesktopId{"a"}}, kStart});
  CHECK(folded.state.jobs.at(job).overdue() == 1);
  folded.finish(JobId{"j"}, "a", Outcome::ready);
  CHECK(folded.record("a").status == DesktopStatus::ready);
  folded.take(Resolved{{{kProd, DesktopId{"b"}}}, Resolution::failed, "the console shows no job", "me"});
  CHECK(folded.state.jobs.empty());
  CHECK_NOTHROW(folded.intend({"b"}));
}

TEST_CASE("a desktop that the service denied is free again, and the others of the request stay open") {
  Folded folded;
  const std::int64_t intent = folded.intend({"a", "b"});
  folded.take(Held{intent, kProd, kFinance, HoldReason::conflict, {DesktopId{"a"}}, "409"});
  CHECK(folded.record("a").status == DesktopStatus::ready);
  CHECK(folded.record("a").intent == 0);
  CHECK(folded.record("b").status == DesktopStatus::settling);
  CHECK(folded.state.intents.at(intent).asked_for.size() == 2);
}

TEST_CASE("a denial does not take the place of the reason why a desktop failed") {
  Folded folded;
  folded.take(Accepted{folded.intend({"a"}), JobId{"j"}, {}, kStart});
  folded.finish(JobId{"j"}, "a", Outcome::failed);
  const std::int64_t intent = folded.intend({"a", "b"});
  folded.take(Held{intent, kProd, kFinance, HoldReason::conflict, {DesktopId{"a"}, DesktopId{"b"}}, "409"});
  CHECK(folded.record("a").status == DesktopStatus::failed);
  CHECK(folded.record("a").reason == "why");
  CHECK(folded.record("b").reason == "409");
}

TEST_CASE("a refresh writes images only where a desktop is ready or new") {
  Folded folded;
  folded.intend({"a"});
  RefreshedDesktop seen;
  seen.image_id = ImageId{"seen"};
  Refreshed refreshed{kProd, {seen, seen}};
  refreshed.desktops[0].id = DesktopId{"a"};
  refreshed.desktops[1].id = DesktopId{"b"};
  folded.take(refreshed);
  CHECK(folded.record("a").image.image_id == ImageId{"old"});
  CHECK(folded.record("b").image.image_id == ImageId{"seen"});
}

TEST_CASE("an open desktop cannot be removed, and a person can settle it") {
  Folded folded;
  const std::int64_t intent = folded.intend({"a", "b", "c"});
  CHECK_THROWS_AS(folded.take(Removed{{{kProd, DesktopId{"a"}}}}), Error);
  folded.take(Resolved{{{kProd, DesktopId{"a"}}}, Resolution::ready, "seen it", "me"});
  CHECK(folded.record("a").image.image_id == ImageId{"new"});
  folded.take(Resolved{{{kProd, DesktopId{"b"}}}, Resolution::not_received, "no trace", "me"});
  CHECK(folded.record("b").status == DesktopStatus::ready);
  CHECK(folded.record("b").image.image_id == ImageId{"old"});
  CHECK(folded.state.intents.at(intent).desktops.size() == 1);
  folded.take(Resolved{{{kProd, DesktopId{"c"}}}, Resolution::failed, "blue screen", "me"});
  CHECK(folded.record("c").status == DesktopStatus::failed);
  CHECK(folded.state.intents.empty());
  folded.take(Removed{{{kProd, DesktopId{"a"}}}});
  CHECK(folded.state.desktops.size() == 2);
}

TEST_CASE("a desktop that had failed before its last request has failed again where that was not received") {
  Folded folded;
  const ImageState old = Folded::image("old");
  folded.take(Accepted{folded.intend({"a", "b"}), JobId{"first"}, {}, kStart});
  folded.finish(JobId{"first"}, "a", Outcome::failed);
  folded.finish(JobId{"first"}, "b", Outcome::ready);
  const Target next{{ImageId{"next"}, "private", std::nullopt}, std::nullopt};
  Intended again;
  again.workspace = kProd;
  again.group = kFinance;
  again.target = next;
  again.desktops = {{DesktopId{"a"}, std::nullopt, old}, {DesktopId{"b"}, std::nullopt, Folded::image("new")}};
  const std::int64_t request = folded.take(again);
  const auto unknown = [&](std::optional<JobId> job, std::int64_t intent) {
    folded.take(Finished{kProd,
                         kFinance,
                         std::move(job),
                         intent,
                         next,
                         {{DesktopId{"a"}, Outcome::unknown, "gone"}, {DesktopId{"b"}, Outcome::unknown, "gone"}},
                         "looks"});
  };
  SECTION("its answer was lost") {
    unknown(std::nullopt, request);
  }
  SECTION("its job was accepted and vanished") {
    folded.take(Accepted{request, JobId{"second"}, {}, kStart});
    unknown(JobId{"second"}, 0);
  }
  SECTION("its job was adopted and has run out of time") {
    folded.take(Adopted{request, JobId{"second"}, {DesktopId{"a"}, DesktopId{"b"}}, {}, kStart});
    folded.finish(JobId{"second"}, "a", Outcome::overdue, next);
    folded.finish(JobId{"second"}, "b", Outcome::overdue, next);
  }
  REQUIRE(folded.record("a").status == DesktopStatus::unknown);
  folded.take(
      Resolved{{{kProd, DesktopId{"a"}}, {kProd, DesktopId{"b"}}}, Resolution::not_received, "no trace of it", "me"});
  CHECK(folded.record("a").status == DesktopStatus::failed);
  CHECK(folded.record("a").reason == "why");
  CHECK(folded.record("a").job_id == JobId{"first"});
  REQUIRE(folded.record("a").target);
  CHECK(folded.record("a").target->image.image_id == ImageId{"new"});
  CHECK(folded.record("a").image == old);
  CHECK(folded.record("b").status == DesktopStatus::ready);
  CHECK(folded.record("b").image.image_id == ImageId{"new"});
  CHECK_FALSE(folded.record("b").target);
}

TEST_CASE("what a desktop was before its last request is forgotten once that has an end") {
  Folded folded;
  folded.take(Accepted{folded.intend({"a"}), JobId{"first"}, {}, kStart});
  folded.finish(JobId{"first"}, "a", Outcome::failed);
  folded.take(Accepted{folded.intend({"a"}), JobId{"second"}, {}, kStart});
  CHECK(folded.record("a").failed_before);
  SECTION("ready") {
    folded.finish(JobId{"second"}, "a", Outcome::ready);
  }
  SECTION("failed") {
    folded.finish(JobId{"second"}, "a", Outcome::failed);
  }
  SECTION("ready, as a person says") {
    folded.take(Resolved{{{kProd, DesktopId{"a"}}}, Resolution::ready, "seen it", "me"});
  }
  SECTION("failed, as a person says") {
    folded.take(Resolved{{{kProd, DesktopId{"a"}}}, Resolution::failed, "seen it", "me"});
  }
  SECTION("not received, as a person says") {
    folded.take(Resolved{{{kProd, DesktopId{"a"}}}, Resolution::not_received, "seen it", "me"});
  }
  CHECK_FALSE(folded.record("a").failed_before);
}

TEST_CASE("where desktops are is remembered rightly when one goes and comes back") {
  Folded folded;
  folded.finish(JobId{"j"}, "none", Outcome::ready);
  folded.intend({"a", "b"});
  folded.take(NotExecuted{folded.state.serial, {}});
  FoldedTwice twice(folded.state);
  const auto intend = [&](const char* id) {
    Intended intended{};
    intended.workspace = kProd;
    intended.group = kFinance;
    intended.target = kTarget;
    intended.desktops.push_back({DesktopId{id}, std::nullopt, Folded::image("old")});
    return twice.take(intended);
  };
  twice.take(Removed{{{kProd, DesktopId{"a"}}}});
  CHECK(twice.remembered.desktops.count({kProd, DesktopId{"a"}}) == 0);
  const std::int64_t again = intend("a");
  twice.take(Accepted{again, JobId{"k"}, {}, kStart});
  twice.take(Finished{kProd, kFinance, JobId{"k"}, 0, kTarget, {{DesktopId{"a"}, Outcome::ready, "why"}}, "seen"});
  intend("never seen");
  CHECK(write_state(twice.remembered, "1") == write_state(twice.looked_up, "1"));
  CHECK(twice.remembered.desktops.at({kProd, DesktopId{"a"}}).status == DesktopStatus::ready);
}

}  // namespace gild
