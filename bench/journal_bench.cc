// SPDX-License-Identifier: Apache-2.0
// What does it cost to record one batch of 100 desktops, durably, in a small fleet and in a large one? It must cost the
// same: a batch is paid for, not the fleet.
#include <chrono>

#include <benchmark/benchmark.h>

#include "bench/fleet.hpp"
#include "bench/temporary_folder.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/model/fold.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/posix_disk.hpp"

namespace {

using namespace gild;

// Only its time is asked for.
class BenchClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }
  Instant instant() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(Instant, std::stop_token) override {}
};

// The records of a batch's life, again and again with desktops from all over the fleet.
class Batches {
 public:
  explicit Batches(const bench::Fleet& fleet) {
    const auto stride = std::max<std::size_t>(fleet.known.desktops.size() / 100, 1);
    std::size_t index = 0;
    for (const auto& [key, record] : fleet.known.desktops) {
      if (index++ % stride != 0 || intended_.desktops.size() == 100) continue;
      intended_.desktops.push_back({key.id, record.name, record.image});
      finished_.desktops.push_back({key.id, Outcome::ready, std::nullopt});
    }
    const DesktopGroup& group = fleet.wanted.groups.front();
    intended_.workspace = finished_.workspace = group.workspace;
    intended_.group = finished_.group = group.name;
    intended_.target = finished_.target = group.target;
    intended_.batch = BatchId("finance-001");
    intended_.known_complete = true;
    intended_.service_time = Time{std::chrono::seconds{1'795'640'651}};
    finished_.evidence = "sub-jobs SUCCESS, and the image was seen";
  }

  const Intended& intended() const { return intended_; }
  static Accepted accepted(std::int64_t intent) {
    return {intent, JobId("8a5f0c1e-9d3b-4c57-9b1c-3a2f6e7d8c90"), "request",
            Time{std::chrono::seconds{1'795'640'652}}};
  }
  Finished finished() const {
    Finished out = finished_;
    out.job = accepted(0).job;
    return out;
  }

 private:
  Intended intended_;
  Finished finished_;
};

void record_a_batch(benchmark::State& state) {
  const bench::TemporaryFolder folder;
  const std::string path = (folder.path() / "gild.state.json").string();
  BenchClock clock;
  PosixDisk disk;
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  const bench::Fleet fleet = bench::make_fleet(shape);
  write_atomically(disk, path, write_state(fleet.known, "bench"));
  FileStateStore store(path, clock, disk);
  const auto locked = store.lock({"bench", "bench", "bench", std::nullopt, "bench"}, Duration{0});
  const Batches batches(fleet);
  for (auto _ : state) {
    if (!locked->reserve(64 * 1024)) state.SkipWithError("no room on the disk");
    const std::int64_t intent = locked->append(batches.intended()).serial;
    locked->sync();
    locked->append(Batches::accepted(intent));
    locked->sync();
    state.PauseTiming();  // outcomes ride with the next sync, and are no part of the request's way
    locked->append(batches.finished());
    state.ResumeTiming();
  }
}
BENCHMARK(record_a_batch)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond)->UseRealTime();

// The same without the disk: what folding costs.
void fold_a_batch(benchmark::State& state) {
  bench::FleetShape shape;
  shape.desktops = static_cast<std::size_t>(state.range(0));
  const bench::Fleet fleet = bench::make_fleet(shape);
  const Batches batches(fleet);
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
