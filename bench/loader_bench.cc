// SPDX-License-Identifier: Apache-2.0
// How fast are manifests read, with the ids inline or in lists?
#include <benchmark/benchmark.h>

#include "bench/fleet.hpp"
#include "bench/temporary_folder.hpp"
#include "engine/config/manifest_loader.hpp"

namespace {

using namespace gild;

void load(benchmark::State& state, bench::ListForm form) {
  const bench::TemporaryFolder folder;
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  bench::write_fleet(bench::make_fleet(shape), form, folder.path().string());
  for (auto _ : state) {
    const LoadedManifest loaded = load_manifest({folder.path().string()});
    if (!loaded.manifest) state.SkipWithError("the fleet's manifests do not load");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void load_ids_inline(benchmark::State& state) {
  load(state, bench::ListForm::in_manifest);
}
BENCHMARK(load_ids_inline)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void load_ids_in_lists(benchmark::State& state) {
  load(state, bench::ListForm::in_files);
}
BENCHMARK(load_ids_in_lists)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
