// SPDX-License-Identifier: Apache-2.0
// The number that an advisory lock of PostgreSQL has. Such locks are one space for the whole database, shared with
// whatever else uses it, so the number is a digest of what it stands for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/digest.hpp"

namespace gild {

struct AdvisoryKey {
  std::int64_t value = 0;
  // How pg_locks shows it: two halves.
  std::string high() const { return std::to_string(static_cast<std::uint64_t>(value) >> 32); }
  std::string low() const { return std::to_string(static_cast<std::uint64_t>(value) & 0xffffffff); }
};

inline AdvisoryKey advisory_key(const std::vector<std::string>& parts) {
  std::string text = "gild";
  for (const std::string& part : parts) text += '\0' + part;
  return {static_cast<std::int64_t>(std::stoull(sha256_hex(text).substr(0, 16), nullptr, 16))};
}

}  // namespace gild
