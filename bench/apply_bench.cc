// SPDX-License-Identifier: Apache-2.0
// What does an apply cost against a service that rebuilds at once: gild's own CPU time, without the service model's,
// and how many calls it makes?
#include <algorithm>
#include <map>

#include <benchmark/benchmark.h>

#include "bench/fleet.hpp"
#include "bench/simulated_service.hpp"
#include "engine/apply/applier.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/plan/planner.hpp"
#include "engine/simulation/memory_store.hpp"

namespace {

using namespace gild;
using bench::JobTimes;

// How many polls it would take to ask for each job by itself, at every poll until its last desktop has ended.
std::size_t polls_one_by_one(const ServiceModel& model, Duration poll) {
  std::map<JobId, Duration> lasted;
  for (const ServiceSubJob& sub_job : model.sub_jobs()) {
    Duration& longest = lasted[sub_job.shown.job_id];
    longest = std::max(longest, sub_job.ends - sub_job.created);
  }
  std::size_t polls = 0;
  for (const auto& [id, duration] : lasted) polls += static_cast<std::size_t>(duration / poll) + 1;
  return polls;
}

void report(benchmark::State& state, const Plan& plan, const ServiceModel& model, const SimulatedCloud& cloud) {
  const auto batches = static_cast<double>(plan.batches.size());
  const auto calls = [&](CallKind kind) { return static_cast<double>(cloud.calls(kind)); };
  state.counters["desktops"] = static_cast<double>(plan.summary.rebuild);
  state.counters["batches"] = batches;
  state.counters["rebuilds"] = calls(CallKind::rebuild);
  state.counters["detail"] = calls(CallKind::detail);
  state.counters["sub_jobs"] = calls(CallKind::sub_jobs);
  state.counters["jobs"] = calls(CallKind::job);
  state.counters["polls_one_by_one"] = static_cast<double>(polls_one_by_one(model, plan.workspaces.front().poll));
  const double all =
      calls(CallKind::rebuild) + calls(CallKind::detail) + calls(CallKind::sub_jobs) + calls(CallKind::job);
  state.counters["calls"] = all;
  state.counters["calls_a_batch"] = all / batches;
  state.counters["calls_a_desktop"] = all / static_cast<double>(plan.summary.rebuild);
}

// `groups`, `share`: a whole fleet in a few groups, or one in a hundred out of many.
void apply_fleet(benchmark::State& state, std::size_t groups, double share, const JobTimes& jobs) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  shape.groups = groups;
  shape.rebuild_share = share;
  bench::Fleet fleet = bench::make_fleet(shape);
  fleet.wanted.workspaces.front().max_in_flight = 1000;
  const Plan plan = make_plan(fleet.wanted, fleet.known);
  const std::string digest = plan_digest(plan);
  const ServiceModel untouched = bench::model_of(fleet, jobs);
  bench::SilentObserver observer;
  double own = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ServiceModel model = untouched;
    SimulatedClock clock;
    SimulatedCloud cloud(model, clock);
    bench::TimedCloud timed(cloud);
    MemoryStateStore store(clock, fleet.known);
    const auto locked = store.lock();
    state.ResumeTiming();
    const double begin = bench::cpu_seconds();
    const ApplyReport result = apply_plan(plan, digest, {timed, clock, *locked, observer}, {}, {});
    const double taken = bench::cpu_seconds() - begin;
    state.PauseTiming();
    own += taken - timed.seconds_in_service();
    if (result.count(DesktopEnd::ready) != plan.summary.rebuild) state.SkipWithError("not every desktop became ready");
    report(state, plan, model, cloud);
    state.ResumeTiming();
  }
  const double desktops = static_cast<double>(state.iterations()) * static_cast<double>(plan.summary.rebuild);
  state.counters["time_a_desktop"] = own / desktops;
}

void apply_whole_groups(benchmark::State& state) {
  apply_fleet(state, static_cast<std::size_t>(state.range(0)) / 500, 1, {});
}
BENCHMARK(apply_whole_groups)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

// The reference fleet, all of it: groups end in batches that are not full.
void apply_everything(benchmark::State& state) {
  apply_fleet(state, 500, 1, {});
}
BENCHMARK(apply_everything)->Arg(100'000)->Unit(benchmark::kMillisecond);

void apply_one_in_a_hundred(benchmark::State& state) {
  apply_fleet(state, 500, 0.01, {});
}
BENCHMARK(apply_one_in_a_hundred)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// Jobs that take as long as real ones: how many polls are that?
void apply_with_slow_jobs(benchmark::State& state) {
  apply_fleet(state, static_cast<std::size_t>(state.range(0)) / 500, 1,
              {std::chrono::minutes{5}, std::chrono::minutes{15}});
}
BENCHMARK(apply_with_slow_jobs)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
