// SPDX-License-Identifier: Apache-2.0
// What one seed stands for: a fleet with its policies, the runs that gild makes, and a schedule of disturbances. A
// value; the same on every machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/model/manifest.hpp"
#include "tests/simulate/disturbance.hpp"

namespace gild::simulate {

// How gild reaches the service: by the simulated seam, which is fast, or by its real client, whose requests are
// answered, byte by byte, by the emulator's wire code.
enum class Client { model, wire };
enum class Credential { keys, password };  // a token would run out within a rollout of some days

struct GroupShape {
  std::size_t site = 0;
  std::size_t first = 0;  // its desktops are a range of the fleet
  std::size_t count = 0;
  RolloutSettings rollout;
  RebuildOptions rebuild;
  std::vector<std::size_t> protect, exclude;
};

struct Scenario {
  std::uint64_t seed = 1;
  Client client = Client::model;
  Credential credential = Credential::keys;
  std::size_t sites = 1;
  std::size_t desktops = 1;
  std::vector<GroupShape> groups;
  std::chrono::seconds settle{1800};
  Duration poll{15'000};
  int max_in_flight = 200;
  Duration job_min{60'000};
  Duration job_max{300'000};
  bool refreshed_at_first = false;  // the state knows the fleet before the first plan
  std::size_t runs = 1;             // while things go wrong
  std::vector<Duration> idle;       // after each of them
  std::vector<Disturbance> disturbances;
};

// `desktops`: 0 draws how many; else as many, in some tens of groups, where what matters is that nothing is lost or
// takes for ever in a fleet of a real size.
Scenario make_scenario(std::uint64_t seed, std::size_t desktops = 0);

}  // namespace gild::simulate
