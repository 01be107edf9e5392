// SPDX-License-Identifier: Apache-2.0
// How long does the planner think, once everything is in memory?
#include <benchmark/benchmark.h>

#include "bench/fleet.hpp"
#include "engine/plan/planner.hpp"

namespace {

using namespace gild;

void make_plan_of_fleet(benchmark::State& state) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  const bench::Fleet fleet = bench::make_fleet(shape);
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(fleet.wanted, fleet.known));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(make_plan_of_fleet)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// Every desktop is to be rebuilt: all goes into batches.
void make_plan_of_everything(benchmark::State& state) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  shape.rebuild_share = 1;
  const bench::Fleet fleet = bench::make_fleet(shape);
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(fleet.wanted, fleet.known));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(make_plan_of_everything)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
