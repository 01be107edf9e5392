// SPDX-License-Identifier: Apache-2.0
#include "engine/store/beating_clock.hpp"

#include <algorithm>

namespace gild {

std::unique_ptr<BeatingClock::Beat> BeatingClock::beat(Duration every, std::function<void()> action) {
  std::unique_ptr<Beat> made(new Beat(*this, every, std::move(action)));
  beats_.push_back(made.get());
  return made;
}

void BeatingClock::sleep_until(Instant until, std::stop_token stop) {
  while (!beating_ && !beats_.empty()) {
    Beat& next = **std::min_element(beats_.begin(), beats_.end(), [](Beat* a, Beat* b) { return a->due_ < b->due_; });
    if (next.due_ >= until) break;
    clock_.sleep_until(next.due_, stop);
    if (stop.stop_requested()) return;
    if (clock_.instant() < next.due_) continue;  // woken early
    beating_ = true;
    next.action_();
    beating_ = false;
    next.due_ = clock_.instant() + next.every_;
  }
  clock_.sleep_until(until, stop);
}

}  // namespace gild
