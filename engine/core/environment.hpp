// SPDX-License-Identifier: Apache-2.0
// The environment as a value that is passed in, so that what reads it stays pure and a test can have its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gild {

// The value of a variable; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// An empty variable counts as one that is not set.
inline std::optional<std::string> variable(const Environment& environment, std::string_view name) {
  std::optional<std::string> value = environment(name);
  return value && value->empty() ? std::nullopt : value;
}

}  // namespace gild
