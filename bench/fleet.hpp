// SPDX-License-Identifier: Apache-2.0
// The fleets that are measured: made up from a seed, the same in every run, and like real ones in what costs time and
// memory. Ids are UUIDs, groups differ in size, desktops have names, and the state holds what a refresh and an earlier
// rebuild have left in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/model/manifest.hpp"
#include "engine/model/state.hpp"

namespace gild::bench {

struct FleetShape {
  std::size_t desktops = 1000;
  std::size_t groups = 500;     // fewer where there are too few desktops
  double rebuild_share = 0.01;  // of the desktops, spread over the whole fleet: recorded with an older image
  std::uint64_t seed = 2026;
};

// What is wanted, and what is recorded.
struct Fleet {
  Manifest wanted;
  State known;
  std::size_t rebuilds = 0;  // how many desktops differ
};
Fleet make_fleet(const FleetShape& shape);

// Where the desktops of a group stand.
enum class ListForm {
  in_manifest,  // in the YAML itself
  in_files,     // in a file of its own, which desktop_files names
};

// `fleet` as a user keeps it: one manifest for each group below `folder`, and the state in gild.state.json beside them.
// The folder is made; what is in it already stays.
void write_fleet(const Fleet& fleet, ListForm form, const std::string& folder);

}  // namespace gild::bench
