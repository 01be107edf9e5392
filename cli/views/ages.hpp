// SPDX-License-Identifier: Apache-2.0
// How long ago something was, for people. A time may be of another clock than ours (the service's, another machine's),
// so what seems to lie ahead counts as now.
#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "engine/core/time.hpp"

namespace gild {

inline std::string age_of(Time time, Time now) {
  const auto age = std::max(now - time, std::chrono::seconds{0});
  if (age < std::chrono::days{2}) return describe_duration(age);
  return fmt::format("{} days", std::chrono::duration_cast<std::chrono::days>(age).count());
}

// " (12 min ago)"
inline std::string ago(Time time, Time now) {
  return fmt::format(" ({} ago)", age_of(time, now));
}

}  // namespace gild
