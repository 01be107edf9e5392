// SPDX-License-Identifier: Apache-2.0
// What every use case is given: the world through seams, and who acts. Ops know no terminal, no flags and no exit
// status; questions to a person go out through callbacks.
#pragma once

#include <functional>
#include <string>

#include "engine/model/journal_record.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "engine/seams/observer.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

enum class StoreAfterwards {
  unlocked,
  locked,  // so that nobody goes on with less knowledge than this run has
  forgot,  // unlocked, and without what it had confirmed to this run
};

struct OpDeps {
  StateStore& store;
  CloudConnector& clouds;
  Clock& clock;
  Observer& observer;
  Began who;  // for the lock's record and the journal
  LockWait lock_wait{Duration{0}};
  // Keeps a state that the store could not take, where a person finds it, and says where that is and how it gets back
  // into the store. Is the last resort and must not throw.
  std::function<std::string(const State&, StoreAfterwards)> keep_errored;
};

}  // namespace gild
