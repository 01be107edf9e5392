// SPDX-License-Identifier: Apache-2.0
// A clock that jumps: whoever waits on it waits no time at all. Keeps two wall clocks, ours and the service's, so that
// a machine whose clock is wrong can be played.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <stop_token>

#include "engine/seams/clock.hpp"
#include "engine/simulation/crash_point.hpp"
#include "engine/simulation/service_values.hpp"

namespace gild {

class SimulatedClock : public Clock {
 public:
  // Both wall clocks begin at 2026-11-23T21:00:00Z, where the service model begins too.
  SimulatedClock();

  Time now() const override;
  Instant instant() const override { return Instant{} + kStart + elapsed_; }
  void sleep_until(Instant until, std::stop_token stop) override;

  ServiceInstant service_now() const;
  Duration elapsed() const { return elapsed_; }
  // Time goes by outside of any wait; alarms ring.
  void advance(Duration by);
  // How far our own wall clock is ahead of the service's.
  void set_skew(Duration ahead) { skew_ = ahead; }
  // Calls `what` when that much time has gone by since the clock was made; at the next step of time where it has
  // already.
  void at(Duration elapsed, std::function<void()> what) { alarms_.emplace(elapsed, std::move(what)); }

  std::size_t sleeps() const { return sleeps_; }
  Duration slept() const { return slept_; }
  void set_crash_point(CrashPoint* crash) { crash_ = crash; }

 private:
  static constexpr Duration kStart{3'600'000};  // not zero: nothing may take an Instant of zero for "now"

  Duration elapsed_{0};
  Duration skew_{0};
  std::multimap<Duration, std::function<void()>> alarms_;
  std::size_t sleeps_ = 0;
  Duration slept_{0};
  CrashPoint* crash_ = nullptr;
};

}  // namespace gild
