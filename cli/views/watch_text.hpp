// SPDX-License-Identifier: Apache-2.0
// `gild status --watch`: what a rollout that runs elsewhere looks like from here. A picture of a few lines for a
// terminal, drawn anew; where it is read later, a line for each thing that changed.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/style.hpp"
#include "engine/core/ids.hpp"
#include "engine/ops/status_report.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

struct WatchLook {
  const State& state;
  const StatusReport& report;
  std::string store;                // as StateStore::describe() says
  std::vector<LockHolder> holders;  // those that hold a lock on what is watched
  Time now;
  bool shows_holders = true;  // as the store says: else a run may hold the lock though nobody is named
};

// At most `rows` lines for groups, those with an open rollout first; no line is wider than `width`.
std::vector<std::string> render_watch(const WatchLook& look, std::size_t width, std::size_t rows, const Style& style);

// Remembers what was told, so that only news is.
class WatchLines {
 public:
  // What is new since the last call. The first one tells of the locks and of all groups where something is open.
  std::vector<std::string> take(const WatchLook& look);

 private:
  std::map<std::string, std::string> holders_;  // by the lock's id
  std::map<std::pair<WorkspaceName, std::string>, std::string> groups_;
  bool first_ = true;
  bool alone_ = false;
};

}  // namespace gild
