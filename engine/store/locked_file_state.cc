// SPDX-License-Identifier: Apache-2.0
#include "engine/store/locked_file_state.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/model/fold.hpp"
#include "engine/store/history_folder.hpp"
#include "engine/store/journal_format.hpp"
#include "engine/store/state_file.hpp"

namespace gild {

LockedFileState::LockedFileState(Disk& disk, Clock& clock, StatePaths paths, std::unique_ptr<FileLock> lock, Began who,
                                 const UuidSource& make_uuid)
    : disk_(disk),
      clock_(clock),
      paths_(std::move(paths)),
      lock_(std::move(lock)),
      who_(std::move(who)),
      make_uuid_(make_uuid),
      journal_(disk, paths_.journal) {
  StateFiles files = read_state_files(disk_, paths_);
  state_ = std::move(files.state);
  recover(files);
}

void LockedFileState::recover(const StateFiles& files) {
  // Names that the holder before us made and did not live to sync. The history's before the folder's: a segment whose
  // old name goes for good before its new one has come for good would be lost.
  if (disk_.is_folder(paths_.history)) disk_.sync_folder(paths_.history);
  disk_.sync_folder(paths_.folder);
  stored_ = files.has_snapshot;
  snapshot_serial_ = files.snapshot_serial;
  if (files.has_journal) journal_.open(files.journal.whole_bytes);
  if (!stored_ && !state_.lineage.empty()) write_snapshot(state_);  // put together from the history
  if (files.journal.empty()) return;
  journal_first_ = files.journal.first;
  journal_last_ = files.journal.last;
  // Folded, but not moved yet: before anything is appended, since serials in one file are consecutive and a state that
  // was pushed may be far ahead of them.
  if (journal_last_ <= snapshot_serial_) move_journal();
}

bool LockedFileState::reserve(std::size_t bytes) {
  check_usable();
  try {
    begin_writing({});
    // The holder's own record comes first and needs room too.
    const std::size_t own = began_ ? 0 : frame_record({state_.serial + 1, clock_.now(), who_}).size();
    return journal_.reserve(bytes + own);
  } catch (const IoError& error) {
    if (error.error_number() == ENOSPC || error.error_number() == EDQUOT) return false;
    broken_ = true;
    throw;
  }
}

const JournalRecord& LockedFileState::append(RecordBody body) {
  std::exception_ptr failure;
  try {
    if (!broken_) begin_writing({});
    write_began();
  } catch (const IoError&) {
    // Told below: the record comes into state() first.
    broken_ = true;
    failure = std::current_exception();
  }
  write_record(std::move(body));
  if (failure) std::rethrow_exception(failure);
  check_usable();
  return last_record_;
}

void LockedFileState::write_began() {
  if (std::exchange(began_, true)) return;
  write_record(who_);
}

void LockedFileState::take_over(State state) {
  places_.reset();
  state_ = std::move(state);
}

void LockedFileState::write_record(RecordBody body) {
  last_record_ = {state_.serial + 1, clock_.now(), std::move(body)};
  // First in memory: what does not fold must not be on the disk, where nobody could read past it.
  const bool was_broken = std::exchange(broken_, true);
  if (!places_) places_.emplace(DesktopPlaces::of_all(state_));
  fold(state_, last_record_, *places_);
  if (was_broken) return;
  journal_.append(frame_record(last_record_));
  if (journal_first_ == 0) journal_first_ = last_record_.serial;
  journal_last_ = last_record_.serial;
  broken_ = false;
}

void LockedFileState::sync() {
  check_usable();
  broken_ = true;
  journal_.sync();
  broken_ = false;
}

// The first write to a state that was never stored makes its lineage. The base comes first: if the power goes before
// the snapshot is there, the next one to look puts the same empty state together from it.
void LockedFileState::begin_writing(const std::string& lineage) {
  if (!stored_) {
    if (state_.lineage.empty()) state_.lineage = lineage.empty() ? make_uuid_() : lineage;
    add_base(disk_, paths_.history, state_, who_.gild_version);
    write_snapshot(state_);
  }
  if (!journal_.is_open()) journal_.create();
}

void LockedFileState::write_snapshot(const State& state) {
  write_state_file(disk_, paths_.state, state, who_.gild_version);
  snapshot_serial_ = state.serial;
  stored_ = true;
}

void LockedFileState::fold_to_disk() {
  if (journal_first_ == 0) return;
  check_usable();
  journal_.sync();
  // First, so that the snapshot does not fail for want of the room that we keep ourselves.
  journal_.give_back_reserved();
  if (state_.serial > snapshot_serial_) write_snapshot(state_);
  move_journal();
}

// The snapshot is at state_.serial and so has folded the journal.
void LockedFileState::move_journal() {
  // Where the history and these records together do not end in this state (a state was pushed, or old segments were
  // thrown away), the state itself goes in, as the base from which to go on. Before the journal goes: else a crash in
  // between would leave a history that nothing can be put together from.
  const bool whole = list_history(disk_, paths_.history).continues_at(journal_first_) && journal_last_ == state_.serial;
  if (!whole) add_base(disk_, paths_.history, state_, who_.gild_version);
  journal_.close();
  move_into_history(disk_, paths_.journal, journal_first_, journal_last_, paths_.history);
  journal_first_ = journal_last_ = 0;
}

void LockedFileState::replace(State state) {
  check_usable();
  if (state.lineage.empty()) {
    throw Error(ErrorKind::input, "The state to push has no lineage",
                "It was never stored by gild. Push a file that came from gild state pull.");
  }
  try {
    begin_writing(state.lineage);
    write_began();
    sync();
    // Ahead of both, which also leaves one serial without a record: so a state put together from the history never
    // folds past the push as if nothing had happened.
    state.serial = std::max(state_.serial, state.serial) + 1;
    write_snapshot(state);
    take_over(std::move(state));
    move_journal();
  } catch (const IoError&) {
    broken_ = true;
    throw;
  }
}

// The snapshot first: from then on the state is here, and only its history may still be missing, which importing again
// puts right.
void LockedFileState::import(State state, const std::vector<JournalRecord>& history) {
  check_usable();
  // A run that ended early left its journal here. It belongs into the history of this place, before what arrives: under
  // its serials the other place may have recorded something else.
  fold_to_disk();
  broken_ = true;
  write_snapshot(state);
  const HistoryIndex here = list_history(disk_, paths_.history);
  const std::int64_t known = here.segments.empty() ? 0 : here.segments.back().last;
  const auto first =
      std::find_if(history.begin(), history.end(), [&](const JournalRecord& record) { return record.serial > known; });
  add_segments(disk_, paths_.history, {first, history.end()});
  add_base(disk_, paths_.history, state, who_.gild_version);
  take_over(std::move(state));
  broken_ = false;
}

void LockedFileState::check_usable() const {
  if (!broken_) return;
  throw Error(ErrorKind::storage, fmt::format("Nothing more is written to {}, since a write to it has failed",
                                              escape_controls(paths_.shown)));
}

}  // namespace gild
