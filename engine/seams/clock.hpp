// SPDX-License-Identifier: Apache-2.0
// The only way to learn the time or to wait.
#pragma once

#include <stop_token>

#include "engine/core/time.hpp"

namespace gild {

// Waiting was cut short by a request to stop. Not an Error: nothing went wrong.
struct Interrupted {};

class Clock {
 public:
  virtual ~Clock() = default;
  // Our own wall clock: for records that people read, and, put right by the `Date` of answers, for signatures. It
  // proves nothing; only time-outs fall back on it, where the service tells no time.
  virtual Time now() const = 0;
  // Never goes back; what waiting is measured with.
  virtual Instant instant() const = 0;
  // Returns at `until`, or earlier where `stop` is requested.
  virtual void sleep_until(Instant until, std::stop_token stop) = 0;
};

}  // namespace gild
