// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/rate_limiter.hpp"

#include <algorithm>

namespace gild {
namespace {

constexpr std::chrono::minutes kWindow{1};

}  // namespace

RateLimiter::RateLimiter(int per_minute) : full_(std::max(per_minute, 1)), reduced_(full_) {}

int RateLimiter::budget(Instant now) const {
  if (reduced_ == full_) return full_;
  const auto minutes = std::chrono::floor<std::chrono::minutes>(now - reduced_at_).count();
  const std::int64_t regained = std::max<std::int64_t>(minutes, 0) * std::max(full_ / 10, 1);
  return static_cast<int>(std::min<std::int64_t>(full_, reduced_ + regained));
}

Instant RateLimiter::next(Instant now) const {
  const auto recent = std::upper_bound(sent_.begin(), sent_.end(), now - kWindow);
  const auto places = static_cast<std::size_t>(budget(now));
  const auto taken = static_cast<std::size_t>(sent_.end() - recent);
  if (taken < places) return now;
  return *(sent_.end() - static_cast<std::ptrdiff_t>(places)) + kWindow;
}

void RateLimiter::sent(Instant at) {
  while (!sent_.empty() && sent_.front() <= at - kWindow) sent_.pop_front();
  sent_.push_back(at);
}

void RateLimiter::throttled(Instant at) {
  reduced_ = std::max(budget(at) / 2, 1);
  reduced_at_ = at;
}

}  // namespace gild
