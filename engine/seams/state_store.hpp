// SPDX-License-Identifier: Apache-2.0
// Where the state lives. The store hands out the journal, because the journal lives where the state lives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

// Who holds, or last held, the lock.
struct LockHolder {
  std::string id;  // a UUID per locking
  std::string user;
  std::string host;
  std::int64_t pid = 0;
  std::string command;
  Time since{};
};

// How long to wait for a lock that somebody else has.
struct LockWait {
  LockWait(Duration most, std::stop_token until_stop = {}) : at_most(most), stop(std::move(until_stop)) {}
  Duration at_most;
  std::stop_token stop;
};

// Appends records. Only the lock's holder has one.
class Journal {
 public:
  virtual ~Journal() = default;
  // Makes sure that `bytes` more can be appended; false where the disk has no room. Asked before a request is sent, so
  // that its answer can always be recorded. Throws IoError for what is no lack of room.
  [[nodiscard]] virtual bool reserve(std::size_t bytes) = 0;
  // Gives the body the next serial, appends it and folds it into state(). Not durable before sync().
  // Throws IoError, after which nothing more may be sent, and Error(input) where the record does not fit the state:
  // then it is stored nowhere.
  virtual const JournalRecord& append(RecordBody body) = 0;
  virtual void sync() = 0;
  // Snapshot + journal, always.
  virtual const State& state() const = 0;
};

// The lock, held. Folding, replacing and appending need it; destroying it releases it.
class LockedState : public Journal {
 public:
  // Folds to disk: writes the snapshot and moves the journal into the history. Does nothing where nothing was appended
  // and the journal is empty.
  virtual void fold_to_disk() = 0;
  // `state push`: another state takes the place of this one, under its own serial + 1 or ours + 1, whichever is
  // greater.
  virtual void replace(State state) = 0;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  // For people: "gild.state.json".
  virtual std::string describe() const = 0;
  // Folds in memory, ignores a torn tail, writes nothing; safe beside a running apply. An empty State (no lineage)
  // where nothing is stored. Throws Error(input) where something is damaged, with what to do about it.
  virtual State read() = 0;
  // Everything that was ever journalled here, oldest first: history segments, then the journal.
  virtual std::vector<JournalRecord> read_history() = 0;
  // nullopt: nobody holds the lock. `leftover`, where given, is set where the record of a dead holder remains.
  virtual std::optional<LockHolder> holder(std::optional<LockHolder>* leftover = nullptr) = 0;
  // Throws Error(locked), naming the holder, where somebody else has it after that time; Interrupted on a stop.
  virtual std::unique_ptr<LockedState> lock(const Began& who, const LockWait& wait) = 0;
  // Forgets the record that a dead holder left. True where there was one.
  virtual bool clear_leftover_lock() = 0;
};

}  // namespace gild
