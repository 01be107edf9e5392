// SPDX-License-Identifier: Apache-2.0
// How long to wait before a request that was not executed is tried again. Pure arithmetic.
#pragma once

#include <optional>
#include <random>

#include "engine/core/time.hpp"

namespace gild {

inline constexpr Duration kGiveUpAfter = std::chrono::minutes{30};  // of not-executed answers in a row (contract 7)

// What the answer asks for where it asks; else 1, 2, 4 … 60 s; with up to a quarter more, so that several runs that
// were refused together do not come back together. `attempt` counts from 1.
Duration wait_before_retry(int attempt, std::optional<Duration> asked, std::minstd_rand& random);

}  // namespace gild
