// SPDX-License-Identifier: Apache-2.0
#include "cli/system_clock.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <time.h>

namespace gild {
namespace {

// The longest wait in one piece. What waits counts nothing while the machine is suspended, so the rest of a longer wait
// is worked out anew now and then.
constexpr std::chrono::seconds kPiece{10};

}  // namespace

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Not steady_clock, which stands still while the machine is suspended: what was read before a laptop was closed would
// count as fresh when it is opened, though others may have taken over the state's lock and sent the same request since.
Instant SystemClock::instant() const {
  timespec time{};
  if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) return std::chrono::steady_clock::now();
  return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

void SystemClock::sleep_until(Instant until, std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any wakes_on_stop;
  for (Instant now = instant(); now < until && !stop.stop_requested(); now = instant()) {
    wakes_on_stop.wait_for(lock, stop, std::min<Instant::duration>(until - now, kPiece), [] { return false; });
  }
}

}  // namespace gild
