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

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/json_reader.hpp"
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

// How far the whole records of a journal go. Their serials have no gap.
struct JournalExtent {
  std::int64_t first = 0;  // serial of the first and of the last record; 0: there is none
  std::int64_t last = 0;
  std::size_t lines = 0;
  std::uint64_t whole_bytes = 0;  // where the last whole record ends
  bool torn = false;              // something unfinished follows
  bool empty() const { return lines == 0; }
};

using TakeRecord = std::function<void(JournalRecord&&)>;

// Reads a journal from its beginning, record after record, and keeps none. `name` is the file's, for errors; it must
// outlive this.
class JournalScan {
 public:
  JournalScan(const std::string& name, TornEnd torn_end, TakeRecord take)
      : name_(name), torn_end_(torn_end), take_(std::move(take)) {}

  // Hands out the whole records at the front of `rest`, the journal's bytes from extent().whole_bytes on or a part of
  // them, and moves past them. Throws Error(input) where one is not what gild writes, or not the next.
  void take_whole(std::string_view& rest);
  // For what take_whole() has left, up to the journal's end: it is torn, or Error(input) is thrown with line number,
  // byte offset and what to do.
  void end(std::string_view rest);
  const JournalExtent& extent() const { return extent_; }

 private:
  [[noreturn]] void fail(std::string_view what) const;

  const std::string& name_;
  TornEnd torn_end_;
  TakeRecord take_;
  JournalExtent extent_;
  JsonParser parser_;
  std::string json_;
};

struct JournalContent : JournalExtent {
  std::vector<JournalRecord> records;
};
// All of them at once.
JournalContent parse_journal(std::string_view bytes, const std::string& name, TornEnd torn_end);

}  // namespace gild
