// SPDX-License-Identifier: Apache-2.0
// How long to wait before a try: pure arithmetic, the randomness comes from outside.
#pragma once

#include <functional>
#include <optional>

#include "engine/core/time.hpp"

namespace gild {

// A number from 0 up to, not including, 1.
using RandomSource = std::function<double()>;
RandomSource make_random();  // seeded by the system

struct RetryRules {
  Duration first{1000};
  Duration longest{60'000};                   // one wait, where the service asks for none in particular
  Duration total = std::chrono::minutes(30);  // of one call, from its first try on
};

// 1, 2, 4 … seconds and up to half as much again, so that many who failed together do not come back together.
// `failures`: how many tries failed so far, from 1.
Duration backoff(const RetryRules& rules, int failures, double random);

// The wait before the next try, after `failures` tries and `spent` time; nullopt where patience ends before it would.
// What the service asks for is never undercut.
std::optional<Duration> wait_before_retry(const RetryRules& rules, int failures, Duration spent,
                                          std::optional<Duration> asked, double random);

}  // namespace gild
