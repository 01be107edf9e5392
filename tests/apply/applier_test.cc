// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/applier.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "tests/apply/judge.hpp"

namespace gild {

TEST_CASE("250 desktops are rebuilt in three requests, and a second apply has nothing to do") {
  Scenario s(250);
  const ApplyReport report = s.apply();
  const auto polls = static_cast<std::size_t>(s.clock.slept() / s.workspace.poll) + 1;
  CHECK(s.cloud.reads() <= 3 * 3 + polls * 2);
  CHECK(report.count(DesktopEnd::ready) == 250);
  CHECK(s.cloud.submissions() == 3);
  CHECK(s.model.most_under_way() <= 100);
  CHECK(s.recorded(DesktopStatus::ready) == 250);
  CHECK(s.wiped_twice() == 0);
  CHECK(s.store.read().rollouts.empty());
  CHECK(s.apply().desktops.empty());
  CHECK(s.cloud.submissions() == 3);
}

TEST_CASE("at most three reads go before a batch, never one a desktop") {
  Scenario s(300);
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::seconds{10};
  s.max_unavailable = 300;
  s.workspace.max_in_flight = 300;
  s.apply({.wait = false});
  CHECK(s.cloud.submissions() == 3);
  CHECK(s.cloud.reads() <= 9);
}

TEST_CASE("forty jobs are followed by lists, not one by one and never by desktop") {
  Scenario s(4000);
  s.max_unavailable = 4000;
  s.workspace.max_in_flight = 4000;
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::ready) == 4000);
  CHECK(s.cloud.submissions() == 40);
  // Four thousand records are four or five pages. At each poll they are read once, and the desktops by hundreds while
  // they are verified; per batch there is one read of its desktops.
  const auto polls = static_cast<std::size_t>(s.clock.slept() / s.workspace.poll) + 1;
  CHECK(s.cloud.calls(CallKind::sub_jobs) <= polls * 6);
  CHECK(s.cloud.calls(CallKind::detail) <= 40 + polls * 10);
  CHECK(s.cloud.calls(CallKind::job) == 0);
}

TEST_CASE("a desktop that has the image already is recorded, not wiped") {
  Scenario s(3);
  s.model.desktop(s.ids[1]).image_id = ImageId{"new"};
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::already) == 1);
  CHECK(s.model.wipes_of(s.ids[1]) == 0);
  CHECK(s.recorded(DesktopStatus::ready) == 3);
}

TEST_CASE("a lost answer is never answered by sending again") {
  Scenario s(3);
  const Executed executed = GENERATE(Executed::yes, Executed::no);
  s.cloud.lose_answer_of_submission(1, executed);
  const ApplyReport report = s.apply();
  CHECK(s.cloud.submissions() == 1);
  CHECK(s.wiped_twice() == 0);
  if (executed == Executed::yes) {
    CHECK(report.count(DesktopEnd::ready) == 3);  // its job was found and followed
  } else {
    CHECK(report.count(DesktopEnd::settling) == 3);
    CHECK(report.look_again_in.has_value());
  }
}

