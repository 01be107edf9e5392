// SPDX-License-Identifier: Apache-2.0
// What does it cost to fold the records of a batch of 100 desktops into the state, in a small fleet and in a large one?
// It must cost nearly the same: a batch is paid for, not the fleet. store_bench asks the same with the disk.
#include <benchmark/benchmark.h>

#include "bench/batches.hpp"
#include "bench/fleet.hpp"
#include "engine/model/fold.hpp"

namespace {

using namespace gild;
using bench::Batches;

void fold_a_batch(benchmark::State& state) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  const bench::Fleet fleet = bench::make_fleet(shape);
  const Batches batches(fleet.known);
  State known = fleet.known;
  for (auto _ : state) {
    const std::int64_t intent = known.serial + 1;
    fold(known, {intent, Time{}, batches.intended()});
    fold(known, {intent + 1, Time{}, Batches::accepted(intent)});
    fold(known, {intent + 2, Time{}, batches.finished()});
  }
}
BENCHMARK(fold_a_batch)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
