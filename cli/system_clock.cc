// SPDX-License-Identifier: Apache-2.0
#include "cli/system_clock.hpp"

#include <condition_variable>
#include <mutex>

namespace gild {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

Instant SystemClock::instant() const {
  return std::chrono::steady_clock::now();
}

void SystemClock::sleep_until(Instant until, std::stop_token stop) {
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any wakes_on_stop;
  wakes_on_stop.wait_until(lock, stop, until, [] { return false; });
}

}  // namespace gild
