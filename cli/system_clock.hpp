// SPDX-License-Identifier: Apache-2.0
// The real clock.
#pragma once

#include "engine/seams/clock.hpp"

namespace gild {

class SystemClock : public Clock {
 public:
  Time now() const override;
  Instant instant() const override;
  void sleep_until(Instant until, std::stop_token stop) override;
};

}  // namespace gild
