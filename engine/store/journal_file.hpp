// SPDX-License-Identifier: Apache-2.0
// Reading a journal's file, a piece at a time: what a run has left behind may be larger than the state.
#pragma once

#include <string>

#include "engine/seams/disk.hpp"
#include "engine/store/journal_format.hpp"

namespace gild {

// The file may be written to meanwhile. `name` is for errors. `take` must not throw Error. Throws Error(input) for
// damage.
JournalExtent scan_journal_file(const DiskFile& file, const std::string& name, TornEnd torn_end, TakeRecord take);

}  // namespace gild
