// SPDX-License-Identifier: Apache-2.0
// The machine's clock for what is measured with real stores. Nothing is waited for.
#pragma once

#include <chrono>

#include "engine/seams/clock.hpp"

namespace gild::bench {

class BenchClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }
  Instant instant() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(Instant, std::stop_token) override {}
};

}  // namespace gild::bench
