// SPDX-License-Identifier: Apache-2.0
// The state at a server that speaks Terraform's HTTP state protocol: GitLab, Gitea, and others (docs/state-http.md).
// Such a server keeps whole documents, so every sync writes the state and the end of its journal as one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/http/http_settings.hpp"
#include "engine/store/http/http_state_client.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

enum class WithoutLock { refused, accepted };

class HttpStateStore : public StateStore {
 public:
  // `without_lock`: what becomes of a writing run where the server has no locks.
  HttpStateStore(HttpSettings settings, std::unique_ptr<Transport> transport, Clock& clock,
                 WithoutLock without_lock = WithoutLock::refused, UuidSource make_uuid = random_uuid);

  std::string describe() const override { return client_.settings().shown(); }
  State read(const StateScope& scope = {}) override;
  std::vector<JournalRecord> read_history() override;
  // The protocol tells who holds the lock only to whoever tries to take it: nobody, unless `look` allows that.
  std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) override;
  bool shows_holders() const override { return false; }
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) override;
  bool unlock(const std::string& id) override;

 private:
  HttpStateClient client_;
  Clock& clock_;
  WithoutLock without_lock_;
  UuidSource make_uuid_;
};

}  // namespace gild
