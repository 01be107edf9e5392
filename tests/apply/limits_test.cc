// SPDX-License-Identifier: Apache-2.0
// Limits and failures: what may be under way at once, when a group pauses, and how it goes on.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/apply/applier.hpp"
#include "engine/core/error.hpp"
#include "tests/apply/judge.hpp"

namespace gild {

TEST_CASE("a refused batch counts as failures and pauses the group; its desktops stay as they were") {
  Scenario s(4);
  s.batch_size = 2;
  s.max_unavailable = 2;
  s.cloud.answer_submission(1, 403, "WKS.0403", "no permission");
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::refused) == 2);
  CHECK(report.count(DesktopEnd::waiting) == 2);
  REQUIRE(report.paused.size() == 1);
  CHECK(report.paused[0].failures == 2);
  CHECK(s.cloud.submissions() == 1);
  CHECK(s.model.wipes().empty());
}

TEST_CASE("a desktop that the service keeps denying does not hold up the others for ever") {
  Scenario s(4);
  s.cloud.conflict_on(s.ids[2]);
  s.apply();
  s.clock.advance(std::chrono::minutes{40});
  s.apply();
  CHECK(s.recorded(DesktopStatus::ready) == 3);
  CHECK(s.model.wipes_of(s.ids[2]) == 0);
  CHECK(s.store.read().intents.empty());
}

TEST_CASE("desktops in use are skipped, which is no failure") {
  Scenario s(3);
  s.model.desktop(s.ids[0]).login_status = "CONNECTED";
  const ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::held) == 1);
  CHECK(report.paused.empty());
  CHECK(s.model.wipes_of(s.ids[0]) == 0);
}

TEST_CASE("a failing image pauses the group; the next run touches nothing; --resume goes on") {
  Scenario s(6);
  s.batch_size = 2;
  s.max_unavailable = 2;
  s.model.fail_job_of(s.ids[0]);
  s.model.fail_job_of(s.ids[1]);
  ApplyReport report = s.apply();
  CHECK(report.paused.size() == 1);
  const std::size_t requests = s.cloud.submissions();
  CHECK(requests < 3);

  report = s.apply();
  CHECK(report.nothing_else_to_do);
  CHECK(report.paused.size() == 1);
  CHECK(s.cloud.submissions() == requests);

  s.model.forgive(s.ids[0]);
  s.model.forgive(s.ids[1]);
  report = s.apply({.resume = true});
  CHECK(report.paused.empty());
  CHECK(s.recorded(DesktopStatus::ready) == 6);
}

TEST_CASE("a pause belongs to the target: another image starts at zero") {
  Scenario s(2);
  s.model.fail_jobs_onto(ImageId{"new"});
  CHECK(s.apply().paused.size() == 1);
  s.image = "newer";
  const ApplyReport report = s.apply();
  CHECK(report.paused.empty());
  CHECK(report.count(DesktopEnd::ready) == 2);
}

TEST_CASE("a job that never ends makes its desktop unknown, and its late outcome replaces that") {
  Scenario s(1);
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::hours{3};
  CHECK(s.apply().count(DesktopEnd::unknown) == 1);
  s.clock.advance(std::chrono::hours{4});
  s.apply();
  CHECK(s.recorded(DesktopStatus::ready) == 1);
  CHECK(s.cloud.submissions() == 1);
}

TEST_CASE("a desktop that is unknown by time-out goes on counting as under way, in this run and later ones") {
  Scenario s(2);
  s.batch_size = 1;
  s.max_unavailable = 1;
  s.max_failures = GENERATE(0, 100);  // paused or not: it is the limit that holds
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::hours{3};
  ApplyReport report = s.apply();
  CHECK(report.count(DesktopEnd::unknown) == 1);
  CHECK(report.count(DesktopEnd::waiting) == 1);
  const std::string job = s.store.read().jobs.begin()->first.id.str();
  const std::string told =
      "Job " + job +
      " of batch finance-1 has not ended in its time: 1 desktop of group finance counts as unknown, and as under way "
      "for max_unavailable and max_in_flight, since the service may still be wiping it. Every apply and refresh looks "
      "at the job again. Where it will never end, see in the service's console what became of each desktop, then run "
      "for each: gild state resolve " +
      s.ids[0].str() + " --as ready|failed|not-received --reason TEXT";
  CHECK(report.notes == std::vector<std::string>{told});

  report = s.apply({.resume = true});
  CHECK(report.requests == 0);
  CHECK(report.count(DesktopEnd::unknown) == 1);
  CHECK(report.count(DesktopEnd::waiting) == 1);
  CHECK(report.notes == std::vector<std::string>{told});
  CHECK(s.model.most_under_way() == 1);

  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::minutes{5};
  s.clock.advance(std::chrono::hours{4});
  report = s.apply({.resume = true});
  CHECK(report.notes.empty());
  CHECK(s.recorded(DesktopStatus::ready) == 2);
  CHECK(s.model.most_under_way() == 1);
  CHECK(s.store.read().jobs.empty());
}

