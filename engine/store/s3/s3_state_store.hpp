// SPDX-License-Identifier: Apache-2.0
// The state in a bucket of an S3 server (docs/state-s3.md): KEY.journal/… is what happened, KEY a snapshot of it that
// saves reading all of that, KEY.lock who writes. The snapshot is only ever a cache: an older one in its place, from a
// run that has lost its lock, costs reading some more of the journal and nothing else.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/beating_clock.hpp"
#include "engine/store/s3/s3_client.hpp"
#include "engine/store/s3/s3_lock.hpp"
#include "engine/store/s3/s3_settings.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

class S3StateStore : public StateStore {
 public:
  // `beats`: the clock that whoever holds the lock sleeps by; without it, the lock shows a sign of life only when
  // something is asked of it.
  S3StateStore(S3Settings settings, std::unique_ptr<Transport> transport, Clock& clock, BeatingClock* beats = nullptr,
               UuidSource make_uuid = random_uuid);

  std::string describe() const override { return client_.settings().shown; }
  State read(const StateScope& scope = {}) override;
  std::vector<JournalRecord> read_history() override;
  std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) override;
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) override;
  bool unlock(const std::string& id) override;

 private:
  void acquire(S3Lock& us, const LockWait& wait, const std::string& gild_version);
  // From a holder that shows no sign of life; false where somebody was faster.
  bool take_over(S3Lock& us, const S3Object& stale, const std::string& gild_version);

  S3Client client_;
  Clock& clock_;
  BeatingClock* beats_;
  UuidSource make_uuid_;
};

}  // namespace gild
