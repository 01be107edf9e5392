// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/prepared_manifest.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "engine/core/parallel.hpp"
#include "engine/plan/manifest_digest.hpp"

namespace gild {
namespace {

std::uint64_t prefix_of(std::string_view id) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < sizeof prefix; ++i) {
    prefix = prefix << 8U | (i < id.size() ? static_cast<unsigned char>(id[i]) : 0U);
  }
  return prefix;
}

bool comes_before(const WantedDesktop& a, const WantedDesktop& b) {
  // Most are of one Workspace, and most of their names share one text.
  if (const auto order = a.group->workspace <=> b.group->workspace; order != 0) return order < 0;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return a.entry->id < b.entry->id;
}

std::vector<WantedDesktop> sorted_desktops(const Manifest& wanted) {
  std::size_t count = 0;
  for (const DesktopGroup& group : wanted.groups) count += group.desktops.size();
  std::vector<WantedDesktop> out;
  out.reserve(count);
  for (const DesktopGroup& group : wanted.groups) {
    for (const DesktopEntry& entry : group.desktops) out.push_back({&group, &entry, prefix_of(entry.id.str())});
  }
  std::sort(out.begin(), out.end(), comes_before);
  for (std::size_t i = 1; i < out.size(); ++i) {
    if (comes_before(out[i - 1], out[i])) continue;
    // The loader refuses such manifests; planned, the desktop would be wiped twice.
    throw std::logic_error(fmt::format("PreparedManifest: desktop {} is wanted twice", out[i].entry->id));
  }
  return out;
}

}  // namespace

PreparedManifest::PreparedManifest(const Manifest& wanted) : manifest(wanted) {
  for_each_index(2, [&](std::size_t part) {
    if (part == 0) {
      desktops = sorted_desktops(wanted);
    } else {
      digest = manifest_digest(wanted);
    }
  });
}

}  // namespace gild
