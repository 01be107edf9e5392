// SPDX-License-Identifier: Apache-2.0
// A local state whose lock is held: the only one that writes it. Each step leaves files that the next holder
// understands, whatever the last system call was that succeeded; docs/state.md goes through them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/model/desktop_places.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/file_journal.hpp"
#include "engine/store/file_lock.hpp"
#include "engine/store/state_files.hpp"
#include "engine/store/uuid.hpp"

namespace gild {

class LockedFileState : public LockedState {
 public:
  // Reads the state and puts right what a holder who died left behind: drops a torn record, makes durable what was
  // written, moves a journal that is folded already.
  LockedFileState(Disk& disk, Clock& clock, StatePaths paths, std::unique_ptr<FileLock> lock, Began who,
                  const UuidSource& make_uuid);

  [[nodiscard]] bool reserve(std::size_t bytes) override;
  // The record stays good until the next one is appended.
  // A record that could not be written is part of state() all the same, so that what is saved elsewhere then
  // (errored_state.hpp) has it. Every later append is taken into state() in the same way, and throws again.
  const JournalRecord& append(RecordBody body) override;
  void sync() override;
  const State& state() const override { return state_; }
  void fold_to_disk() override;
  void replace(State state) override;
  void import(State state, const std::vector<JournalRecord>& history) override;

 private:
  void recover(const StateFiles& files);  // their state is state_ already
  void begin_writing(const std::string& lineage);
  void write_began();
  void write_record(RecordBody body);
  void write_snapshot(const State& state);
  void move_journal();
  void take_over(State state);
  void check_usable() const;

  Disk& disk_;
  Clock& clock_;
  StatePaths paths_;
  std::unique_ptr<FileLock> lock_;  // let go of last
  Began who_;
  UuidSource make_uuid_;
  State state_;
  std::optional<DesktopPlaces> places_;  // of state_, from the first record on
  FileJournal journal_;
  JournalRecord last_record_;
  bool stored_ = false;  // there is a snapshot
  std::int64_t snapshot_serial_ = 0;
  std::int64_t journal_first_ = 0;  // serials of the journal's first and last record; 0: it is empty
  std::int64_t journal_last_ = 0;
  bool began_ = false;
  bool broken_ = false;  // a write failed, or a record did not fold: nothing more is written
};

}  // namespace gild
