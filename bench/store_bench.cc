// SPDX-License-Identifier: Apache-2.0
// What does the state in a file cost? Recording a batch durably, in a small fleet and in a large one; writing the whole
// state, beside a bare write of as many bytes; and getting a state back from a long journal.
//
//     store_bench RUNS BATCHES RECOVERED-STATE STATE…
//
// Copies the state files into the working folder and prints JSON: seconds for each run, of each state by its desktops.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "bench/batches.hpp"
#include "bench/bench_clock.hpp"
#include "bench/temporary_folder.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/posix_disk.hpp"

namespace {

using namespace gild;
namespace fs = std::filesystem;

constexpr std::size_t kBatchesRecorded = 30;  // of each state in each run
const Began kWho{"bench", "bench", "bench", std::nullopt, "bench"};

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// In MB, from /proc/self/status: "VmRSS" now, "VmHWM" at most since reset_peak().
double memory(std::string_view name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
  }
  return 0;
}

// What was freed before is given back first: else it would be used again unseen.
void reset_peak() {
  ::malloc_trim(0);
  std::ofstream{"/proc/self/clear_refs"} << "5";
}

std::string list(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) out += fmt::format("{}{:.7f}", out.empty() ? "" : ", ", value);
  return "[" + out + "]";
}

// A state in a file of its own, held.
struct Held {
  Held(const fs::path& from, const fs::path& folder, Clock& clock) : path(folder / "gild.state.json") {
    fs::create_directories(folder);
    fs::copy_file(from, path);
    store = open_file_state_store(path.string(), clock);
    locked = store->lock(kWho, Duration{0});
  }

  // As apply does it. The outcome rides with the next sync and is no part of the request's way.
  void record(const bench::Batches& batches) {
    if (!locked->reserve(64 * 1024)) throw std::runtime_error("no room on the disk");
    const std::int64_t intent = locked->append(batches.intended()).serial;
    locked->sync();
    locked->append(bench::Batches::accepted(intent));
    locked->sync();
  }

  fs::path path;
  std::unique_ptr<StateStore> store;
  std::unique_ptr<LockedState> locked;
  std::vector<double> recorded;  // seconds for a batch, the median of each run
  std::vector<double> written;   // seconds for the whole state
  std::vector<double> extra;     // MB of memory that writing it took
  std::vector<double> bare;      // seconds for as many bytes and nothing else
};

void record_batches(std::vector<Held>& states) {
  for (Held& held : states) {
    const bench::Batches batches(held.locked->state());
    std::vector<double> taken;
    for (std::size_t i = 0; i < kBatchesRecorded; ++i) {
      taken.push_back(seconds([&] { held.record(batches); }));
      held.locked->append(batches.finished());
    }
    std::sort(taken.begin(), taken.end());
    held.recorded.push_back(taken[taken.size() / 2]);
  }
}

void write_bare(const fs::path& path, std::uint64_t bytes) {
  const std::string block(1024 * 1024, 'x');
  PosixDisk disk;
  const auto file = disk.create(path.string());
  for (std::uint64_t at = 0; at < bytes; at += block.size()) file->write(at, block);
  file->sync();
}

void write_states(std::vector<Held>& states) {
  for (Held& held : states) {
    const bench::Batches batches(held.locked->state());
    held.record(batches);
    held.locked->append(batches.finished());
    held.locked->sync();
    reset_peak();
    const double before = memory("VmRSS");
    held.written.push_back(seconds([&] { held.locked->fold_to_disk(); }));
    held.extra.push_back(memory("VmHWM") - before);
    const fs::path bare = held.path.string() + ".bare";
    held.bare.push_back(seconds([&] { write_bare(bare, fs::file_size(held.path)); }));
    fs::remove(bare);
  }
}

// Journals the batches as an apply does, and dies before it folds them.
void leave_journal(std::size_t count, const fs::path& from, const fs::path& folder, Clock& clock) {
  Held held(from, folder, clock);
  constexpr std::size_t kKinds = 100;
  std::vector<bench::Batches> batches;
  for (std::size_t i = 0; i < kKinds; ++i) batches.emplace_back(held.locked->state(), i);
  for (std::size_t i = 0; i < count; ++i) {
    const bench::Batches& batch = batches[i % kKinds];
    const std::int64_t intent = held.locked->append(batch.intended()).serial;
    held.locked->append(bench::Batches::accepted(intent));
    held.locked->append(batch.finished());
  }
  held.locked->sync();
}

int run(std::size_t runs, std::size_t batches_recovered, const fs::path& recovered,
        const std::vector<fs::path>& paths) {
  const bench::TemporaryFolder folder;
  bench::BenchClock clock;
  std::vector<double> recovery;
  std::uint64_t journal_bytes = 0;
  {
    leave_journal(batches_recovered, recovered, folder.path() / "recovered", clock);
    const fs::path path = folder.path() / "recovered/gild.state.json";
    journal_bytes = fs::file_size(path.string() + ".journal");
    const auto store = open_file_state_store(path.string(), clock);
    for (std::size_t i = 0; i < runs; ++i) recovery.push_back(seconds([&] { store->lock(kWho, Duration{0}); }));
  }
  std::vector<Held> states;
  for (const fs::path& path : paths) states.emplace_back(path, folder.path() / std::to_string(states.size()), clock);
  // The first write of each also founds its history; it does not count.
  write_states(states);
  for (Held& held : states) held.written.clear(), held.extra.clear(), held.bare.clear();
  for (std::size_t i = 0; i < runs; ++i) {
    record_batches(states);
    write_states(states);
  }
  std::string out;
  for (const Held& held : states) {
    out += fmt::format(
        "{}\n    \"{}\": {{\"bytes\": {}, \"record_a_batch_s\": {}, \"write_s\": {}, \"write_extra_mb\": {}, "
        "\"bare_write_s\": {}}}",
        out.empty() ? "" : ",", held.locked->state().desktops.size(), fs::file_size(held.path), list(held.recorded),
        list(held.written), list(held.extra), list(held.bare));
  }
  fmt::print("{{\n  \"recovery_s\": {},\n  \"recovery_batches\": {},\n  \"recovery_journal_bytes\": {},\n",
             list(recovery), batches_recovered, journal_bytes);
  fmt::print("  \"states\": {{{}\n  }}\n}}\n", out);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count < 5) throw std::runtime_error("usage: store_bench RUNS BATCHES RECOVERED-STATE STATE…");
    return run(std::stoul(words[1]), std::stoul(words[2]), words[3], {words + 4, words + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "store_bench: {}\n", error.what());
    return 1;
  }
}
