// SPDX-License-Identifier: Apache-2.0
// The applier stopped at every call of every seam: by a power cut, by two of them, by an interrupt, by a disk that
// fails. Whatever the place, the runs that follow come to the end that an undisturbed run has, without a second wipe.
#include <array>

#include <catch2/catch.hpp>

#include "tests/apply/judge.hpp"
#include "tests/support/effort.hpp"

namespace gild {
namespace {

enum class Mishap { none, answer_lost_after, answer_lost_before, throttled, conflict };

void build(Scenario& s, Mishap mishap) {
  s.sales = {s.ids[4], s.ids[5]};
  s.batch_size = 2;
  s.max_unavailable = 3;
  s.max_failures = 10;
  s.workspace.max_in_flight = 4;
  s.workspace.settle = std::chrono::minutes{10};
  s.model.knobs().accepts_second_rebuild = true;  // the worst service there can be: it wipes as often as it is asked
  s.model.knobs().sub_jobs_listed_after = Duration{20'000};
  s.model.knobs().denied_desktop = DeniedDesktop::rest_executed;
  switch (mishap) {
    case Mishap::none:
      return;
    case Mishap::answer_lost_after:
      return s.cloud.lose_answer_of_submission(2, Executed::yes);
    case Mishap::answer_lost_before:
      return s.cloud.lose_answer_of_submission(2, Executed::no);
    case Mishap::throttled:
      return s.cloud.throttle_submission(1, std::nullopt, 2);
    case Mishap::conflict:
      return s.cloud.at(Duration{0}, [id = s.ids[1]](ServiceModel& model) { model.deny_rebuild_of(id); });
  }
}

std::size_t calls_of_a_run(Mishap mishap) {
  Scenario s(6);
  build(s, mishap);
  CrashPoint counting;
  s.set_crash_point(&counting);
  s.apply();
  return counting.calls();
}

void go_on_to_the_end(Scenario& s, Mishap mishap) {
  for (int run = 0; run < 5; ++run) {
    s.apply({.resume = true});
    judge_report(s, s.last_plan, s.last);
    s.clock.advance(std::chrono::minutes{20});
  }
  judge_wipes(s);
  judge_intents(s);
  judge_state(s);
  CHECK(s.recorded(DesktopStatus::ready) == (mishap == Mishap::conflict ? 5 : 6));
  CHECK(s.store.read().intents.empty());
  CHECK(s.store.read().jobs.empty());
}

const auto kMishaps = {Mishap::none, Mishap::answer_lost_after, Mishap::answer_lost_before, Mishap::throttled,
                       Mishap::conflict};

}  // namespace

TEST_CASE("a power cut at any call of any seam, and another while recovering, wipes nothing twice") {
  for (const Mishap mishap : kMishaps) {
    const std::size_t calls = calls_of_a_run(mishap);
    // Every pair of places would take a minute; each place of recovery meets every fifth one of the first run.
    const std::size_t step = (mishap == Mishap::answer_lost_after ? 1 : 5) * test::kOneIn;
    for (std::size_t first = 1; first <= calls; ++first) {
      for (std::size_t second = first % step;; second += step) {
        const std::size_t kept = std::array<std::size_t, 3>{0, 1, 100}[(first + second) % 3];  // unsynced records
        INFO("mishap " << static_cast<int>(mishap) << ", power cuts at calls " << first << " and then " << second
                       << ", unsynced records kept: " << kept);
        Scenario s(6);
        build(s, mishap);
        REQUIRE(s.apply_until_crash(first, kept));
        judge_jobs(s);
        const bool crashed_again = s.apply_until_crash(second, kept);
        go_on_to_the_end(s, mishap);
        if (second > 0 && !crashed_again) break;
      }
    }
  }
}

TEST_CASE("an interrupt at any call of any seam loses nothing and leaves nothing unsaid") {
  for (const Mishap mishap : kMishaps) {
    const std::size_t calls = calls_of_a_run(mishap);
    for (std::size_t at = 1; at <= calls; ++at) {
      INFO("mishap " << static_cast<int>(mishap) << ", interrupt at call " << at);
      Scenario s(6);
      build(s, mishap);
      CrashPoint interrupt;
      std::size_t sent_before = 0;
      bool in_submit = false;
      interrupt.call_at(at, [&] {
        s.stop.request_stop();
        sent_before = s.cloud.submissions();
        in_submit = s.cloud.submitting();
      });
      s.set_crash_point(&interrupt);
      const Plan plan = s.plan(s.store.read());
      s.apply(plan);
      judge_report(s, plan, s.last);
      if (s.stop.stop_requested()) CHECK(s.cloud.submissions() - sent_before == (in_submit ? 1U : 0U));
      // The answer of a request under way was awaited and recorded: no intent is without one.
      for (const auto& [number, intent] : s.store.read().intents) CHECK(intent.lost);
      s.set_crash_point(nullptr);
      s.stop = std::stop_source{};
      go_on_to_the_end(s, mishap);
    }
  }
}

}  // namespace gild
