// SPDX-License-Identifier: Apache-2.0
// A moment of this run, and how long ago it was.
#pragma once

#include <algorithm>

#include "engine/seams/clock.hpp"

namespace gild {

class Moment {
 public:
  explicit Moment(const Clock& clock) : instant_(clock.instant()), wall_(clock.now()) {}

  // By whichever clock says more: one that counts stands still while a virtual machine is stopped, and the wall clock
  // is put right afterwards. One that is put forward for another reason makes it longer than it was; one that is put
  // back, never shorter.
  Duration age(const Clock& clock) const {
    return std::max(std::chrono::duration_cast<Duration>(clock.instant() - instant_),
                    std::chrono::duration_cast<Duration>(clock.now() - wall_));
  }

 private:
  Instant instant_;
  Time wall_;
};

}  // namespace gild
