// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/simulated_clock.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gild {
namespace {

constexpr std::chrono::days kHorizon{365};

}  // namespace

SimulatedClock::SimulatedClock() = default;

ServiceInstant SimulatedClock::service_now() const {
  return kServiceEpoch + elapsed_;
}

Time SimulatedClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(service_now() + skew_);
}

void SimulatedClock::sleep_until(Instant until, std::stop_token stop) {
  if (crash_ != nullptr) crash_->at_call();
  ++sleeps_;
  const Duration before = elapsed_;
  // Rounded up: waking before the time that was asked for would make a caller wait for nothing again and again.
  const Duration target = std::chrono::ceil<Duration>(until.time_since_epoch()) - kStart;
  while (!stop.stop_requested() && elapsed_ < target) {
    const bool alarm_first = !alarms_.empty() && alarms_.begin()->first <= target;
    advance(std::max(Duration{0}, (alarm_first ? alarms_.begin()->first : target) - elapsed_));
  }
  slept_ += elapsed_ - before;
}

void SimulatedClock::advance(Duration by) {
  const Duration target = elapsed_ + by;
  if (target > kHorizon) throw std::logic_error("a year of simulated time has gone by: the run waits for ever");
  while (!alarms_.empty() && alarms_.begin()->first <= target) {
    const auto alarm = alarms_.extract(alarms_.begin());
    elapsed_ = std::max(elapsed_, alarm.key());
    alarm.mapped()();
  }
  elapsed_ = std::max(elapsed_, target);
}

}  // namespace gild
