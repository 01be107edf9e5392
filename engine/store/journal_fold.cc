// SPDX-License-Identifier: Apache-2.0
#include "engine/store/journal_fold.hpp"

#include "engine/core/error.hpp"

namespace gild {

void JournalFold::take(const JournalRecord& record) {
  if (record.serial != state_.serial + 1) return;  // nor is any the next one behind one that does not fold
  try {
    fold(state_, record, places_);
  } catch (const Error&) {
    failure_ = std::current_exception();
  }
}

void JournalFold::finish() const {
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace gild
