// SPDX-License-Identifier: Apache-2.0
// A state store in memory, with a disk that knows what was synced and what was not, that can fail at any call, and that
// can be looked at as a power cut would leave it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/simulation/crash_point.hpp"

namespace gild {

class MemoryStateStore : public StateStore {
 public:
  // `clock` gives records their time and must outlive the store.
  explicit MemoryStateStore(const Clock& clock, State snapshot = {});

  std::string describe() const override { return "state in memory"; }
  State read(const StateScope& scope = {}) override;
  std::vector<JournalRecord> read_history() override;
  std::vector<LockHolder> lock_holders(LockLook look = LockLook::beside) override;
  std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait, const StateScope& scope = {}) override;
  bool unlock(const std::string& id) override;
  // lock() with made-up words.
  std::unique_ptr<LockedState> lock();

  // --- What is to fail; calls are counted from 1 over the life of the store ------------------------------------------
  void fail_append(std::size_t nth, std::size_t count = 1) { fail_append_ = {nth, count}; }
  void fail_sync(std::size_t nth, std::size_t count = 1) { fail_sync_ = {nth, count}; }
  void fail_fold(std::size_t nth, std::size_t count = 1) { fail_fold_ = {nth, count}; }
  void refuse_reserve(std::size_t nth, std::size_t count = 1) { refuse_reserve_ = {nth, count}; }
  void set_crash_point(CrashPoint* crash) { crash_ = crash; }

  // --- What is on the disk -------------------------------------------------------------------------------------------
  // The disk after a power cut now: all that was synced, and the first `unsynced_kept` of the other records, which may
  // have reached the disk by themselves. Nobody holds the copy's lock, and it fails nowhere.
  MemoryStateStore crashed_copy(std::size_t unsynced_kept = 0) const;
  const State& snapshot() const { return snapshot_; }
  const std::deque<JournalRecord>& journal() const { return journal_; }
  const std::vector<JournalRecord>& history() const { return history_; }
  std::size_t unsynced() const { return journal_.size() - synced_; }
  std::size_t appends() const { return appends_; }
  std::size_t syncs() const { return syncs_; }
  std::size_t folds() const { return folds_; }
  std::size_t reserves() const { return reserves_; }

 private:
  class Lock;
  struct Failing {
    std::size_t from = 0;
    std::size_t count = 0;
    bool at(std::size_t number) const { return number >= from && number - from < count; }
  };

  const Clock* clock_;
  State snapshot_;
  std::deque<JournalRecord> journal_;  // a deque: append() hands out references
  std::size_t synced_ = 0;             // records of the journal
  std::vector<JournalRecord> history_;
  std::optional<LockHolder> holder_;
  std::size_t locks_ = 0;
  std::size_t appends_ = 0, syncs_ = 0, folds_ = 0, reserves_ = 0;
  Failing fail_append_, fail_sync_, fail_fold_, refuse_reserve_;
  CrashPoint* crash_ = nullptr;
};

}  // namespace gild
