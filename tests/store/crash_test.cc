// SPDX-License-Identifier: Apache-2.0
// The power goes at every call that touches the disk, and what was not synced is lost in every way we know of.
#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "engine/simulation/simulated_disk.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/state_file.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

constexpr auto kPath = "gild.state.json";
constexpr auto kUuid = "11111111-2222-4333-8444-555555555555";

std::string text_at(State state, std::int64_t serial) {
  state.serial = serial;
  if (state.lineage.empty()) state.lineage = kUuid;  // as the first record will make it
  return text_of(state);
}

// What a run did as far as it came: the states that may be found, and what must not be lost.
struct Record {
  std::map<std::int64_t, std::string> states;  // by serial
  std::int64_t acknowledged = -1;              // the state was said to be safe up to this serial
  std::set<std::int64_t> safe_records;
  std::set<std::int64_t> unsafe_records;

  void safe(const State& state) {
    acknowledged = std::max(acknowledged, state.serial);
    safe_records.merge(unsafe_records);
    unsafe_records.clear();
  }
};

// One lock of a run, noting what it does.
class Noted {
 public:
  Noted(FileStateStore& store, Record& record) : record_(record), locked_(store.lock(began_as("alice"), Duration{0})) {
    note();
  }

  void append(RecordBody body) {
    const std::int64_t before = locked_->state().serial;
    // The first record is the holder's own, which changes nothing else.
    record_.states[before + 1] = text_at(locked_->state(), before + 1);
    try {
      locked_->append(std::move(body));
    } catch (...) {
      note();
      throw;
    }
    note();
    for (std::int64_t serial = before + 1; serial <= locked_->state().serial; ++serial) {
      record_.unsafe_records.insert(serial);
    }
  }
  void sync() { locked_->sync(), record_.safe(locked_->state()); }
  void fold() { locked_->fold_to_disk(), record_.safe(locked_->state()); }
  // Only as the first that a holder does.
  void replace(const State& pushed) {
    const std::int64_t before = locked_->state().serial;
    record_.states[before + 1] = text_at(locked_->state(), before + 1);
    const std::int64_t serial = std::max(pushed.serial, before + 1) + 1;
    record_.states[serial] = text_at(pushed, serial);
    locked_->replace(pushed);
    record_.safe(locked_->state());
  }
  void reserve() {
    if (!locked_->reserve(5000)) throw std::logic_error("no room");
  }
  std::int64_t serial() const { return locked_->state().serial; }

 private:
  void note() { record_.states[locked_->state().serial] = text_at(locked_->state(), locked_->state().serial); }

  Record& record_;
  std::unique_ptr<LockedState> locked_;
};

FileStateStore store_on(Disk& disk, Clock& clock) {
  return {kPath, clock, disk, [] { return std::string(kUuid); }};
}

// A run that does everything that a run does.
void first_run(SimulatedDisk& disk, Record& record) {
  FakeClock clock;
  FileStateStore store = store_on(disk, clock);
  record.states[0] = "";
  {
    Noted locked(store, record);
    locked.reserve();
    locked.append(refreshed("d1", "img-1"));
    locked.append(refreshed("d2", "img-1"));
    locked.append(intended("d1", "img-2"));
    const std::int64_t intent = locked.serial();
    locked.sync();
    locked.append(Accepted{intent, JobId("job-1"), "req-1", std::nullopt});
    locked.sync();
    locked.fold();
    locked.append(JobMissed{{JobId("job-1"), WorkspaceName("prod")}, Time{}});
    locked.sync();
  }
  {
    Noted locked(store, record);
    locked.append(refreshed("d3", "img-1"));
    locked.fold();
  }
  for (const std::int64_t theirs : {3, 100}) {
    State pushed;
    pushed.lineage = "99999999-2222-4333-8444-555555555555";
    fold(pushed, {theirs, Time{}, refreshed("d9", "img-9")});
    Noted locked(store, record);
    locked.replace(pushed);
    locked.append(refreshed("d4", "img-1"));
    locked.sync();
    locked.fold();
    locked.append(refreshed("d5", "img-1"));
    locked.sync();
  }
}

// The same in short.
void short_run(SimulatedDisk& disk, Record& record) {
  FakeClock clock;
  FileStateStore store = store_on(disk, clock);
  record.states[0] = "";
  {
    Noted locked(store, record);
    locked.append(refreshed("d1", "img-1"));
    locked.append(refreshed("d2", "img-1"));
    locked.fold();
  }
  State pushed;
  pushed.lineage = "99999999-2222-4333-8444-555555555555";
  fold(pushed, {100, Time{}, refreshed("d9", "img-9")});
  Noted locked(store, record);
  locked.replace(pushed);
  locked.append(refreshed("d4", "img-1"));
  locked.sync();
}

void second_run(SimulatedDisk& disk, Record& record) {
  FakeClock clock;
  FileStateStore store = store_on(disk, clock);
  Noted locked(store, record);
  locked.append(refreshed("d6", "img-6"));
  locked.sync();
  locked.fold();
}

// True where the run came to its end.
template <class Run>
bool run_until_cut(Run run) {
  try {
    run();
    return true;
  } catch (const SimulatedCrash&) {
    return false;
  }
}

