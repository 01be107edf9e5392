// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/push_check.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "engine/model/fold.hpp"
#include "tests/apply/scenario.hpp"
#include "tests/ops/hand.hpp"

namespace gild::test {
namespace {

std::set<std::string> forgotten(const State& pushed, const State& here) {
  std::set<std::string> out;
  for (const Forgotten& each : forgotten_by(pushed, here)) {
    for (const DesktopKey& key : each.desktops) out.insert(each.what + " " + key.id.str());
  }
  return out;
}

using Names = std::set<std::string>;

// The state after each record of a run that met every answer there is.
std::vector<State> states_of_a_rough_run(std::uint64_t seed) {
  Scenario s(24, seed);
  s.batch_size = 3;
  s.max_unavailable = 9;
  s.max_failures = 100;
  s.workspace.settle = std::chrono::seconds{60};
  s.model.fail_job_of(s.ids[4]);
  s.cloud.conflict_on(s.ids[10]);
  s.cloud.lose_answer_of_submission(2, Executed::yes);
  s.cloud.lose_answer_of_submission(3, Executed::no);
  s.cloud.throttle_submission(4);
  s.cloud.answer_submission(5, 400, "WKS.00000001", "no");
  s.cloud.answer_submission(7, 502, "", "bad gateway", Executed::yes);
  s.apply();
  s.apply();
  State state;
  state.lineage = s.store.read().lineage;
  std::vector<State> states{state};
  for (const JournalRecord& record : s.store.history()) {
    fold(state, record);
    states.push_back(state);
  }
  return states;
}

TEST_CASE("a state that truly goes on from this one has forgotten nothing", "[ops][push]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U);
  INFO("seed " << seed);
  const std::vector<State> states = states_of_a_rough_run(seed);
  std::size_t open = 0;
  for (std::size_t here = 0; here < states.size(); ++here) {
    open += states[here].intents.size() + states[here].jobs.size();
    for (std::size_t pushed = here; pushed < states.size(); ++pushed) {
      INFO("here " << here << ", pushed " << pushed);
      REQUIRE(forgotten(states[pushed], states[here]) == Names{});
    }
    CHECK_NOTHROW(check_whole(states[here], "a state"));
  }
  CHECK(open > 100);  // there was something to forget
}

TEST_CASE("an earlier state has forgotten exactly what it does not have open itself", "[ops][push]") {
  const std::vector<State> states = states_of_a_rough_run(1);
  std::size_t forgotten_ones = 0;
  for (std::size_t here = 0; here < states.size(); ++here) {
    for (std::size_t pushed = 0; pushed < here; ++pushed) {
      Names expected;
      for (const auto& [number, intent] : states[here].intents) {
        const auto same = states[pushed].intents.find(number);
        for (const IntentDesktop& desktop : intent.desktops) {
          const bool there = same != states[pushed].intents.end() &&
                             std::any_of(same->second.desktops.begin(), same->second.desktops.end(),
                                         [&](const auto& other) { return other.id == desktop.id; });
          if (!there) expected.insert("request " + std::to_string(number) + " " + desktop.id.str());
        }
      }
      for (const auto& [key, job] : states[here].jobs) {
        const auto same = states[pushed].jobs.find(key);
        for (const JobDesktop& desktop : job.desktops) {
          const bool there = same != states[pushed].jobs.end() &&
                             std::any_of(same->second.desktops.begin(), same->second.desktops.end(),
                                         [&](const auto& other) { return other.id == desktop.id; });
          if (!there) expected.insert("job " + key.id.str() + " " + desktop.id.str());
        }
      }
      INFO("here " << here << ", pushed " << pushed);
      REQUIRE(forgotten(states[pushed], states[here]) == expected);
      forgotten_ones += expected.size();
    }
  }
  CHECK(forgotten_ones > 100);
}

TEST_CASE("a request that turned out not to be executed is closed by the record of its desktop", "[ops][push]") {
  Hand hand;
  const std::int64_t intent = hand.intend({"d-1", "d-2"});
  const State here = hand.store.read();
  hand.write(NotReceived{intent, {DesktopId{"d-1"}}, "two looks"});
  const State pushed = hand.store.read();
  CHECK(forgotten(pushed, here) == Names{});
  // The same record, had it not been touched since the request: then nobody found anything out.
  State untouched = pushed;
  untouched.desktops.at({kProd, DesktopId{"d-1"}}).updated_at = Time{};
  CHECK(forgotten(untouched, here) == Names{"request 4 d-1"});
}

TEST_CASE("that another state has a request of the same number proves nothing", "[ops][push]") {
  Hand hand;
  hand.intend({"d-1"});
  const State here = hand.store.read();
  State other = here;
  other.lineage = "22222222-2222-4222-8222-222222222222";
  CHECK(forgotten(other, here) == Names{"request 4 d-1"});
}

TEST_CASE("a job is known by its id, whatever state it is in", "[ops][push]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  const State here = hand.store.read();
  State other = here;
  other.lineage = "22222222-2222-4222-8222-222222222222";
  CHECK(forgotten(other, here) == Names{});
  hand.finish("job-1", "d-1", Outcome::failed);
  State ended = hand.store.read();
  CHECK(forgotten(ended, here) == Names{});
  ended.lineage = other.lineage;
  CHECK(forgotten(ended, here) == Names{"job job-1 d-1"});
}

TEST_CASE("jobs of one id in two Workspaces are told apart", "[ops][push]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  const State here = hand.store.read();
  State other = here;
  other.lineage = "22222222-2222-4222-8222-222222222222";
  Job job = other.jobs.extract(other.jobs.begin()).mapped();
  job.workspace = WorkspaceName{"annex"};
  other.jobs[job.key()] = job;
  CHECK(forgotten(other, here) == Names{"job job-1 d-1"});
}

TEST_CASE("a state is whole where a desktop is unknown and its job may still run", "[ops][push]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  const State before = hand.store.read();
  hand.finish("job-1", "d-1", Outcome::overdue);
  const State here = hand.store.read();
  CHECK_NOTHROW(check_whole(here, "a state"));
  CHECK(forgotten(here, before) == Names{});
  CHECK(forgotten(before, here) == Names{});  // it has the job open itself
}

TEST_CASE("that a person found a job not received closes it, also for a desktop that goes back to failed",
          "[ops][push]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  hand.finish("job-1", "d-1", Outcome::failed);
  hand.accept(hand.intend({"d-1"}), "job-2");
  const State here = hand.store.read();
  CHECK(forgotten(hand.store.read(), here) == Names{});
  hand.write(Resolved{{{kProd, DesktopId{"d-1"}}}, Resolution::not_received, "no trace", "me"});
  const State pushed = hand.store.read();
  CHECK(pushed.desktops.at({kProd, DesktopId{"d-1"}}).status == DesktopStatus::failed);
  CHECK(forgotten(pushed, here) == Names{});
}

TEST_CASE("a desktop that the pushed state does not have at all closes nothing", "[ops][push]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  const State here = hand.store.read();
  hand.finish("job-1", "d-1", Outcome::ready);
  hand.write(Removed{{{kProd, DesktopId{"d-1"}}}});
  CHECK(forgotten(hand.store.read(), here) == Names{"job job-1 d-1"});
}

TEST_CASE("a part of a state cannot be pushed: what is not in it would be forgotten", "[ops][push]") {
  State part;
  part.lineage = "lineage-1";
  part.unread = {90, 400};
  const State read = read_state(write_state(part, "0.1.0"), "errored.gild.state.json");
  CHECK(read.unread.desktops == 90);
  CHECK_THROWS_WITH(check_whole(read, "errored.gild.state.json"),
                    "errored.gild.state.json is a part of a state: 90 desktops of it are not there");
}

TEST_CASE("states are told apart by lineage, serial and content", "[ops][push]") {
  Hand hand;
  const State here = hand.store.read();
  State pushed = here;
  CHECK(compare(pushed, State{}) == PushVerdict::push);
  CHECK(compare(pushed, here) == PushVerdict::same);
  pushed.desktops.clear();
  CHECK(compare(pushed, here) == PushVerdict::fork);
  pushed.serial = here.serial + 1;
  CHECK(compare(pushed, here) == PushVerdict::push);
  pushed.serial = here.serial - 1;
  CHECK(compare(pushed, here) == PushVerdict::older);
  pushed.lineage = "another";
  CHECK(compare(pushed, here) == PushVerdict::other_lineage);
}

}  // namespace
}  // namespace gild::test
