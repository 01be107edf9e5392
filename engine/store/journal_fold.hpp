// SPDX-License-Identifier: Apache-2.0
// Folds a journal into a state while it is read, so that no more than one of its records is in memory.
#pragma once

#include <cstdint>
#include <exception>

#include "engine/model/fold.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

class JournalFold {
 public:
  // Records up to the state's serial are folded already and are passed over.
  explicit JournalFold(State& state) : state_(state), places_(state), began_at_(state.serial) {}

  // The next record. Throws nothing: damage further on in the journal is told before what does not fold.
  void take(const JournalRecord& record);
  // True where the journal, which begins with this record, does not continue the state. Then nothing was folded.
  bool is_gap(std::int64_t first) const { return first > began_at_ + 1; }
  // To be called when all of the journal is read. Throws what fold() threw, if it did; nothing was folded after that.
  void finish() const;

 private:
  State& state_;
  DesktopPlaces places_;
  std::int64_t began_at_;
  std::exception_ptr failure_;
};

}  // namespace gild