TEST_CASE("a request that never arrived goes again in a later run, once that is proven") {
  Scenario s(3);
  s.cloud.lose_answer_of_submission(1, Executed::no);
  s.apply();
  s.clock.advance(std::chrono::minutes{10});
  CHECK(s.apply().count(DesktopEnd::settling) == 3);
  CHECK(s.cloud.submissions() == 1);
  s.clock.advance(std::chrono::minutes{25});
  CHECK(s.apply().count(DesktopEnd::ready) == 3);
  CHECK(s.cloud.submissions() == 2);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("what is proven not received goes again in today's batches and with today's options") {
  Scenario s(6);
  s.workspace.settle = std::chrono::minutes{10};
  s.cloud.lose_answer_of_submission(1, Executed::no);
  s.apply({.wait = false});
  s.batch_size = 2;
  s.options.message = "today";
  const Plan plan = s.plan(s.store.read());
  CHECK(plan.empty());  // all of it is in progress
  s.clock.advance(std::chrono::minutes{15});
  CHECK(s.apply(plan).count(DesktopEnd::ready) == 6);
  REQUIRE(s.model.requests().size() == 3);
  for (const ReceivedRequest& received : s.model.requests()) {
    CHECK(received.request.desktop_ids.size() == 2);
    CHECK(received.request.options.message == "today");
  }
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("a run for one group leaves the rollout of another open") {
  Scenario s(4);
  s.sales = {s.ids[2], s.ids[3]};
  s.batch_size = 2;
  s.workspace.max_in_flight = 2;
  const Plan saved = s.plan(s.store.read());
  CHECK(s.apply(saved, {.wait = false}).count(DesktopEnd::waiting) == 2);
  s.clock.advance(std::chrono::minutes{10});
  Plan narrowed = s.plan(s.store.read());
  narrowed.groups.pop_back();
  narrowed.batches.clear();
  std::erase_if(narrowed.desktops, [](const PlannedDesktop& desktop) { return desktop.group == GroupName{"sales"}; });
  CHECK(s.apply(narrowed).count(DesktopEnd::ready) == 2);
  CHECK(s.apply(saved).count(DesktopEnd::ready) == 4);
  CHECK(s.cloud.submissions() == 2);
  CHECK(s.store.read().rollouts.empty());
}

TEST_CASE("a rollout closes once a plan for all its groups finds nothing left to send") {
  Scenario s(2);
  s.apply({.wait = false});
  CHECK(s.store.read().rollouts.size() == 1);
  s.clock.advance(std::chrono::minutes{10});
  s.apply();
  CHECK(s.store.read().rollouts.empty());
}

TEST_CASE("open jobs in a Workspace that no manifest names are told of") {
  Scenario s(2);
  s.apply({.wait = false});
  s.workspace.name = WorkspaceName{"other"};
  s.ids = add_fleet(s.model, 1, "old", "other");
  CHECK(s.apply().notes ==
        std::vector<std::string>{"Workspace prod has open requests or jobs, but no manifest names it: they are not "
                                 "followed."});
}

TEST_CASE("where the proof comes soon, the same run waits for it and sends again") {
  Scenario s(3);
  s.workspace.settle = std::chrono::seconds{30};
  s.cloud.lose_answer_of_submission(1, Executed::no);
  CHECK(s.apply().count(DesktopEnd::ready) == 3);
  CHECK(s.cloud.submissions() == 2);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("sub-jobs that are never listed keep an executed request from being sent again") {
  Scenario s(2);
  s.model.knobs().sub_jobs_never_listed = true;
  s.workspace.settle = std::chrono::seconds{60};
  s.cloud.lose_answer_of_submission(1, Executed::yes);
  s.apply();
  s.clock.advance(std::chrono::hours{1});
  s.apply();
  s.clock.advance(std::chrono::minutes{5});
  s.apply();
  CHECK(s.cloud.submissions() == 1);
  CHECK(s.wiped_twice() == 0);
  CHECK(s.recorded(DesktopStatus::ready) == 2);  // seen by two late looks, without a record
}

TEST_CASE("throttling and a lost connection are waited out; each try has its own intent") {
  Scenario s(2);
  SECTION("throttled with a wait") {
    s.cloud.throttle_submission(1, Duration{5000}, 2);
  }
  SECTION("throttled without one") {
    s.cloud.throttle_submission(1, std::nullopt, 2);
  }
  SECTION("no connection") {
    s.cloud.cut_connection_before_submission(1, 2);
  }
  CHECK(s.apply().count(DesktopEnd::ready) == 2);
  CHECK(s.cloud.submissions() == 3);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("a refused token is renewed once; a second refusal ends the run") {
  Scenario s(2);
  SECTION("once") {
    s.cloud.expire_token_at_submission(1);
    CHECK(s.apply().count(DesktopEnd::ready) == 2);
  }
  SECTION("twice") {
    s.cloud.expire_token_at_submission(1, 2);
    const ApplyReport report = s.apply();
    REQUIRE(report.failure);
    CHECK(report.failure->kind() == ErrorKind::service);
    CHECK(report.count(DesktopEnd::waiting) == 2);
    CHECK(s.model.wipes().empty());
  }
}

TEST_CASE("a place for the request is waited for before the intent, never found missing after it") {
  Scenario s(6);
  s.batch_size = 2;
  CHECK(s.apply().count(DesktopEnd::ready) == 6);
  CHECK(s.observer.count<event::RequestSending>() == 3);
  CHECK(s.observer.count<event::RequestNotExecuted>() == 0);
}

TEST_CASE("nothing is sent on a list of running rebuilds that has grown old while the desktops were read") {
  Scenario s(3);
  s.model.knobs().accepts_second_rebuild = true;
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::minutes{3};
  s.model.knobs().task_gap = std::chrono::minutes{20};  // in which only the sub-job tells that it is being rebuilt
  FaultRule slow;
  slow.on = CallKind::detail;
  slow.fault.kind = Fault::Kind::slow;
  slow.fault.wait = std::chrono::minutes{5};
  s.cloud.faults().add(slow);
  s.cloud.at(std::chrono::seconds{30}, [&](ServiceModel& model) {
    model.rebuild_by_somebody({s.ids[0]}, {ImageId{"newer"}, "private", std::nullopt});
  });
  const ApplyReport report = s.apply();
  CHECK(s.model.asked_for_while_under_way().empty());
  CHECK(report.count(DesktopEnd::held) == 1);
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("a service that asks for a pause longer than half an hour is not waited for") {
  Scenario s(2);
  s.cloud.throttle_submission(1, std::chrono::hours{24});
  const ApplyReport report = s.apply();
  REQUIRE(report.failure);
  CHECK(std::string(report.failure->what()).find("24 h") != std::string::npos);
  CHECK(s.clock.slept() < std::chrono::hours{1});
  CHECK(report.count(DesktopEnd::waiting) == 2);
}

TEST_CASE("an outage of half an hour ends the run, a shorter one does not") {
  Scenario s(2);
  s.cloud.cut_connection_before_submission(1, 100'000);
  SECTION("it ends in time") {
    s.cloud.at(std::chrono::minutes{20}, [&](ServiceModel&) { s.cloud.faults().clear(); });
    CHECK(s.apply().count(DesktopEnd::ready) == 2);
  }
  SECTION("it goes on") {
    const ApplyReport report = s.apply();
    REQUIRE(report.failure);
    CHECK(report.failure->kind() == ErrorKind::service);
    CHECK(s.clock.slept() <= std::chrono::minutes{30});
    CHECK(s.clock.slept() > std::chrono::minutes{25});
  }
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("a desktop whose request was not executed is waiting, never ready") {
  Scenario s(3);
  SECTION("interrupted while the service asks for a pause") {
    s.cloud.throttle_submission(1, Duration{60'000}, 100);
    s.clock.at(std::chrono::seconds{30}, [&] { s.stop.request_stop(); });
    CHECK(s.apply().interrupted);
  }
  SECTION("a run that does not wait") {
    s.cloud.throttle_submission(1, Duration{60'000}, 100);
    s.apply({.wait = false});
  }
  SECTION("the desktop that the service named cannot be read again") {
    s.cloud.answer_submission(1, 400, "WKS.1", "bad, resource id [" + s.ids[0].str() + "]");
    s.cloud.fail_read(CallKind::detail, 2);
    CHECK(s.apply().failure);
  }
  const ApplyReport report = s.last;
  CHECK(report.count(DesktopEnd::ready) == 0);
  CHECK(report.count(DesktopEnd::waiting) == 3);
  CHECK(s.model.wipes().empty());
}

TEST_CASE("a saved plan that goes on does not call a desktop ready whose request was proven not received") {
  Scenario s(4);
  s.batch_size = 2;
  s.workspace.settle = std::chrono::seconds{600};
  s.cloud.lose_answer_of_submission(1, Executed::no);
  s.apply({.wait = false});
  // Two desktops are open from the run before, two are done: this plan has the two as in progress, and one new one.
  s.image = "new";
  const auto late = add_fleet(s.model, 1, "old", "late");
  s.ids.push_back(late.front());
  const Plan plan = s.plan(s.store.read());
  // The service asks for a pause until the proof of the two is complete, and then the run is interrupted.
  s.cloud.throttle_submission(1, Duration{900'000}, 100);
  s.clock.advance(std::chrono::minutes{15});
  s.clock.at(s.clock.elapsed() + std::chrono::minutes{12}, [&] { s.stop.request_stop(); });
  CHECK(s.apply(plan).interrupted);
  s.stop = std::stop_source{};
  s.cloud.faults().clear();
  const ApplyReport report = s.apply(plan);
  for (const DesktopOutcome& outcome : report.desktops) {
    INFO(outcome.key.id.str() << " " << name_of(outcome.end));
    if (outcome.end == DesktopEnd::ready) CHECK(s.model.desktop(outcome.key.id).image_id == ImageId{"new"});
  }
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("a certificate that does not verify ends the run at once") {
  Scenario s(2);
  s.cloud.reject_certificate_at_submission(1);
  const ApplyReport report = s.apply();
  REQUIRE(report.failure);
  CHECK(s.cloud.submissions() == 1);
}

TEST_CASE("what never left this machine is not counted as a request that was sent") {
  Scenario s(4);
  s.batch_size = 2;
  s.cloud.reject_certificate_at_submission(2);
  const ApplyReport report = s.apply();
  REQUIRE(report.failure);
  CHECK(report.requests == 1);
  CHECK(std::string(report.failure->advice()).find("what was sent before goes on") != std::string::npos);
}

TEST_CASE("one unknown desktop among a hundred is held as gone, and the others go once more") {
  Scenario s(100);
  const DesktopId gone = s.ids[40];
  // It vanishes between the read and the request.
  s.cloud.at(Duration{170}, [&](ServiceModel& model) { model.remove_desktop(gone); });
  const ApplyReport report = s.apply();
  CHECK(s.cloud.submissions() == 2);
  CHECK(report.count(DesktopEnd::ready) == 99);
  CHECK(report.count(DesktopEnd::held) == 1);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("409: the named desktop is held, the others settle before they may go again") {
  Scenario s(4);
  const DeniedDesktop how = GENERATE(DeniedDesktop::refuses_all, DeniedDesktop::rest_executed);
  s.model.knobs().denied_desktop = how;
  s.workspace.settle = std::chrono::seconds{60};
  s.cloud.conflict_on(s.ids[2]);
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::held) == 1);
  CHECK(report.count(DesktopEnd::ready) == 3);
  CHECK(s.model.wipes_of(s.ids[2]) == 0);
  CHECK(s.wiped_twice() == 0);
}

TEST_CASE("success is believed only when the desktop shows the image") {
  Scenario s(1);
  Fate fate;
  fate.end = Fate::End::success_without_image;
  s.model.set_fate(s.ids[0], fate);
  CHECK(s.apply().count(DesktopEnd::unhealthy) == 1);
  CHECK(s.recorded(DesktopStatus::unhealthy) == 1);
  // It is read again by every later run, and believed once it shows the image.
  s.model.desktop(s.ids[0]).image_id = ImageId{"new"};
  s.apply();
  CHECK(s.recorded(DesktopStatus::ready) == 1);
}

TEST_CASE("two Workspaces whose services give out the same job id are each followed by its own") {
  Scenario s(2, 7);
  ServiceModel other(7);
  SimulatedCloud annex(other, s.clock);
  annex.demand_places();
  s.cloud.add_workspace(WorkspaceName{"annex"}, annex);
  s.sales = add_fleet(other, 2, "old", "annex");
  add_private_image(other, "new");
  s.ids.insert(s.ids.end(), s.sales.begin(), s.sales.end());
  other.fail_job_of(s.sales[0]);
  Plan plan = s.plan(s.store.read());
  plan.workspaces.push_back(s.workspace);
  plan.workspaces.back().name = WorkspaceName{"annex"};
  for (PlannedGroup& group : plan.groups) {
    if (group.name == GroupName{"sales"}) group.workspace = WorkspaceName{"annex"};
  }
  for (PlannedBatch& batch : plan.batches) {
    if (batch.group == GroupName{"sales"}) batch.workspace = WorkspaceName{"annex"};
  }
  for (PlannedDesktop& desktop : plan.desktops) {
    if (desktop.group == GroupName{"sales"}) desktop.workspace = WorkspaceName{"annex"};
  }

  s.apply(plan, {.wait = false});
  const State sent = s.store.read();
  REQUIRE(sent.jobs.size() == 2);
  REQUIRE(sent.jobs.begin()->first.id == std::next(sent.jobs.begin())->first.id);
  // As a run that crashed leaves it: read anew, snapshot and journal.
  s.store = s.store.crashed_copy(0);
  const ApplyReport report = s.apply(plan);
  CHECK(report.count(DesktopEnd::ready) == 3);
  CHECK(report.count(DesktopEnd::failed) == 1);
  const State state = s.store.read();
  CHECK(state.jobs.empty());
  CHECK(state.find(WorkspaceName{"annex"}, s.sales[0])->status == DesktopStatus::failed);
  CHECK(state.find(WorkspaceName{"annex"}, s.sales[1])->status == DesktopStatus::ready);
  CHECK(s.model.requests().size() == 1);
  CHECK(other.requests().size() == 1);
}

TEST_CASE("a saved plan goes on after an interrupt, never beyond itself") {
  Scenario s(6);
  s.batch_size = 2;
  s.max_unavailable = 2;
  const Plan plan = s.plan(s.store.read());
  s.clock.at(std::chrono::seconds{30}, [&] { s.stop.request_stop(); });
  const ApplyReport first = s.apply(plan);
  CHECK(first.interrupted);
  CHECK(first.count(DesktopEnd::waiting) > 0);
  s.stop = std::stop_source{};
  const ApplyReport second = s.apply(plan);
  CHECK(second.count(DesktopEnd::ready) + second.count(DesktopEnd::already) == 6);
  CHECK(s.wiped_twice() == 0);
  CHECK(s.cloud.submissions() == 3);
  CHECK_THROWS_AS(s.apply(plan), Error);  // done: the plan is stale now
}

TEST_CASE("a stale plan is refused before anything is sent") {
  Scenario s(2);
  const Plan plan = s.plan(s.store.read());
  s.apply();
  try {
    s.apply(plan);
    FAIL("a stale plan was applied");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(std::string(error.what()) == "This plan was made for another state");
  }
}

TEST_CASE("a plan made at an earlier serial of the state is refused before anything is sent") {
  Scenario s(2);
  s.apply();
  s.image = "newer";
  const State then = s.store.read();
  const Plan plan = s.plan(then);
  s.apply();
  const State now = s.store.read();
  const std::size_t submissions = s.cloud.submissions();
  try {
    s.apply(plan);
    FAIL("a stale plan was applied");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(std::string(error.what()) ==
          fmt::format("This plan is stale: it was made at serial {} of the state, which is now at {}", then.serial,
                      now.serial));
  }
  CHECK(s.cloud.submissions() == submissions);
}

TEST_CASE("where the disk has no room for the answer, nothing is sent") {
  Scenario s(2);
  s.store.refuse_reserve(1);
  const ApplyReport report = s.apply();
  REQUIRE(report.failure);
  CHECK(report.failure->kind() == ErrorKind::storage);
  CHECK(s.cloud.submissions() == 0);
}

TEST_CASE("records that vanish make a desktop unknown, never failed and never ready") {
  Scenario s(2);
  s.apply({.wait = false});
  s.clock.advance(std::chrono::minutes{10});
  s.model.advance_to(s.clock.service_now());
  s.model.forget_job(s.store.read().jobs.begin()->first.id);
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::unknown) == 2);
  CHECK(s.recorded(DesktopStatus::unknown) == 2);
  CHECK(s.apply().requests == 0);  // held until a person decides
}

TEST_CASE("the image shown early, late or after a failure makes nobody ready before its time") {
  Scenario s(4);
  ServiceKnobs& knobs = s.model.knobs();
  knobs.image_shown = ImageShown::at_start;
  knobs.image_changes_on_failure = true;
  knobs.task_gap = std::chrono::seconds{40};
  knobs.image_late = std::chrono::minutes{5};
  s.model.fail_job_of(s.ids[3]);
  s.max_failures = 4;
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::ready) == 3);
  CHECK(report.count(DesktopEnd::failed) == 1);
  // A failed desktop that shows the image is rebuilt all the same.
  s.model.forgive(s.ids[3]);
  CHECK(s.apply().count(DesktopEnd::ready) == 1);
  CHECK(s.model.wipes_of(s.ids[3]) == 2);
}

TEST_CASE("another revision rebuilds onto the same image once, and a lost answer to that is left to a person") {
  Scenario s(2);
  s.revision = "w47";
  s.apply();
  s.revision = "w48";
  SECTION("answered") {
    CHECK(s.apply().count(DesktopEnd::ready) == 2);
    CHECK(s.apply().desktops.empty());
    CHECK(s.cloud.submissions() == 2);
  }
  SECTION("lost, and not carried out: the image proves nothing") {
    s.cloud.lose_answer_of_submission(2, Executed::no);
    s.apply();
    for (int i = 0; i < 5; ++i) {
      s.clock.advance(std::chrono::minutes{60});
      CHECK(s.apply().count(DesktopEnd::settling) == 2);
    }
    CHECK_FALSE(s.last.notes.empty());
    CHECK(s.cloud.submissions() == 2);
  }
  SECTION("lost, but carried out: its sub-jobs are found") {
    s.cloud.lose_answer_of_submission(2, Executed::yes);
    CHECK(s.apply().count(DesktopEnd::ready) == 2);
    CHECK(s.cloud.submissions() == 2);
  }
}

TEST_CASE("somebody's rebuild in the console is held, and taken for nobody's but theirs") {
  Scenario s(3);
  s.model.knobs().accepts_second_rebuild = true;
  const auto by_somebody = [&](ServiceModel& model) {
    model.rebuild_by_somebody({s.ids[0]}, {ImageId{"newer"}, "private", std::nullopt});
  };
  SECTION("before the run") {
    s.cloud.at(Duration{0}, by_somebody);
    const ApplyReport report = s.apply();
    CHECK(report.count(DesktopEnd::held) == 1);
    CHECK(report.count(DesktopEnd::ready) == 2);
  }
  SECTION("after it: the drift is seen, not wiped away") {
    s.apply();
    s.image = "newer";
    s.cloud.at(s.clock.elapsed(), by_somebody);
    s.clock.advance(std::chrono::minutes{10});
    const ApplyReport report = s.apply();
    CHECK(report.count(DesktopEnd::already) == 1);
    CHECK(report.count(DesktopEnd::ready) == 2);
  }
  CHECK(s.model.asked_for_while_under_way().empty());
  CHECK(s.model.wiped_repeatedly().size() == (s.image == "newer" ? 2U : 0U));
}

TEST_CASE("clocks that jump prove nothing") {
  Scenario s(3);
  s.cloud.lose_answer_of_submission(1, Executed::no);
  s.apply();
  for (const auto skew : {std::chrono::hours{-30}, std::chrono::hours{30}, std::chrono::hours{0}}) {
    s.clock.set_skew(skew);
    s.apply();
    s.clock.advance(std::chrono::minutes{2});
  }
  CHECK(s.recorded(DesktopStatus::settling) == 3);
  CHECK(s.cloud.submissions() == 1);
  s.cloud.hide_service_time();
  s.clock.advance(std::chrono::hours{5});
  CHECK(s.apply().count(DesktopEnd::settling) == 3);  // without the service's own clock there is no proof
  CHECK(s.cloud.submissions() == 1);
}

}  // namespace gild
