// SPDX-License-Identifier: Apache-2.0
// A clock during whose long sleeps something is done now and then: a lock that runs out where its holder shows no sign
// of life. All of it happens on the thread that sleeps; while nobody sleeps, nothing is done.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "engine/seams/clock.hpp"

namespace gild {

class BeatingClock final : public Clock {
 public:
  explicit BeatingClock(Clock& clock) : clock_(clock) {}

  Time now() const override { return clock_.now(); }
  Instant instant() const override { return clock_.instant(); }
  void sleep_until(Instant until, std::stop_token stop) override;

  // Ends what it stands for. Must not outlive the clock.
  class Beat {
   public:
    Beat(const Beat&) = delete;
    Beat& operator=(const Beat&) = delete;
    ~Beat() { clock_.forget(*this); }

   private:
    friend class BeatingClock;
    Beat(BeatingClock& clock, Duration every, std::function<void()> action)
        : clock_(clock), every_(every), action_(std::move(action)), due_(clock.instant() + every) {}
    BeatingClock& clock_;
    Duration every_;
    std::function<void()> action_;
    Instant due_;
  };
  // `action` is called about that often while somebody sleeps; it must not throw. It may sleep itself: then nothing is
  // done meanwhile.
  [[nodiscard]] std::unique_ptr<Beat> beat(Duration every, std::function<void()> action);

 private:
  void forget(Beat& beat) { beats_.remove(&beat); }

  Clock& clock_;
  std::list<Beat*> beats_;
  bool beating_ = false;
};

}  // namespace gild
