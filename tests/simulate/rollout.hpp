// SPDX-License-Identifier: Apache-2.0
// One seed, played to its end: gild's runs while things go wrong, then runs in peace, then a person who looks and
// settles what only a person can; judged all along.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/simulate/world.hpp"

namespace gild::simulate {

struct Played {
  std::vector<std::string> violations;
  bool beyond = false;  // the service did what gild assumes that it does not
  Fired fired{};
  std::size_t runs = 0;  // of gild
  std::size_t crashes = 0;
  std::size_t requests = 0;  // rebuild requests
  std::size_t wipes = 0;
  std::size_t desktops = 0;
  std::size_t by_person = 0;  // desktops that a person had to settle
};

// `active`: which of the scenario's disturbances take part; a scenario without some of them is what minimizing tries.
Played play(const Scenario& scenario, const std::vector<bool>& active, Trace& trace);
Played play(const Scenario& scenario);

}  // namespace gild::simulate
