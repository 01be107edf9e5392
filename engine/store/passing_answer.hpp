// SPDX-License-Identifier: Apache-2.0
// What an answer says about trying again, for the stores that are reached over HTTP.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "engine/seams/transport.hpp"

namespace gild {

// What may be otherwise the next time. 501 stays what it is.
inline bool is_passing(const HttpResponse& response) {
  return response.status == 429 || (response.status >= 500 && response.status != 501);
}

// Retry-After in seconds, at most ten minutes; nullopt where there is none.
inline std::optional<Duration> asked_to_wait(const HttpResponse& response) {
  const std::string_view text = response.header("Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds{std::min(seconds, 600)};
}

}  // namespace gild
