// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/locked_run.hpp"

#include <fmt/format.h>

#include "engine/ops/state_scope.hpp"

namespace gild {
namespace {

Error not_stored(const Error& why, const std::optional<Error>& before, const std::string& store,
                 std::string where_it_is) {
  std::string message = fmt::format("The state could not be stored in {}: {}", store, why.what());
  if (before && std::string_view(before->what()) != why.what()) {
    message += fmt::format(". Before that: {}", before->what());
  }
  const std::string& cause = before && !before->advice().empty() ? before->advice() : why.advice();
  if (!cause.empty()) where_it_is = cause + "\n\n" + where_it_is;
  return {ErrorKind::storage, std::move(message), std::move(where_it_is)};
}

// Empty: the results are on disk.
std::optional<Error> fold_to_disk(LockedState& locked) {
  try {
    locked.fold_to_disk();
    return std::nullopt;
  } catch (const Error& error) {  // the caller decides what is worse: this, or what came before
    return error;
  }
}

}  // namespace

LockedRun run_locked(const OpDeps& deps, const StateScope& scope, const std::function<void(LockedState&)>& work) {
  LockedRun run;
  const std::unique_ptr<LockedState> locked = deps.store.lock(deps.who, deps.lock_wait, scope);
  check_lives_here(locked->state(), deps.store.describe());
  try {
    work(*locked);
  } catch (const Interrupted&) {  // asked for: not a failure
    run.interrupted = true;
  } catch (const Error& error) {  // told to the caller once what happened so far is safe
    run.failure = error;
  } catch (...) {  // a bug: what was journalled is worth as much as ever
    static_cast<void>(fold_to_disk(*locked));
    throw;
  }
  if (const std::optional<Error> failure = fold_to_disk(*locked)) {
    run.stored = false;
    const StoreAfterwards afterwards = locked->store_forgot() ? StoreAfterwards::forgot
                                       : locked->keeps_lock() ? StoreAfterwards::locked
                                                              : StoreAfterwards::unlocked;
    run.failure =
        not_stored(*failure, run.failure, deps.store.describe(), deps.keep_errored(locked->state(), afterwards));
  }
  return run;
}

void run_locked_or_throw(const OpDeps& deps, const StateScope& scope, const std::function<void(LockedState&)>& work) {
  const LockedRun run = run_locked(deps, scope, work);
  if (run.failure) throw *run.failure;
  if (run.interrupted) throw Interrupted{};
}

}  // namespace gild
