// SPDX-License-Identifier: Apache-2.0
// How often does a whole apply sync, and how much does it write? `gild apply` of every desktop of a fleet, from taking
// the lock to the folded state, with the state on the real disk and the service in memory.
//
//     writes_bench DESKTOPS
//
// Works in the working folder and prints JSON.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/fleet.hpp"
#include "bench/simulated_service.hpp"
#include "bench/temporary_folder.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/ops/apply_op.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/posix_disk.hpp"

namespace {

using namespace gild;
namespace fs = std::filesystem;

struct Counts {
  std::size_t syncs = 0;  // of files and of folders
  std::uint64_t bytes = 0;
};

class CountingFile : public DiskFile {
 public:
  CountingFile(std::unique_ptr<DiskFile> file, Counts& counts) : file_(std::move(file)), counts_(counts) {}
  FileIdentity identity() const override { return file_->identity(); }
  std::uint64_t size() const override { return file_->size(); }
  std::string read() const override { return file_->read(); }
  std::size_t read(std::uint64_t offset, std::span<char> into) const override { return file_->read(offset, into); }
  void write(std::uint64_t offset, std::string_view bytes) override {
    counts_.bytes += bytes.size();
    file_->write(offset, bytes);
  }
  void truncate(std::uint64_t size) override { file_->truncate(size); }
  void sync() override {
    ++counts_.syncs;
    file_->sync();
  }
  Reservation reserve(std::uint64_t offset, std::uint64_t bytes) override { return file_->reserve(offset, bytes); }
  bool try_lock(FileLockKind kind) override { return file_->try_lock(kind); }

 private:
  std::unique_ptr<DiskFile> file_;
  Counts& counts_;
};

class CountingDisk : public PosixDisk {
 public:
  Counts counts;
  std::unique_ptr<DiskFile> open(const std::string& path, FileAccess access) override {
    return counting(PosixDisk::open(path, access));
  }
  std::unique_ptr<DiskFile> open_or_create(const std::string& path) override {
    return counting(PosixDisk::open_or_create(path));
  }
  std::unique_ptr<DiskFile> create(const std::string& path) override { return counting(PosixDisk::create(path)); }
  void sync_folder(const std::string& path) override {
    ++counts.syncs;
    PosixDisk::sync_folder(path);
  }

 private:
  std::unique_ptr<DiskFile> counting(std::unique_ptr<DiskFile> file) {
    if (file == nullptr) return nullptr;
    return std::make_unique<CountingFile>(std::move(file), counts);
  }
};

int run(std::size_t desktops) {
  const bench::TemporaryFolder folder;
  const std::string path = (folder.path() / "gild.state.json").string();
  bench::FleetShape shape;
  shape.desktops = desktops;
  shape.rebuild_share = 1;
  bench::Fleet fleet = bench::make_fleet(shape);
  fleet.wanted.workspaces.front().max_in_flight = 1000;
  CountingDisk disk;
  write_atomically(disk, path, write_state(fleet.known, "bench"));

  SimulatedClock clock;
  ServiceModel model = bench::model_of(fleet, {});
  SimulatedCloud cloud(model, clock);
  FileStateStore store(path, clock, disk);
  const Began who{"bench", "bench", "bench", std::nullopt, "bench"};
  // A state that this tool has written before has a history. Its beginning is written once in a lifetime.
  Refreshed nothing;
  nothing.workspace = fleet.wanted.workspaces.front().name;
  {
    const auto locked = store.lock(who, Duration{0});
    locked->append(nothing);
    locked->fold_to_disk();
  }

  bench::SilentObserver observer;
  const OpDeps deps{store, cloud, clock, observer, who, {Duration{0}}, {}};
  disk.counts = {};
  const ApplyRequest request{fleet.wanted, {}, {}, false, {}};
  const auto yes = [](const Plan&, const std::vector<PausedGroup>&) { return Answer::yes; };
  const ApplyResult result = plan_and_apply(deps, request, yes, {}, {});
  if (result.failure) throw Error(*result.failure);
  const std::size_t ready = result.report ? result.report->count(DesktopEnd::ready) : 0;
  if (ready != desktops) throw std::runtime_error(fmt::format("{} of {} desktops became ready", ready, desktops));
  fmt::print("{{\"desktops\": {}, \"requests\": {}, \"syncs\": {}, \"bytes_written\": {}, \"state_bytes\": {}}}\n",
             desktops, cloud.submissions(), disk.counts.syncs, disk.counts.bytes, fs::file_size(path));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 2) throw std::runtime_error("usage: writes_bench DESKTOPS");
    return run(std::stoul(words[1]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "writes_bench: {}\n", error.what());
    return 1;
  }
}
