// SPDX-License-Identifier: Apache-2.0
// A locked state in a store that takes several records in one write: keeps what is appended in memory until sync() and
// hands it over at once. What every store but the local file has in common; a store says how a write becomes durable
// and how it fails when the lock was lost.
#pragma once

#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

class BufferedState : public LockedState {
 public:
  [[nodiscard]] bool reserve(std::size_t bytes) final;
  // A record that could not be written is part of state() all the same, so that what is saved elsewhere then
  // (errored_state.hpp) has it. Every later append is taken into state() in the same way, and throws.
  const JournalRecord& append(RecordBody body) final;
  void sync() final;
  const State& state() const final { return state_; }
  void fold_to_disk() final;
  void replace(State state) final;
  void import(State state, const std::vector<JournalRecord>& history) final;

 protected:
  // `state` is what is stored.
  BufferedState(Clock& clock, Began who, State state, UuidSource make_uuid);

  const Began& who() const { return who_; }
  // Something that was appended is not known to be stored: whoever goes on knows less than this run does.
  bool has_unstored() const { return !pending_.empty(); }
  bool broken() const { return broken_; }
  // Nothing more is written from here on.
  void give_up() { broken_ = true; }

  // Throws Error(storage) where the lock is lost or the store cannot be reached. Called before each request.
  virtual void prove_held() = 0;
  // Makes these durable, all or none of them, and only while the lock is held; state() has them folded in already. The
  // first ones ever make the state: state().lineage is new then. Returning means that they are stored for certain;
  // throwing, that it is not certain.
  virtual void write_records(const std::vector<JournalRecord>& records) = 0;
  // All that was appended is written, or nothing was to be written: the end of each sync().
  virtual void written() {}
  // The state as a whole, for stores that keep one beside the records. All records are written.
  virtual void write_snapshot() = 0;
  // This state takes the place of what is stored, with these records added to the history.
  virtual void write_replacement(const State& state, const std::vector<JournalRecord>& history) = 0;
  // The serial for the next record; greater than every one before it. `skipped`: it does not continue what this run
  // wrote before, so that others' records may stand in between.
  struct NextSerial {
    std::int64_t serial = 0;
    bool skipped = false;
  };
  virtual NextSerial next_serial();

 private:
  void add(RecordBody body);
  void check_usable() const;

  Clock& clock_;
  Began who_;
  UuidSource make_uuid_;
  State state_;
  std::vector<JournalRecord> pending_;  // appended, not written
  JournalRecord last_record_;
  bool began_ = false;     // who_ is on record
  bool unfolded_ = false;  // records were written since the last snapshot
  bool broken_ = false;    // it is not certain what is stored, or a record did not fold: nothing more is written
};

}  // namespace gild
