// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/state_ops.hpp"

#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/planner.hpp"
#include "tests/ops/hand.hpp"

namespace gild::test {
namespace {

NamedDesktops named(const std::vector<std::string>& ids) {
  NamedDesktops out;
  for (const std::string& id : ids) out.ids.emplace_back(id);
  return out;
}

template <class Function>
Error error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("not reached");
}

// What the next plan does with a desktop that finance wants on "new"; nullopt: nothing.
std::optional<Action> next_action(Hand& hand, const std::string& id) {
  Workspace workspace;
  workspace.name = kProd;
  DesktopGroup group;
  group.name = kFinance;
  group.workspace = kProd;
  group.target = kNew;
  DesktopEntry entry;
  entry.id = DesktopId{id};
  group.desktops = {entry};
  const Plan plan = make_plan({{workspace}, {group}, {}}, hand.store.read(), {});
  return plan.desktops.empty() ? std::nullopt : std::optional{plan.desktops.front().action};
}

std::string text_of(Hand& hand) {
  return write_state(hand.store.read(), "0.1.0");
}

PushRequest push_of(State state, bool force = false) {
  return {std::move(state), "backup.json", force};
}

// --- state rm -------------------------------------------------------------------------------------------------------

TEST_CASE("state rm takes the named desktop out of the state and touches no other", "[ops][rm]") {
  Hand hand;
  const State before = hand.store.read();
  const auto removed = remove_desktops(hand.deps(), named({"d-2"}));
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].record.image.image_id == ImageId{"old"});
  const State after = hand.store.read();
  CHECK(after.find(kProd, DesktopId{"d-2"}) == nullptr);
  CHECK(after.desktops.size() == 3);
  for (const auto& [key, record] : after.desktops) CHECK(record.updated_at == before.desktops.at(key).updated_at);
  CHECK(hand.store.journal().empty());  // folded to disk
  CHECK(std::holds_alternative<Removed>(hand.store.history().back().body));
}

TEST_CASE("state rm refuses where a request or a job is open, and removes nothing at all", "[ops][rm]") {
  Hand hand;
  const std::int64_t intent = hand.intend({"d-1"});
  const bool accepted = GENERATE(false, true);
  if (accepted) hand.accept(intent, "job-1");
  const std::string before = text_of(hand);
  const Error error = error_of([&] { remove_desktops(hand.deps(), named({"d-2", "d-1"})); });
  CHECK(error.kind() == ErrorKind::refused);
  CHECK(std::string{error.what()} == (accepted ? "Desktop d-1 is rebuilding: job job-1 is open for it"
                                               : "Desktop d-1 is settling: request 4 is open for it"));
  CHECK(text_of(hand) == before);
}

TEST_CASE("state rm refuses a desktop that is unknown because its job ran out of time and may still run", "[ops][rm]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  hand.finish("job-1", "d-1", Outcome::overdue);
  const Error error = error_of([&] { remove_desktops(hand.deps(), named({"d-1"})); });
  CHECK(error.kind() == ErrorKind::refused);
  CHECK(std::string{error.what()} == "Desktop d-1 is unknown: job job-1 is open for it");
  resolve_desktops(hand.deps(), named({"d-1"}), Resolution::failed, "the console shows no such job");
  CHECK(hand.store.read().jobs.empty());
  CHECK(remove_desktops(hand.deps(), named({"d-1"})).size() == 1);
}

