// SPDX-License-Identifier: Apache-2.0
// The files of one state, and reading them: state = snapshot + journal, always. Writes nothing.
#pragma once

#include <cstdint>
#include <string>

#include "engine/model/state.hpp"
#include "engine/seams/disk.hpp"
#include "engine/store/history_folder.hpp"
#include "engine/store/journal_format.hpp"

namespace gild {

struct StatePaths {
  std::string shown;    // as the user gave it, for messages
  std::string state;    // where it leads to: a symbolic link is followed, so that two names of one state share its lock
  std::string journal;  // STATE.journal
  std::string lock;     // STATE.lock
  std::string history;  // STATE.history
  std::string folder;
};

// Throws Error(storage) where the folder does not exist: a state is missing there only because the path is wrong.
StatePaths state_paths(Disk& disk, const std::string& path);

struct StateFiles {
  State state;  // snapshot + journal; without lineage where nothing was ever stored
  bool has_snapshot = false;
  std::int64_t snapshot_serial = 0;
  bool has_journal = false;
  JournalExtent journal;
  HistoryIndex history;
};

// Safe beside a holder who appends, folds and moves: reads again until what it read belongs together. Throws
// Error(input) where files are damaged, missing or do not belong together; docs/state.md lists what it says then.
StateFiles read_state_files(Disk& disk, const StatePaths& paths);

}  // namespace gild
