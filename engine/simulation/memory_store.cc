// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/memory_store.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/model/fold.hpp"
#include "engine/simulation/random.hpp"

namespace gild {

class MemoryStateStore::Lock : public LockedState {
 public:
  Lock(MemoryStateStore& store, Began who) : store_(store), who_(std::move(who)), state_(store.read()) {}
  ~Lock() override { store_.holder_.reset(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  bool reserve(std::size_t) override {
    at_call();
    return !store_.refuse_reserve_.at(++store_.reserves_);
  }

  const JournalRecord& append(RecordBody body) override {
    at_call();
    if (store_.fail_append_.at(++store_.appends_)) throw IoError("memory.journal", "append to", ENOSPC);
    if (!begun_) {
      write(who_);
      begun_ = true;
    }
    return write(std::move(body));
  }

  void sync() override {
    at_call();
    if (store_.fail_sync_.at(++store_.syncs_)) throw IoError("memory.journal", "sync", EIO);
    store_.synced_ = store_.journal_.size();
  }

  const State& state() const override { return state_; }

  void fold_to_disk() override {
    at_call();
    if (store_.fail_fold_.at(++store_.folds_)) throw IoError("memory.state", "write", ENOSPC);
    if (store_.journal_.empty()) return;
    move_journal();
    store_.snapshot_ = state_;
  }

  void replace(State state) override {
    at_call();
    if (store_.fail_fold_.at(++store_.folds_)) throw IoError("memory.state", "write", ENOSPC);
    state.serial = std::max(state.serial, state_.serial) + 1;
    move_journal();
    state_ = std::move(state);
    store_.snapshot_ = state_;
  }

  void import(State state, const std::vector<JournalRecord>& history) override {
    at_call();
    move_journal();
    for (const JournalRecord& record : history) {
      if (store_.history_.empty() || record.serial > store_.history_.back().serial) store_.history_.push_back(record);
    }
    state_ = std::move(state);
    store_.snapshot_ = state_;
  }

 private:
  void at_call() const {
    if (store_.crash_ != nullptr) store_.crash_->at_call();
  }
  // A record that does not fit the state throws here, before it reaches the disk.
  const JournalRecord& write(RecordBody body) {
    JournalRecord record{state_.serial + 1, store_.clock_->now(), std::move(body)};
    fold(state_, record);
    if (state_.lineage.empty()) {
      state_.lineage = store_.snapshot_.lineage = uuid_for("the lineage of the state in memory");
    }
    store_.journal_.push_back(std::move(record));
    return store_.journal_.back();
  }
  void move_journal() const {
    store_.history_.insert(store_.history_.end(), store_.journal_.begin(), store_.journal_.end());
    store_.journal_.clear();
    store_.synced_ = 0;
  }

  MemoryStateStore& store_;
  Began who_;
  bool begun_ = false;  // who_ is on record
  State state_;
};

MemoryStateStore::MemoryStateStore(const Clock& clock, State snapshot)
    : clock_(&clock), snapshot_(std::move(snapshot)) {}

State MemoryStateStore::read(const StateScope&) {
  State state = snapshot_;
  for (const JournalRecord& record : journal_) {
    if (record.serial > state.serial) fold(state, record);
  }
  return state;
}

std::vector<JournalRecord> MemoryStateStore::read_history() {
  std::vector<JournalRecord> records = history_;
  records.insert(records.end(), journal_.begin(), journal_.end());
  return records;
}

// A dead holder leaves nothing behind in memory.
std::vector<LockHolder> MemoryStateStore::lock_holders(LockLook) {
  if (!holder_) return {};
  return {*holder_};
}

bool MemoryStateStore::unlock(const std::string&) {
  return false;
}

std::unique_ptr<LockedState> MemoryStateStore::lock(const Began& who, const LockWait&, const StateScope&) {
  if (holder_) {
    throw Error(ErrorKind::locked, fmt::format("The {} is locked by {} on {} ({}).", describe(), holder_->user,
                                               holder_->host, holder_->command));
  }
  ++locks_;
  holder_ = LockHolder{uuid_for(fmt::format("lock {}", locks_)),
                       who.user,
                       who.host,
                       1,
                       who.command,
                       clock_->now(),
                       {},
                       {},
                       LockHold::process};
  return std::make_unique<Lock>(*this, who);
}

std::unique_ptr<LockedState> MemoryStateStore::lock() {
  return lock({"gild apply", "tester", "testhost", std::nullopt, "0.1.0"}, Duration{0});
}

MemoryStateStore MemoryStateStore::crashed_copy(std::size_t unsynced_kept) const {
  MemoryStateStore copy(*clock_, snapshot_);
  const std::size_t kept = synced_ + std::min(unsynced_kept, unsynced());
  copy.journal_.assign(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(kept));
  copy.synced_ = kept;
  copy.history_ = history_;
  copy.locks_ = locks_;
  return copy;
}

}  // namespace gild
