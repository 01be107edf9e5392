// SPDX-License-Identifier: Apache-2.0
// A manifest made ready to be planned with, which takes no state: so it can be done while that is still being read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/manifest.hpp"

namespace gild {

// A desktop that the manifests name, with its group.
struct WantedDesktop {
  const DesktopGroup* group = nullptr;
  const DesktopEntry* entry = nullptr;
  std::uint64_t prefix = 0;  // the first characters of the id as a number of the same order: it mostly decides
};

struct PreparedManifest {
  // `wanted` must outlive it. Throws std::logic_error where a desktop is wanted twice, which the loader refuses:
  // planned, it would be wiped twice.
  explicit PreparedManifest(const Manifest& wanted);

  const Manifest& manifest;
  std::string digest;
  std::vector<WantedDesktop> desktops;  // all of them, in the order in which a state has its own
};

}  // namespace gild
