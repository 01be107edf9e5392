// SPDX-License-Identifier: Apache-2.0
// `gild status` for people: groups where nothing is open in a line each, then those where something is, what is under
// way, and at the end, where the eye is, what to do next.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/ops/status_report.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

struct StatusTextInput {
  const State& state;
  const StatusReport& report;
  std::string store;                // as StateStore::describe() says
  std::string option;               // " --state URL" for commands to copy, or empty
  std::vector<LockHolder> holders;  // who writes now, and who did and was killed
  Time now;
  std::size_t width = kPlainWidth;
  bool every_desktop = false;
  bool shows_holders = true;  // as the store says: else a run may hold the lock though nobody is named
};

std::string render_status(const StatusTextInput& input, const Style& style);

// "ana on build-7 (process 12), since 2026-11-24T20:00:00Z (12 min ago): gild apply"
std::string describe_holder(const LockHolder& holder, Time now);

}  // namespace gild
