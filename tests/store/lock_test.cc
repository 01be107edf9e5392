// SPDX-License-Identifier: Apache-2.0
// The lock between processes.
#include <array>
#include <filesystem>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/core/error.hpp"
#include "engine/store/file_lock.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/posix_disk.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

// Another process that runs `action` with a store of its own, says so, and then waits to be killed.
class OtherProcess {
 public:
  template <class Action>
  OtherProcess(const std::string& path, Action action) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      char word = 'x';
      try {
        FakeClock clock;
        const auto store = open_file_state_store(path, clock);
        const auto locked = store->lock(began_as("mallory"), Duration{0});
        action(*locked);
        word = 'y';
        if (::write(pipe[1], &word, 1) == 1) ::pause();
      } catch (...) {
        // The other side sees the pipe close.
      }
      ::_exit(1);
    }
    ::close(pipe[1]);
    char word = 0;
    const bool ready = ::read(pipe[0], &word, 1) == 1 && word == 'y';
    ::close(pipe[0]);
    if (!ready) {
      kill();
      FAIL("the other process did not get the lock");
    }
  }
  ~OtherProcess() { kill(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  pid_t pid() const { return pid_; }
  // kill -9
  void kill() {
    if (!alive_) return;
    alive_ = false;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
  bool alive_ = true;
};

TEST_CASE("another process that holds the lock is named, and nothing is waited for without a timeout", "[store]") {
  TempFolder folder;
  FakeClock clock;
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  const auto store = open_file_state_store(folder / "s.json", clock);
  const auto holder = holder_of(*store);
  REQUIRE(holder);
  CHECK(holder->pid == other.pid());
  CHECK(holder->since == clock.now());
  CHECK(complaint_of<Error>([&] { store->lock(began_as("bob"), Duration{0}); }) ==
        (folder / "s.json") + " is locked by mallory on build-7 (process " + std::to_string(other.pid()) +
            ") since 2026-11-23T21:00:00Z: gild apply\n"
            "\n"
            "Nothing was done. Run it again when that is over, or give --lock-timeout to wait for it, for example "
            "--lock-timeout 10m. The lock ends with its process, however that ends: there is nothing to remove.");
  CHECK(clock.instant() < Instant{std::chrono::hours{1}} + Duration{100});
}

TEST_CASE("a killed holder leaves what it synced, no lock, and a record that can be cleared", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  OtherProcess other(folder / "s.json", [](LockedState& locked) {
    if (!locked.reserve(10'000)) throw std::runtime_error("no room");
    locked.append(refreshed("d1", "img-1"));
    locked.sync();
  });
  CHECK(store->read().desktops.size() == 1);
  other.kill();
  CHECK_FALSE(holder_of(*store));
  const auto leftover = left_in(*store);
  REQUIRE(leftover);
  CHECK(leftover->user == "mallory");
  CHECK(leftover->pid == other.pid());
  const bool clear = GENERATE(true, false);
  if (clear) {
    CHECK(store->unlock(leftover->id));
    CHECK_FALSE(store->unlock(leftover->id));
    CHECK(store->lock_holders().empty());
  }
  auto locked = store->lock(began_as("bob"), Duration{0});
  CHECK(holder_of(*store)->user == "bob");
  CHECK(locked->state().desktops.size() == 1);
  locked->fold_to_disk();
  CHECK(serials_of(store->read_history()) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("with a timeout the lock is had as soon as the holder ends", "[store]") {
  TempFolder folder;
  FakeClock clock;
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  const auto store = open_file_state_store(folder / "s.json", clock);
  clock.on_sleep = [&] {
    if (clock.sleeps == 3) other.kill();
  };
  CHECK(store->lock(began_as("bob"), Duration{60'000}) != nullptr);
  CHECK(clock.sleeps == 3);
}

TEST_CASE("with a timeout the lock is waited for that long and no longer", "[store]") {
  TempFolder folder;
  FakeClock clock;
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  const Instant begin = clock.instant();
  CHECK_THROWS_AS(open_file_state_store(folder / "s.json", clock)->lock(began_as("bob"), Duration{60'100}), Error);
  CHECK(clock.instant() - begin == Duration{60'100});
}

TEST_CASE("a request to stop ends the waiting for the lock", "[store]") {
  TempFolder folder;
  FakeClock clock;
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  std::stop_source stop;
  clock.on_sleep = [&] {
    if (clock.sleeps == 3) stop.request_stop();
  };
  const auto store = open_file_state_store(folder / "s.json", clock);
  CHECK_THROWS_AS(store->lock(began_as("bob"), {Duration{60'000}, stop.get_token()}), Interrupted);
  CHECK(clock.sleeps == 3);
}

TEST_CASE("asking who holds the lock does not keep others from it", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  // As the question does for a moment, where a record was left.
  PosixDisk disk;
  auto asking = disk.open_or_create(folder / "s.json.lock");
  REQUIRE(asking->try_lock(FileLockKind::shared));
  clock.on_sleep = [&] { asking.reset(); };
  CHECK(store->lock(began_as("bob"), Duration{0}) != nullptr);
  CHECK(clock.sleeps == 1);
}

TEST_CASE("a lock file that is removed in spite of all does not give two holders one name", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  int sleeps = 0;
  // Whoever waits for the removed file must end with the lock of the new one.
  clock.on_sleep = [&] {
    if (++sleeps == 1) std::filesystem::rename(folder / "s.json.lock", folder / "removed");
    if (sleeps == 2) other.kill();
  };
  const auto locked = store->lock(began_as("bob"), Duration{60'000});
  CHECK(holder_of(*store)->user == "bob");
  CHECK_THROWS_AS(store->lock(began_as("carol"), Duration{0}), Error);
}

TEST_CASE("a record of a holder is readable, and a torn one is nobody's", "[store]") {
  const LockHolder holder{"id-1", "al\x1b[31mice", "host", 42, "gild apply", Time{}, {}, {}, LockHold::process};
  const std::string text = write_lock_record(holder);
  CHECK(
      text ==
      R"({"id":"id-1","user":"al\u001b[31mice","host":"host","pid":42,"command":"gild apply","since":"1970-01-01T00:00:00Z"})"
      "\n");
  CHECK(read_lock_record(text).user == holder.user);
  CHECK(read_lock_record(text).pid == 42);
  for (std::size_t cut = 0; cut + 1 < text.size(); ++cut) CHECK(read_lock_record(text.substr(0, cut)).id.empty());
}

TEST_CASE("a holder who has not written down who it is, or wrote control characters, is told safely", "[store]") {
  TempFolder folder;
  FakeClock clock;
  OtherProcess other(folder / "s.json", [](LockedState&) {});
  const auto store = open_file_state_store(folder / "s.json", clock);
  write_text(folder / "s.json.lock", "{");
  CHECK_THAT(
      complaint_of<Error>([&] { store->lock(began_as("bob"), Duration{0}); }),
      Catch::StartsWith((folder / "s.json") + " is locked by somebody else, who has not written down who it is\n"));
  write_text(folder / "s.json.lock",
             write_lock_record({"id-1", "\x1b[2J", "h", 1, "\x07", Time{}, {}, {}, LockHold::process}));
  CHECK_THAT(complaint_of<Error>([&] { store->lock(began_as("bob"), Duration{0}); }),
             Catch::StartsWith((folder / "s.json") +
                               " is locked by \\x1b[2J on h (process 1) since 1970-01-01T00:00:00Z: \\x07\n"));
}

}  // namespace
}  // namespace gild
