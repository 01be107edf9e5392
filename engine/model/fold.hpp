// SPDX-License-Identifier: Apache-2.0
// The only place where state changes: live, in recovery and in simulation.
#pragma once

#include "engine/model/desktop_places.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

// Applies one record and takes over its serial. Costs the record, not the fleet. Throws Error(input) where the record
// cannot follow this state (an answer to an intent that is not open): the journal is damaged or belongs elsewhere.
void fold(State& state, const JournalRecord& record);

// The same, for folding many records; see there.
void fold(State& state, const JournalRecord& record, DesktopPlaces& places);

}  // namespace gild
