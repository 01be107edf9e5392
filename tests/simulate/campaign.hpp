// SPDX-License-Identifier: Apache-2.0
// Many seeds side by side, and what came of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulate/rollout.hpp"

namespace gild::simulate {

struct Failure {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;
};

struct Tally {
  std::uint64_t seeds = 0;
  std::uint64_t runs = 0, crashes = 0, requests = 0, wipes = 0, desktops = 0, by_person = 0;
  std::uint64_t beyond = 0;  // seeds whose service did what gild assumes that it does not
  Fired fired{};
  Fired seeds_with{};             // seeds in which it fired
  std::vector<Failure> failures;  // by seed
  std::vector<Failure> costs;     // what broke in seeds beyond the assumptions
  double seconds = 0;
};

struct Campaign {
  std::uint64_t first = 1, last = 1;  // both included
  unsigned jobs = 1;
  bool stop_at_first = false;
  std::size_t desktops = 0;  // of each fleet; 0: drawn
};
Tally run(const Campaign& campaign);

// The smallest set of disturbances found that still breaks the same rule.
std::vector<bool> minimized(const Scenario& scenario);

std::string report(const Tally& tally);

}  // namespace gild::simulate
