// SPDX-License-Identifier: Apache-2.0
#include "cli/system_clock.hpp"

#include <array>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gild::test {
namespace {

bool write_file(const char* path, const char* text, std::size_t size) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool written = file >= 0 && ::write(file, text, size) == static_cast<ssize_t>(size);
  if (file >= 0) ::close(file);
  return written;
}

// In a process for which the machine has been suspended for an hour more than for us, after which all clocks go on:
// calls `action` there. False where the system lets nobody make such a process.
template <class Action>
bool after_an_hour_suspended(Action action) {
  const pid_t outer = ::fork();
  if (outer == 0) {
    constexpr std::string_view kOffset = "boottime 3600 0";
    const bool made = (::unshare(CLONE_NEWTIME) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWTIME) == 0) &&
                      write_file("/proc/self/timens_offsets", kOffset.data(), kOffset.size());
    if (!made) ::_exit(77);
    const pid_t inner = ::fork();  // its children live there, not itself
    if (inner == 0) {
      action();
      ::_exit(0);
    }
    int status = 1;
    ::waitpid(inner, &status, 0);
    ::_exit(status == 0 ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(outer, &status, 0) == outer);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return false;
  REQUIRE(status == 0);
  return true;
}

TEST_CASE("the time that waiting is measured with goes on while the machine is suspended", "[clock]") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const Instant before = SystemClock().instant();
  const bool possible = after_an_hour_suspended([&] {
    const Instant there = SystemClock().instant();
    if (::write(pipe[1], &there, sizeof there) != sizeof there) ::_exit(1);
  });
  if (!possible) {
    WARN("skipped: this system makes no time namespaces");
    return;
  }
  Instant there{};
  REQUIRE(::read(pipe[0], &there, sizeof there) == sizeof there);
  CHECK(there - before >= std::chrono::hours{1});
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("a sleep ends when its time has come, and early on a stop", "[clock]") {
  SystemClock clock;
  const Instant until = clock.instant() + std::chrono::milliseconds{2};
  clock.sleep_until(until, {});
  CHECK(clock.instant() >= until);
  std::stop_source stop;
  stop.request_stop();
  clock.sleep_until(Instant::max(), stop.get_token());
  SUCCEED("it did not wait for ever");
}

}  // namespace
}  // namespace gild::test