// What the next program to look must find, and must be able to do.
void check_recovered(SimulatedDisk& disk, const Record& record) {
  FakeClock clock;
  FileStateStore store = store_on(disk, clock);
  const State found = store.read();
  REQUIRE(found.serial >= record.acknowledged);
  REQUIRE(record.states.contains(found.serial));
  if (found.serial > 0) REQUIRE(text_of(found) == record.states.at(found.serial));
  REQUIRE_FALSE(holder_of(store));

  const auto check_history = [&] {
    const std::vector<std::int64_t> serials = serials_of(store.read_history());
    REQUIRE(std::adjacent_find(serials.begin(), serials.end(), std::greater_equal<>{}) == serials.end());
    REQUIRE(std::includes(serials.begin(), serials.end(), record.safe_records.begin(), record.safe_records.end()));
  };
  check_history();
  std::string after;
  {
    auto locked = store.lock(began_as("bob"), Duration{0});
    REQUIRE(text_of(locked->state()) == text_of(found));
    locked->append(refreshed("d7", "img-7"));
    locked->sync();
    locked->fold_to_disk();
    after = text_of(locked->state());
  }
  REQUIRE(text_of(store.read()) == after);
  check_history();
  // The snapshot is a cache: what is beside it makes the same.
  disk.remove(kPath);
  REQUIRE(text_of(store.read()) == after);
}

constexpr Left kLeft[] = {Left::everything, Left::nothing, Left::names, Left::names_nuls, Left::contents};

TEST_CASE("an atomic file is the old one or the whole new one, and the new one for good once it was said to be",
          "[store]") {
  for (const Left left : kLeft) {
    bool finished = false;
    for (int at = 1; !finished; ++at) {
      SimulatedDisk disk;
      write_atomically(disk, kPath, "old");
      CrashPoint cut;
      cut.arm(static_cast<std::size_t>(at));
      disk.set_crash_point(&cut);
      finished = run_until_cut([&] { write_atomically(disk, kPath, "new, and longer"); });
      INFO("left " << static_cast<int>(left) << ", power cut at call " << at);
      disk.restart(left);
      const auto file = disk.open(kPath, FileAccess::read);
      REQUIRE(file != nullptr);
      const std::string found = file->read();
      REQUIRE((found == "new, and longer" || (found == "old" && !finished)));
    }
  }
}

TEST_CASE("a state that is written in pieces is the old one or the whole new one", "[store]") {
  State state;
  state.lineage = kUuid;
  state.serial = 7;
  state.desktops[{WorkspaceName("prod"), DesktopId("d1")}] = {};
  const std::string old_text = text_of(state);
  for (int i = 0; i < 40; ++i) {
    DesktopRecord& record = state.desktops[{WorkspaceName("prod"), DesktopId("large-" + std::to_string(i))}];
    record.reason = std::string(100'000, 'x');
  }
  const std::string new_text = text_of(state);
  for (const Left left : kLeft) {
    bool finished = false;
    int at = 0;
    while (!finished) {
      SimulatedDisk disk;
      write_atomically(disk, kPath, old_text);
      CrashPoint cut;
      cut.arm(static_cast<std::size_t>(++at));
      disk.set_crash_point(&cut);
      finished = run_until_cut([&] { write_state_file(disk, kPath, state, "test"); });
      INFO("left " << static_cast<int>(left) << ", power cut at call " << at);
      disk.restart(left);
      const auto file = disk.open(kPath, FileAccess::read);
      REQUIRE(file != nullptr);
      const std::string found = file->read();
      REQUIRE((found == new_text || (found == old_text && !finished)));
    }
    CHECK(at > 7);  // one call for each piece, and the others
  }
}

TEST_CASE("wherever the power goes, the next run finds all that was said to be safe", "[store]") {
  const bool can_reserve = GENERATE(true, false);
  for (const Left left : kLeft) {
    bool finished = false;
    for (int at = 1; !finished; ++at) {
      SimulatedDisk disk;
      disk.can_reserve = can_reserve;
      Record record;
      CrashPoint cut;
      cut.arm(static_cast<std::size_t>(at));
      disk.set_crash_point(&cut);
      finished = run_until_cut([&] { first_run(disk, record); });
      INFO("left " << static_cast<int>(left) << ", power cut at call " << at);
      disk.restart(left);
      check_recovered(disk, record);
      REQUIRE((finished || at < 1000));
      if (finished) CHECK(at > 60);
    }
  }
}

TEST_CASE("a run that is killed and a power cut in the next one lose nothing that was said to be safe", "[store]") {
  bool first_finished = false;
  for (int first = 1; !first_finished; ++first) {
    SimulatedDisk killed;
    Record before;
    CrashPoint kill;
    kill.arm(static_cast<std::size_t>(first));
    killed.set_crash_point(&kill);
    first_finished = run_until_cut([&] { short_run(killed, before); });
    killed.restart(Left::everything);
    for (const Left left : {Left::nothing, Left::names_nuls, Left::contents}) {
      bool second_finished = false;
      for (int second = 1; !second_finished; ++second) {
        SimulatedDisk disk = killed.copy();
        Record record = before;
        CrashPoint cut;
        cut.arm(static_cast<std::size_t>(second));
        disk.set_crash_point(&cut);
        second_finished = run_until_cut([&] { second_run(disk, record); });
        INFO("killed at call " << first << ", left " << static_cast<int>(left) << ", power cut at call " << second);
        disk.restart(left);
        check_recovered(disk, record);
      }
    }
  }
}

}  // namespace
}  // namespace gild
