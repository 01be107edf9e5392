// SPDX-License-Identifier: Apache-2.0
// `gild state migrate`: the state goes to another place, with its history, and the old place keeps a sign that says
// where. At no moment do two places take an apply, and wherever it is cut short, the same command goes on:
//
//     1. the target gets state and history, marked as living at the old place still: it refuses every run
//     2. both are read back from the target and compared
//     3. the old place is marked as moved: it refuses every run from here on
//     4. the target's mark is taken off: it lives there now
#pragma once

#include <cstddef>
#include <string>

#include "engine/ops/op_deps.hpp"

namespace gild {

struct MigrateRequest {
  StateStore& target;
  // As --state takes them, without secrets: what the marks say.
  std::string from;
  std::string to;
};

struct MigrateReport {
  std::size_t desktops = 0;
  std::size_t records = 0;  // of history that the target has now
  bool resumed = false;     // an earlier run had been cut short
  bool already = false;     // an earlier run had come to its end; nothing was written
};

// Locks both places as a whole. Throws Error(usage) where nothing is stored or both are one, Error(refused) where the
// target holds another state or the source lives elsewhere, and Error(storage) where what was read back is not what was
// written; then the old place is as it was.
MigrateReport migrate_state(const OpDeps& deps, const MigrateRequest& request);

}  // namespace gild
