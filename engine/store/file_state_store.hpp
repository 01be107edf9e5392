// SPDX-License-Identifier: Apache-2.0
// The state in a local file, with its journal, history and lock beside it (docs/state.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/disk.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

class FileStateStore : public StateStore {
 public:
  // `path` need not exist yet; its folder must, from the first call on. A symbolic link is followed.
  FileStateStore(std::string path, Clock& clock, Disk& disk, UuidSource make_uuid = random_uuid);

  std::string describe() const override { return path_; }
  bool at_hand() const override { return true; }
  State read(const StateScope& scope = {}) override;
  std::vector<JournalRecord> read_history() override;
  std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) override;
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) override;
  bool unlock(const std::string& id) override;

 private:
  std::string path_;
  Clock& clock_;
  Disk& disk_;
  UuidSource make_uuid_;
};

// `path` on the disk of this machine.
std::unique_ptr<StateStore> open_file_state_store(std::string path, Clock& clock);

}  // namespace gild