TEST_CASE("a job that hangs in one group holds back another by max_in_flight, and never for longer than a run") {
  Scenario s(2);
  s.sales = {s.ids[1]};
  s.workspace.max_in_flight = 1;
  Fate fate;
  fate.end = Fate::End::never;
  s.model.set_fate(s.ids[0], fate);
  for (int run = 0; run < 3; ++run) {
    const ApplyReport report = s.apply();
    CHECK(report.count(DesktopEnd::unknown) == 1);
    CHECK(report.count(DesktopEnd::waiting) == 1);
    CHECK(report.notes.size() == 1);
  }
  CHECK(s.model.most_under_way() == 1);
  CHECK(s.clock.slept() < std::chrono::hours{2});
}

TEST_CASE("a place held by a job that hangs is free once a person decides, or the job is proven vanished") {
  Scenario s(2);
  s.batch_size = 1;
  s.max_unavailable = 1;
  s.max_failures = 100;
  Fate fate;
  fate.end = Fate::End::never;
  s.model.set_fate(s.ids[0], fate);
  s.apply();
  if (GENERATE(true, false)) {
    const auto locked = s.store.lock();
    locked->append(Resolved{{{s.workspace.name, s.ids[0]}}, Resolution::ready, "the console shows it", "me"});
    locked->fold_to_disk();
  } else {
    s.model.forget_job(s.store.read().jobs.begin()->first.id);
    CHECK(s.apply().requests == 0);  // one look proves nothing
    s.clock.advance(std::chrono::minutes{2});
  }
  CHECK(s.apply().requests == 1);
  CHECK(s.store.read().jobs.empty());
  CHECK(s.recorded(DesktopStatus::ready) >= 1);
}

TEST_CASE("with --no-wait a run sends what the limits allow and leaves the rest") {
  Scenario s(250);
  const ApplyReport report = s.apply({.wait = false});
  CHECK(report.count(DesktopEnd::rebuilding) == 100);
  CHECK(report.count(DesktopEnd::waiting) == 150);
  CHECK(s.store.read().jobs.size() == 1);
}

TEST_CASE("a group that pauses stops only itself, and what it had sent is followed to its end") {
  Scenario s(8);
  s.sales = {s.ids[4], s.ids[5], s.ids[6], s.ids[7]};
  s.batch_size = 1;
  s.max_unavailable = 2;
  s.model.fail_job_of(s.ids[0]);
  const ApplyReport report = s.apply();
  REQUIRE(report.paused.size() == 1);
  CHECK(report.paused[0].group == GroupName{"finance"});
  CHECK(report.count(DesktopEnd::failed) == 1);
  CHECK(report.count(DesktopEnd::waiting) >= 1);
  CHECK(report.count(DesktopEnd::waiting) + report.count(DesktopEnd::ready) == 7);
  CHECK_FALSE(report.nothing_else_to_do);
  for (const DesktopId& id : s.sales) CHECK(s.model.desktop(id).image_id == ImageId{"new"});
  CHECK(s.store.read().jobs.empty());
  judge_intents(s);
}

TEST_CASE("runs that do not wait go on where the one before stopped, within the same limits") {
  Scenario s(10);
  s.batch_size = 2;
  s.max_unavailable = 4;
  s.model.knobs().job_min = s.model.knobs().job_max = std::chrono::minutes{4};
  std::size_t runs = 0;
  while (s.recorded(DesktopStatus::ready) < 10 && ++runs < 50) {
    s.apply({.wait = false});
    s.clock.advance(std::chrono::minutes{1});
  }
  CHECK(s.recorded(DesktopStatus::ready) == 10);
  CHECK(s.cloud.submissions() == 5);
  CHECK(s.model.most_under_way() <= 4);
  judge_wipes(s);
  judge_intents(s);
}

TEST_CASE("what may no longer be sent is not sent, though it was still allowed when its desktops were read") {
  Scenario s(3);
  std::function<bool()> begun;
  SECTION("while they are read") {
    begun = [&] { return s.cloud.reads() > 0; };
  }
  SECTION("while the intent is recorded") {
    begun = [&] { return !s.store.read().intents.empty(); };
  }
  const auto why = [&] { return begun() ? std::optional<std::string>{"a freeze"} : std::nullopt; };
  const ApplyReport report = s.apply({.why_not_send = why});
  CHECK(s.model.requests().empty());
  CHECK(report.count(DesktopEnd::waiting) == 3);
  CHECK(s.store.read().intents.empty());
}

}  // namespace gild
