// SPDX-License-Identifier: Apache-2.0
// How records stand in a journal file and in the segments of the history: pure, no files.
//
// One record a line, so that grep, jq and people can read it: the record's JSON object (schemas/journal.schema.json)
// with a last member "crc", the CRC-32C of the line's bytes before `,"crc":`, as 8 lower-case hexadecimal digits:
//
//     {"serial":12,"at":"2026-11-23T21:04:11Z","kind":"accepted",…,"crc":"0a1b2c3d"}
//
// Rejected: binary frames with a length in front. They are a little cheaper to read, and the file that matters most on
// the worst day would need a tool to look at.
//
// What is torn and what is damaged. A power cut leaves the last write unfinished: bytes are missing at the end, or were
// never written and read as NUL. Such an end is torn: it was never synced, so nobody was told of it, and it is dropped.
// Everything else that does not add up is damage, because it may have been synced: a line that ends properly and has no
// NUL but a wrong checksum (also the last one), a whole record behind a bad one, a gap in the serials.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/journal_record.hpp"

namespace gild {

// The line, with its line break.
std::string frame_record(const JournalRecord& record);

// What an end that is not whole means, and so what to advise where something is damaged.
enum class TornEnd {
  allowed,          // the journal: it was never synced, and is dropped
  damage,           // a segment of the history, without which the state is whole all the same
  damage_to_state,  // a segment that the state is put together from, since its own file is missing
};

// What to do about a segment of the last kind.
std::string advice_on_needed_segment();

struct JournalContent {
  std::vector<JournalRecord> records;  // serials without a gap
  std::uint64_t whole_bytes = 0;       // where the last whole record ends
  bool torn = false;                   // something unfinished follows
  bool empty() const { return records.empty(); }
  // Only where not empty.
  std::int64_t first() const { return records.front().serial; }
  std::int64_t last() const { return records.back().serial; }
};

// `name` is the file's, for errors. Throws Error(input) for damage, with line number, byte offset and what to do.
JournalContent parse_journal(std::string_view bytes, const std::string& name, TornEnd torn_end);

}  // namespace gild
