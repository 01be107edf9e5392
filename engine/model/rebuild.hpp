// SPDX-License-Identifier: Apache-2.0
// A rebuild request as the service takes it (W 1.1), and the limits that the service sets on it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/image.hpp"

namespace gild {

inline constexpr std::size_t kMaxDesktopsPerRequest = 100;      // W 1.1
inline constexpr int kMaxDelayMinutes = 15;                     // W 0.3: 0–15 in the sister calls; more is never sent
inline constexpr std::size_t kMaxMessageLength = 400;           // W 1.1, code points; UTF-16 units too (W 9.4)
inline constexpr std::size_t kMaxIdLength = 255;                // W 1.1
inline constexpr std::size_t kMaxEnterpriseProjectLength = 36;  // W 1.1

// The optional fields, as the manifest gives them. Absent ones are left out of the request, never sent as null.
struct RebuildOptions {
  std::optional<int> delay_time;  // minutes
  std::optional<std::string> message;
  std::optional<std::string> order_id;
  std::optional<std::string> enterprise_project_id;
  std::optional<std::string> encrypt_type;  // KEEP, UNENCRYPTED, ENCRYPTED
  std::optional<std::string> kms_id;
  friend bool operator==(const RebuildOptions&, const RebuildOptions&) = default;
};

struct RebuildRequest {
  std::vector<DesktopId> desktop_ids;  // 1..100, each once
  ImageRef image;
  RebuildOptions options;
};

// How long the service may let a user save work before it begins.
std::chrono::minutes delay_of(const RebuildOptions& options);

}  // namespace gild
