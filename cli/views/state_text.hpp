// SPDX-License-Identifier: Apache-2.0
// A state file for people: per group and image how many desktops are in which status, and what is open. Without a
// clock: `gild status` is for what happens now.
#pragma once

#include <cstddef>
#include <string>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct StateTextOptions {
  std::size_t width = kPlainWidth;
  bool every_desktop = false;  // each desktop on a line of its own, ids in full
};

std::string render_state(const State& state, const StateTextOptions& options, const Style& style);

}  // namespace gild
