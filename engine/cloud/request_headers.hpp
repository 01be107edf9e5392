// SPDX-License-Identifier: Apache-2.0
// The headers that every request carries (W 7.8).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gild {

inline std::vector<std::pair<std::string, std::string>> common_headers() {
  return {{"Content-Type", "application/json"},
          {"Accept", "application/json"},
          {"Accept-Encoding", "identity"},
          {"X-Language", "en-us"},
          {"User-Agent", "gild/0.1.0"}};
}

}  // namespace gild
