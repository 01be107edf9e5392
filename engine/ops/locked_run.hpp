// SPDX-License-Identifier: Apache-2.0
// The frame around everything that writes: take the lock, work, and fold to disk whatever became of the work, short of
// a crash (contract 5). Where storing fails, the state is kept elsewhere and the Error says how to bring it back.
#pragma once

#include <functional>
#include <optional>

#include "engine/core/error.hpp"
#include "engine/ops/op_deps.hpp"

namespace gild {

struct LockedRun {
  std::optional<Error> failure;  // what the work ran into, or that its results could not be stored
  bool interrupted = false;      // the work was cut short by a request to stop
  bool stored = true;            // false: the state went to deps.keep_errored
};

// `scope`: what the work reads and writes of the state. Throws where the work was not begun: the lock cannot be had
// (Error(locked), or Interrupted), the state cannot be read (Error(input) or Error(storage), which say what to do), or
// it lives elsewhere now (Error(refused)). After that only a bug comes out, as another exception;
// what was journalled until then is folded all the same.
LockedRun run_locked(const OpDeps& deps, const StateScope& scope, const std::function<void(LockedState&)>& work);

// As run_locked(), for work of which nothing is left to tell when it failed: throws the failure, and Interrupted.
void run_locked_or_throw(const OpDeps& deps, const StateScope& scope, const std::function<void(LockedState&)>& work);

}  // namespace gild
