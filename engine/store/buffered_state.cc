// SPDX-License-Identifier: Apache-2.0
#include "engine/store/buffered_state.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/model/fold.hpp"

namespace gild {

BufferedState::BufferedState(Clock& clock, Began who, State state, UuidSource make_uuid)
    : clock_(clock), who_(std::move(who)), make_uuid_(std::move(make_uuid)), state_(std::move(state)) {}

bool BufferedState::reserve(std::size_t) {
  check_usable();
  prove_held();
  return true;
}

BufferedState::NextSerial BufferedState::next_serial() {
  return {state_.serial + 1, false};
}

void BufferedState::add(RecordBody body) {
  NextSerial next = next_serial();
  if (!began_ || next.skipped) {
    // Each run of records follows the name of who wrote it.
    began_ = true;
    JournalRecord began{next.serial, clock_.now(), who_};
    fold(state_, began);
    pending_.push_back(std::move(began));
    next = next_serial();
  }
  last_record_ = {next.serial, clock_.now(), std::move(body)};
  const bool was_broken = std::exchange(broken_, true);
  fold(state_, last_record_);
  if (state_.lineage.empty()) state_.lineage = make_uuid_();
  pending_.push_back(last_record_);
  broken_ = was_broken;
}

const JournalRecord& BufferedState::append(RecordBody body) {
  add(std::move(body));
  check_usable();
  return last_record_;
}

void BufferedState::sync() {
  check_usable();
  if (pending_.empty()) return written();
  broken_ = true;
  write_records(pending_);
  broken_ = false;
  pending_.clear();
  unfolded_ = true;
  written();
}

void BufferedState::fold_to_disk() {
  if (pending_.empty() && !unfolded_) return;
  sync();
  broken_ = true;
  write_snapshot();
  broken_ = false;
  unfolded_ = false;
}

void BufferedState::replace(State state) {
  if (state.lineage.empty()) {
    throw Error(ErrorKind::input, "The state to push has no lineage",
                "It was never stored by gild. Push a file that came from gild state pull.");
  }
  const bool first = state_.lineage.empty();
  if (first) state_.lineage = state.lineage;
  check_usable();
  if (!began_) {
    began_ = true;
    JournalRecord began{next_serial().serial, clock_.now(), who_};
    fold(state_, began);
    pending_.push_back(std::move(began));
  }
  broken_ = true;
  state.serial = std::max(state_.serial, state.serial) + 1;
  write_replacement(state, pending_);
  pending_.clear();
  state_ = std::move(state);
  broken_ = false;
  unfolded_ = true;
}

void BufferedState::import(State state, const std::vector<JournalRecord>& history) {
  check_usable();
  broken_ = true;
  write_replacement(state, history);
  state_ = std::move(state);
  broken_ = false;
  unfolded_ = true;
}

void BufferedState::check_usable() const {
  if (!broken_) return;
  throw Error(ErrorKind::storage, "Nothing more is written to the state, since a write to it has failed");
}

}  // namespace gild
