// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/retry.hpp"

#include <algorithm>

namespace gild {

Duration wait_before_retry(int attempt, std::optional<Duration> asked, std::minstd_rand& random) {
  const Duration base = asked ? *asked : Duration{1000} * (1 << std::clamp(attempt - 1, 0, 6));
  const Duration capped = asked ? base : std::min(base, Duration{60000});
  std::uniform_int_distribution<Duration::rep> jitter(0, std::max<Duration::rep>(capped.count() / 4, 1));
  return capped + Duration{jitter(random)};
}

}  // namespace gild
