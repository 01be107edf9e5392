// SPDX-License-Identifier: Apache-2.0
// Where the state goes when it could not be stored where it lives (contract 7, "Storing fails").
#pragma once

#include <optional>
#include <string>

#include "engine/model/state.hpp"
#include "engine/seams/disk.hpp"

namespace gild {

struct ErroredState {
  // The file it is in now, synced; nullopt: it could not be written either, for the reason in `why`, and `text` is the
  // only copy left: it must go to standard error.
  std::optional<std::string> path;
  std::string text;
  std::string why;
};

// Writes the state to errored.gild.state.json in `folder`, for `gild state push`. An older file of that name is never
// overwritten, since it may be the only record of a run: then it is errored.gild.state.2.json, and so on. Does not
// throw for what is wrong with the disk.
ErroredState write_errored_state(const State& state, const std::string& folder, Disk& disk,
                                 const std::string& gild_version);

}  // namespace gild
