// SPDX-License-Identifier: Apache-2.0
// Which store a --state means. The only place, beside tests, where the stores are named.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/environment.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/seams/transport.hpp"
#include "engine/store/beating_clock.hpp"

namespace gild {

// What a store reaches the world with.
struct StoreWorld {
  Clock& clock;
  Environment environment;
  // For stores that are reached over HTTPS; called when the first request is made.
  std::function<std::unique_ptr<Transport>(const TransportOptions& options)> make_transport;
  // The clock that the program sleeps by, for locks that run out where nobody shows a sign of life; may be null.
  BeatingClock* beats = nullptr;
};

// The value of --state: a path or file:PATH. Throws Error(usage) for what names no store. Reaches nothing yet.
std::unique_ptr<StateStore> open_state_store(std::string_view url, const StoreWorld& world);

}  // namespace gild
