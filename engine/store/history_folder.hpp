// SPDX-License-Identifier: Apache-2.0
// STATE.history: everything that was ever journalled, so that `gild history` can answer, and so that a lost or damaged
// snapshot can be put together again.
//
//     000000000001-000000000412.ndjson   a segment: a journal after it was folded, renamed into here; serials 1 to 412
//     000000000417.state.json            a base: the whole state at serial 417
//
// Records alone do not make a state: the lineage is in none of them, a `state push` replaces everything, and somebody
// may have thrown old segments away. Where records do not continue what is here, a base is put before them, so that the
// newest base and the records after it always make the state. Names of other shapes are left alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"
#include "engine/seams/disk.hpp"

namespace gild {

struct HistoryIndex {
  struct Segment {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::string path;
    friend bool operator==(const Segment&, const Segment&) = default;
  };
  struct Base {
    std::int64_t serial = 0;
    std::string path;
    friend bool operator==(const Base&, const Base&) = default;
  };
  std::vector<Segment> segments;  // by first serial
  std::vector<Base> bases;        // by serial

  // The newest serial that the history knows; nullopt where it knows nothing.
  std::optional<std::int64_t> last() const;
  // True where records from `serial` on continue what is here, so that the state can be put together from both.
  bool continues_at(std::int64_t serial) const;
  friend bool operator==(const HistoryIndex&, const HistoryIndex&) = default;
};

HistoryIndex list_history(Disk& disk, const std::string& folder);
// All records of all segments, oldest first. Throws Error(input) naming the damaged file.
std::vector<JournalRecord> read_segments(Disk& disk, const HistoryIndex& index);
// The state at index.last(), from the newest base and the segments after it; nullopt where there is no base. Throws
// Error(input) where a record is missing or damaged.
std::optional<State> rebuild_from_history(Disk& disk, const HistoryIndex& index);

// These write, and are for the lock's holder alone.

// Puts the whole state into the history as a base.
void add_base(Disk& disk, const std::string& folder, const State& state, const std::string& gild_version);
// Writes records that come from another store as segments, one for each run of serials without a gap. Does nothing
// where there are none.
void add_segments(Disk& disk, const std::string& folder, std::span<const JournalRecord> records);
// Moves a folded journal into the history. Safe to repeat after a crash in the middle.
void move_into_history(Disk& disk, const std::string& journal, std::int64_t first, std::int64_t last,
                       const std::string& folder);

}  // namespace gild
