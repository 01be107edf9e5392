// SPDX-License-Identifier: Apache-2.0
// A journal that nobody will ever read: what a look would change, worked out on a copy (`drift`).
#pragma once

#include <utility>

#include "engine/model/fold.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

class MemoryJournal final : public Journal {
 public:
  MemoryJournal(State state, const Clock& clock) : state_(std::move(state)), clock_(clock) {}

  bool reserve(std::size_t) override { return true; }
  const JournalRecord& append(RecordBody body) override {
    last_ = {state_.serial + 1, clock_.now(), std::move(body)};
    fold(state_, last_);
    return last_;
  }
  void sync() override {}
  const State& state() const override { return state_; }

 private:
  State state_;
  const Clock& clock_;
  JournalRecord last_;
};

}  // namespace gild
