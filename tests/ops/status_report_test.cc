// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/status_report.hpp"

#include <catch2/catch.hpp>

#include "tests/ops/hand.hpp"

namespace gild::test {
namespace {

RolloutStarted rollout(std::size_t targets, int max_failures) {
  RolloutGroup group;
  group.name = kFinance;
  group.workspace = kProd;
  group.target = kNew;
  group.targets = targets;
  group.max_failures = max_failures;
  return {std::string(64, 'a'), {group}};
}

const GroupStatus& only_group(const StatusReport& report) {
  REQUIRE(report.groups.size() == 1);
  return report.groups.front();
}

TEST_CASE("a group without a rollout has no progress to tell, and is quiet when all is ready", "[ops][status]") {
  Hand hand;
  const State state = hand.store.read();
  const StatusReport report = make_status(state, {});
  const GroupStatus& group = only_group(report);
  CHECK_FALSE(group.progress);
  CHECK(group.quiet());
  REQUIRE(group.images.size() == 1);
  CHECK(group.images.front().desktops == 4);
  CHECK(report.counts.total() == 4);
}

TEST_CASE("progress counts what this rollout did, not what was there before", "[ops][status]") {
  Hand hand;
  hand.write(rollout(3, 5));  // of four desktops: d-4 is none of its business
  const std::int64_t intent = hand.intend({"d-1", "d-2"});
  hand.accept(intent, "job-1");
  hand.finish("job-1", "d-1", Outcome::ready);
  hand.finish("job-1", "d-2", Outcome::failed);
  const State state = hand.store.read();
  const StatusReport report = make_status(state, {});
  const RolloutProgress& progress = only_group(report).progress.value();
  CHECK(progress.done == 1);
  CHECK(progress.ended == 1);
  CHECK(progress.under_way == 0);
  CHECK(progress.waiting() == 1);
  CHECK(report.paused() == 0);
  REQUIRE(only_group(report).troubles.size() == 1);
  CHECK(only_group(report).troubles.front().reason == "WKS.1 no space");
}

TEST_CASE("what an earlier rollout left behind is no part of this one's progress", "[ops][status]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  hand.finish("job-1", "d-1", Outcome::failed);
  hand.accept(hand.intend({"d-2"}), "job-2");
  hand.write(rollout(2, 5));
  const State state = hand.store.read();
  const StatusReport report = make_status(state, {});
  CHECK(only_group(report).progress->ended == 0);
  CHECK(only_group(report).progress->under_way == 0);
  CHECK(only_group(report).progress->waiting() == 2);
  CHECK(report.counts.of(DesktopStatus::failed) == 1);
}

TEST_CASE("what apply found right already counts as done", "[ops][status]") {
  Hand hand;
  hand.write(rollout(2, 0));
  hand.write(Recorded{kProd, kFinance, kNew, {{DesktopId{"d-1"}, std::nullopt}}, "seen"});
  const State state = hand.store.read();
  CHECK(only_group(make_status(state, {})).progress->done == 1);
}

TEST_CASE("a refused desktop is neither waiting nor done, and may pause its group", "[ops][status]") {
  Hand hand;
  hand.write(rollout(2, 0));
  hand.write(
      Finished{kProd, kFinance, std::nullopt, 0, kNew, {{DesktopId{"d-1"}, Outcome::refused, "WKS.2 no"}}, "refused"});
  const State state = hand.store.read();
  const StatusReport report = make_status(state, {});
  CHECK(only_group(report).progress->refused == 1);
  CHECK(only_group(report).progress->waiting() == 1);
  CHECK(report.paused() == 1);
}

TEST_CASE("a plan's desktops that the state has never seen are waiting too", "[ops][status]") {
  Hand hand;
  hand.write(rollout(250, 0));
  const State state = hand.store.read();
  CHECK(only_group(make_status(state, {})).progress->waiting() == 250);
}

TEST_CASE("an open request is told with the time at which it was about to be sent", "[ops][status]") {
  Hand hand;
  hand.intend({"d-3"});
  const Time then = hand.record("d-3").updated_at;
  const State state = hand.store.read();
  const StatusReport report = make_status(state, {});
  REQUIRE(report.requests.size() == 1);
  CHECK(report.requests.front().since == then);
  CHECK(make_status(state, {{}, {kFinance}, {}}).requests.empty());
}

}  // namespace
}  // namespace gild::test
