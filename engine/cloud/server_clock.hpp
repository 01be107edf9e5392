// SPDX-License-Identifier: Apache-2.0
// The service's time, as the `Date` of its answers shows it. A signature more than 15 minutes off is refused (W 7.2),
// so a machine whose clock is wrong signs by the service's once it has heard it.
#pragma once

#include <chrono>
#include <optional>

#include "engine/core/time.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

class ServerClock {
 public:
  explicit ServerClock(const Clock& own) : own_(own) {}

  Time now() const { return own_.now() + skew_; }
  void learn(const HttpResponse& response) {
    if (const auto date = parse_http_date(response.header("Date"))) skew_ = *date - own_.now();
  }

 private:
  const Clock& own_;
  std::chrono::seconds skew_{0};
};

}  // namespace gild
