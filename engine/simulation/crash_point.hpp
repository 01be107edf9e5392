// SPDX-License-Identifier: Apache-2.0
// A power cut at the n-th call of any seam. All simulated seams of a run share one of these; arming it at every number
// up to the count of an undisturbed run crashes the code at every place where it touches the world.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <utility>

namespace gild {

// Deliberately no std::exception: no handler for errors must be able to survive a power cut.
struct SimulatedCrash {};

class CrashPoint {
 public:
  // The call with this number, counted from 1 since the last arm(), does nothing but crash; 0: none.
  void arm(std::size_t at) { at_ = at, calls_ = 0, crashed_ = false; }
  // Calls `what` at the call with this number instead, and lets it go on: a signal that arrives there.
  void call_at(std::size_t at, std::function<void()> what) { call_at_ = at, what_ = std::move(what), calls_ = 0; }
  // A run that makes more calls than this is taken to run for ever.
  void limit_calls(std::size_t most) { most_ = most; }
  std::size_t calls() const { return calls_; }
  // The process is dead: whatever runs on the way out of it reaches nothing any more.
  bool crashed() const { return crashed_; }
  [[noreturn]] void crash() {
    crashed_ = true;
    throw SimulatedCrash{};
  }

  void at_call() {
    ++calls_;
    if (crashed_ || calls_ == at_) crash();
    if (calls_ == call_at_) what_();
    if (calls_ > most_)
      throw std::logic_error("the run makes more calls than a run should: it seems to go on for ever");
  }

 private:
  std::size_t at_ = 0;
  std::size_t call_at_ = 0;
  std::function<void()> what_;
  std::size_t calls_ = 0;
  bool crashed_ = false;
  std::size_t most_ = 1'000'000;
};

}  // namespace gild
