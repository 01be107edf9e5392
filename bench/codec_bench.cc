// SPDX-License-Identifier: Apache-2.0
// How fast are state and plan files read and written, in memory?
#include <string_view>

#include <benchmark/benchmark.h>

#include "bench/fleet.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/plan/planner.hpp"

namespace {

using namespace gild;

bench::Fleet fleet_of(const benchmark::State& state, double rebuild_share = 0.01) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  shape.rebuild_share = rebuild_share;
  return bench::make_fleet(shape);
}

void count(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void read_state_file(benchmark::State& state) {
  const std::string text = write_state(fleet_of(state).known, "bench");
  for (auto _ : state) benchmark::DoNotOptimize(read_state(text, "gild.state.json"));
  count(state, text);
}
BENCHMARK(read_state_file)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// In pieces, as it goes into a file.
void write_state_file(benchmark::State& state) {
  const bench::Fleet fleet = fleet_of(state);
  for (auto _ : state) {
    write_state(fleet.known, "bench", [](std::string_view piece) { benchmark::DoNotOptimize(piece.data()); });
  }
  count(state, write_state(fleet.known, "bench"));
}
BENCHMARK(write_state_file)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A plan that rebuilds everything, so that it is as long as a plan gets.
void read_plan_file(benchmark::State& state) {
  const bench::Fleet fleet = fleet_of(state, 1);
  const std::string text = write_plan(make_plan(fleet.wanted, fleet.known));
  for (auto _ : state) benchmark::DoNotOptimize(read_plan(text, "plan.json"));
  count(state, text);
}
BENCHMARK(read_plan_file)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void write_plan_file(benchmark::State& state) {
  const bench::Fleet fleet = fleet_of(state, 1);
  const Plan plan = make_plan(fleet.wanted, fleet.known);
  for (auto _ : state) benchmark::DoNotOptimize(write_plan(plan));
  count(state, write_plan(plan));
}
BENCHMARK(write_plan_file)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void digest_of_plan(benchmark::State& state) {
  const bench::Fleet fleet = fleet_of(state, 1);
  const Plan plan = make_plan(fleet.wanted, fleet.known);
  for (auto _ : state) benchmark::DoNotOptimize(plan_digest(plan));
  count(state, write_plan(plan));
}
BENCHMARK(digest_of_plan)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
