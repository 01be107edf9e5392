// SPDX-License-Identifier: Apache-2.0
// The machine's own clock, for tests against real servers.
#pragma once

#include <chrono>
#include <thread>

#include "engine/seams/clock.hpp"

namespace gild {

class RealClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }
  Instant instant() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(Instant until, std::stop_token) override { std::this_thread::sleep_until(until); }
};

}  // namespace gild
