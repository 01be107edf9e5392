// SPDX-License-Identifier: Apache-2.0
// The state in a local file, with its journal, history and lock beside it (docs/state.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

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
  State read() override;
  std::vector<JournalRecord> read_history() override;
  std::optional<LockHolder> holder(std::optional<LockHolder>* leftover = nullptr) override;
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait) override;
  bool clear_leftover_lock() override;

 private:
  std::string path_;
  Clock& clock_;
  Disk& disk_;
  UuidSource make_uuid_;
};

// The value of --state: a path or file:PATH. Throws Error(usage) for URLs that this version keeps no state at.
std::unique_ptr<StateStore> open_state_store(std::string_view url, Clock& clock);

}  // namespace gild
