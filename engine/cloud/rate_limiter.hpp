// SPDX-License-Identifier: Apache-2.0
// A bucket of requests: full, it may be emptied at once, and the place of each request comes free a minute after it was
// sent. So no minute, wherever it begins, sees more than the bucket holds; a bucket refilled drop by drop would let
// through twice as much in its first minute. Pure: the time comes from outside.
#pragma once

#include <deque>

#include "engine/core/time.hpp"

namespace gild {

class RateLimiter {
 public:
  explicit RateLimiter(int per_minute);

  // The earliest time, not before `now`, at which a request may be sent.
  Instant next(Instant now) const;
  void sent(Instant at);
  // The service found it too much: half as many from here on; a tenth of the full rate comes back with each minute
  // in which it does not.
  void throttled(Instant at);
  int budget(Instant now) const;

 private:
  int full_;
  int reduced_;  // at `reduced_at_`
  Instant reduced_at_{};
  std::deque<Instant> sent_;  // of the last minute, oldest first
};

}  // namespace gild
