// SPDX-License-Identifier: Apache-2.0
// The state in a PostgreSQL database (docs/state-postgresql.md): desktops, requests, jobs and the journal are rows, so
// recording a batch writes the batch, and a run reads and locks the groups that it is about.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/postgres/address.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

class PostgresStateStore : public StateStore {
 public:
  // Connects when something is asked of it, each time anew.
  PostgresStateStore(PostgresAddress address, Clock& clock, UuidSource make_uuid = random_uuid);

  std::string describe() const override { return address_.shown; }
  State read(const StateScope& scope = {}) override;
  std::vector<JournalRecord> read_history() override;
  std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) override;
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) override;
  bool unlock(const std::string& id) override;

 private:
  PostgresAddress address_;
  Clock& clock_;
  UuidSource make_uuid_;
};

}  // namespace gild
