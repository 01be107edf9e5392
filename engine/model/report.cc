// SPDX-License-Identifier: Apache-2.0
#include "engine/model/report.hpp"

#include <algorithm>
#include <array>

namespace gild {
namespace {

constexpr std::array<std::string_view, 10> kEnds{"ready",   "already",  "failed",     "unhealthy", "unknown",
                                                 "refused", "settling", "rebuilding", "held",      "waiting"};

}  // namespace

std::string_view name_of(DesktopEnd end) {
  return kEnds[static_cast<std::size_t>(end)];
}

std::size_t ApplyReport::count(DesktopEnd end) const {
  return static_cast<std::size_t>(std::count_if(desktops.begin(), desktops.end(),
                                                [&](const DesktopOutcome& outcome) { return outcome.end == end; }));
}

}  // namespace gild
