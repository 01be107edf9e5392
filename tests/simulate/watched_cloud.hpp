// SPDX-License-Identifier: Apache-2.0
// Stands between gild and the service in a simulated rollout: tells the judge of everything that passes, and lets the
// process die, or the world change, at the moments that matter most.
#pragma once

#include <memory>
#include <vector>

#include "engine/seams/desktop_cloud.hpp"
#include "tests/simulate/judge.hpp"
#include "tests/simulate/world.hpp"

namespace gild::simulate {

class WatchedClouds : public CloudConnector {
 public:
  // The connections of one process: made anew for each run.
  WatchedClouds(World& world, Judge& judge);
  ~WatchedClouds() override;
  DesktopCloud& connect(const Workspace& workspace) override;

 private:
  class Cloud;
  World& world_;
  Judge& judge_;
  std::unique_ptr<CloudConnector> real_client_;  // Client::wire
  std::vector<std::unique_ptr<Cloud>> clouds_;
};

}  // namespace gild::simulate