TEST_CASE("state rm of an id that is not recorded is a slip", "[ops][rm]") {
  Hand hand;
  const Error error = error_of([&] { remove_desktops(hand.deps(), named({"d-1", "d-11"})); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.advice() == "Did you mean \"d-1\"?");
  CHECK(hand.store.read().desktops.size() == 4);
}

// --- state resolve --------------------------------------------------------------------------------------------------

TEST_CASE("a settling desktop resolved as not received may be planned again, and only that one", "[ops][resolve]") {
  Hand hand;
  hand.intend({"d-1", "d-2"});
  REQUIRE(next_action(hand, "d-1") == Action::in_progress);
  const auto resolved =
      resolve_desktops(hand.deps(), named({"d-1"}), Resolution::not_received, "never arrived, says the audit trail");
  REQUIRE(resolved.size() == 1);
  CHECK(resolved[0].before.status == DesktopStatus::settling);
  CHECK(resolved[0].after.status == DesktopStatus::ready);
  CHECK_FALSE(resolved[0].running_job);
  CHECK(next_action(hand, "d-1") == Action::rebuild);
  CHECK(next_action(hand, "d-2") == Action::in_progress);
  CHECK(hand.store.read().intents.size() == 1);
  const auto& record = std::get<Resolved>(hand.store.history().back().body);
  CHECK(record.reason == "never arrived, says the audit trail");
  CHECK(record.by == "ada@runner-7");
}

TEST_CASE("a settling desktop resolved as ready is on the image that was asked for", "[ops][resolve]") {
  Hand hand;
  hand.intend({"d-1"});
  resolve_desktops(hand.deps(), named({"d-1"}), Resolution::ready, "seen");
  CHECK(hand.record("d-1").image.image_id == ImageId{"new"});
  CHECK(next_action(hand, "d-1") == std::nullopt);
  CHECK(hand.store.read().intents.empty());
}

TEST_CASE("a settling desktop resolved as failed is planned again", "[ops][resolve]") {
  Hand hand;
  hand.intend({"d-1"});
  resolve_desktops(hand.deps(), named({"d-1"}), Resolution::failed, "blue screen");
  CHECK(hand.record("d-1").status == DesktopStatus::failed);
  CHECK(hand.record("d-1").reason == "blue screen");
  CHECK(next_action(hand, "d-1") == Action::rebuild);
}

TEST_CASE("whoever resolves a desktop whose job may still run is told of the job", "[ops][resolve]") {
  Hand hand;
  hand.accept(hand.intend({"d-1", "d-2"}), "job-1");
  const auto resolved = resolve_desktops(hand.deps(), named({"d-1"}), Resolution::failed, "given up");
  CHECK(resolved[0].running_job == JobId{"job-1"});
  CHECK(hand.store.read().jobs.at({JobId{"job-1"}, kProd}).desktops.size() == 1);
}

TEST_CASE("what is unknown or unhealthy is held until somebody decides", "[ops][resolve]") {
  Hand hand;
  hand.accept(hand.intend({"d-1"}), "job-1");
  hand.finish("job-1", "d-1", GENERATE(Outcome::unknown, Outcome::unhealthy, Outcome::overdue));
  REQUIRE(next_action(hand, "d-1") == Action::held);
  resolve_desktops(hand.deps(), named({"d-1"}), Resolution::ready, "looked at it");
  CHECK(next_action(hand, "d-1") == std::nullopt);
}

TEST_CASE("there is nothing to decide about a ready desktop, and then none is decided", "[ops][resolve]") {
  Hand hand;
  hand.intend({"d-1"});
  const std::string before = text_of(hand);
  const Error error = error_of([&] {
    resolve_desktops(hand.deps(), named({"d-1", "d-2"}), Resolution::failed, "all of them");
  });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(std::string{error.what()} == "Desktop d-2 is recorded as ready: there is nothing to decide");
  CHECK(text_of(hand) == before);
}

TEST_CASE("what writes the state waits for the lock and says who has it", "[ops]") {
  Hand hand;
  const auto locked = hand.store.lock();
  CHECK(error_of([&] { remove_desktops(hand.deps(), named({"d-1"})); }).kind() == ErrorKind::locked);
  CHECK(error_of([&] { resolve_desktops(hand.deps(), named({"d-1"}), Resolution::ready, "x"); }).kind() ==
        ErrorKind::locked);
  CHECK(error_of([&] { push_state(hand.deps(), push_of(hand.store.read())); }).kind() == ErrorKind::locked);
}

// --- state push -----------------------------------------------------------------------------------------------------

TEST_CASE("a state that went further takes the place of the stored one, ahead of both", "[ops][push]") {
  Hand hand;
  State further = hand.store.read();
  further.serial += 5;
  further.desktops.erase({kProd, DesktopId{"d-4"}});
  further.desktops.at({kProd, DesktopId{"d-1"}}).name = "FIN-1";
  const std::int64_t serial = further.serial;
  const PushReport report = push_state(hand.deps(), push_of(further));
  CHECK(report.serial == serial + 1);
  CHECK(hand.store.read().serial == serial + 1);
  CHECK(report.desktops == 3);
  CHECK(report.removed == 1);
  CHECK(report.changed == 1);
  CHECK(report.added == 0);
}

TEST_CASE("pushing what is stored already writes nothing", "[ops][push]") {
  Hand hand;
  const std::string before = text_of(hand);
  CHECK(push_state(hand.deps(), push_of(hand.store.read())).same);
  CHECK(text_of(hand) == before);
}

TEST_CASE("anything can be pushed where nothing is stored", "[ops][push]") {
  Hand hand;
  hand.intend({"d-1"});
  const State state = hand.store.read();
  Hand other;
  MemoryStateStore empty(other.clock);
  OpDeps deps = other.deps();
  const OpDeps onto_empty{empty, deps.clouds, deps.clock, deps.observer, deps.who, deps.lock_wait, deps.keep_errored};
  CHECK_FALSE(push_state(onto_empty, push_of(state)).same);
  CHECK(empty.read().lineage == state.lineage);
  CHECK(empty.read().intents.size() == 1);
}

TEST_CASE("what a state left behind when it moved is pushed by force alone, and lives where it was pushed to",
          "[ops][push]") {
  Hand hand;
  hand.write(Migrated{"postgresql://db.example.com/gild"});
  const State left = hand.store.read();
  Hand other;
  MemoryStateStore empty(other.clock);
  OpDeps deps = other.deps();
  const OpDeps onto_empty{empty, deps.clouds, deps.clock, deps.observer, deps.who, deps.lock_wait, deps.keep_errored};
  const Error error = error_of([&] { push_state(onto_empty, push_of(left)); });
  CHECK(error.kind() == ErrorKind::refused);
  CHECK(std::string{error.what()}.find("moved to postgresql://db.example.com/gild") != std::string::npos);
  CHECK(empty.read().lineage.empty());
  CHECK_FALSE(push_state(onto_empty, push_of(left, true)).same);
  CHECK_FALSE(empty.read().moved_to);
}

TEST_CASE("state push refuses another lineage, an older serial and a fork, each unless forced", "[ops][push]") {
  Hand hand;
  hand.write(Removed{{{kProd, DesktopId{"d-4"}}}});
  State state = hand.store.read();
  std::string why;
  SECTION("another lineage") {
    state.lineage = "22222222-2222-4222-8222-222222222222";
    state.serial += 10;
    why = "is another state: its lineage is";
  }
  SECTION("an older serial") {
    state.serial -= 1;
    why = "is older than the state here: serial";
  }
  SECTION("an equal serial with other content") {
    state.desktops.at({kProd, DesktopId{"d-1"}}).name = "other";
    why = "has the serial of the state here";
  }
  const std::string before = text_of(hand);
  const Error error = error_of([&] { push_state(hand.deps(), push_of(state)); });
  CHECK(error.kind() == ErrorKind::refused);
  CHECK(std::string{error.what()}.find(why) != std::string::npos);
  CHECK(text_of(hand) == before);

  const std::int64_t serial = hand.store.read().serial;
  CHECK_FALSE(push_state(hand.deps(), push_of(state, true)).same);
  CHECK(hand.store.read().serial == std::max(serial, state.serial) + 1);
  CHECK(hand.store.read().lineage == state.lineage);
}

TEST_CASE("no push, forced or not, forgets a request or a job that is open here", "[ops][push]") {
  Hand hand;
  const State old = hand.store.read();
  const std::int64_t intent = hand.intend({"d-1", "d-2"});
  const bool accepted = GENERATE(false, true);
  if (accepted) hand.accept(intent, "job-1");
  const bool force = GENERATE(false, true);
  State pushed = old;
  SECTION("an older copy") {}
  SECTION("a copy that went another way since, and further") {
    pushed.serial += 100;
  }
  SECTION("another state") {
    pushed.lineage = "22222222-2222-4222-8222-222222222222";
    pushed.serial += 100;
  }
  const std::string before = text_of(hand);
  const Error error = error_of([&] { push_state(hand.deps(), push_of(pushed, force)); });
  CHECK(error.kind() == ErrorKind::refused);
  CHECK(std::string{error.what()} ==
        fmt::format("backup.json knows nothing of what is open here:\n{} of group finance: d-1 and d-2",
                    accepted ? "job job-1" : "request 4"));
  CHECK(error.advice().find("gild state resolve d-1 --as ready|failed|not-received --reason TEXT") !=
        std::string::npos);
  CHECK(text_of(hand) == before);

  // Once a person has decided, --force takes it.
  resolve_desktops(hand.deps(), named({"d-1", "d-2"}), Resolution::failed, "looked at them");
  CHECK_FALSE(push_state(hand.deps(), push_of(pushed, true)).same);
  CHECK(hand.record("d-1").status == DesktopStatus::ready);
}

TEST_CASE("what a failed run kept elsewhere can be pushed, with the job that the store never heard of", "[ops][push]") {
  Hand hand;
  const std::int64_t intent = hand.intend({"d-1", "d-2"});
  const State here = hand.store.read();
  hand.accept(intent, "job-1");
  hand.finish("job-1", "d-1", Outcome::ready);
  const State kept = hand.store.read();

  MemoryStateStore store(hand.clock, here);
  OpDeps deps = hand.deps();
  const OpDeps onto{store, deps.clouds, deps.clock, deps.observer, deps.who, deps.lock_wait, deps.keep_errored};
  CHECK_FALSE(push_state(onto, push_of(kept)).same);
  CHECK(store.read().jobs.contains({JobId{"job-1"}, kProd}));
  CHECK(store.read().find(kProd, DesktopId{"d-1"})->status == DesktopStatus::ready);
}

TEST_CASE("a state edited by hand so that an open desktop looks closed is not pushed", "[ops][push]") {
  Hand hand;
  hand.intend({"d-1"});
  State pushed = hand.store.read();
  pushed.serial += 1;
  SECTION("recorded as ready while a request is open") {
    pushed.desktops.at({kProd, DesktopId{"d-1"}}).status = DesktopStatus::ready;
  }
  SECTION("recorded as settling while nothing is open") {
    pushed.intents.clear();
  }
  SECTION("open, and not recorded") {
    pushed.desktops.erase({kProd, DesktopId{"d-1"}});
  }
  const std::string before = text_of(hand);
  CHECK(error_of([&] { push_state(hand.deps(), push_of(pushed, true)); }).kind() == ErrorKind::input);
  CHECK(text_of(hand) == before);
}

TEST_CASE("a push that the disk does not take leaves the stored state and keeps nothing elsewhere", "[ops][push]") {
  Hand hand;
  State pushed = hand.store.read();
  pushed.serial += 1;
  hand.store.fail_fold(hand.store.folds() + 1, 10);
  CHECK(error_of([&] { push_state(hand.deps(), push_of(pushed)); }).kind() == ErrorKind::storage);
  CHECK(hand.store.read().serial == pushed.serial - 1);
  CHECK(hand.store.lock_holders().empty());
}

}  // namespace
}  // namespace gild::test
