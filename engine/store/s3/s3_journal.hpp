// SPDX-License-Identifier: Apache-2.0
// The journal in a bucket: objects KEY.journal/000000000001, …2 and so on, without a gap, each of them made once, with
// If-None-Match: *, and never changed or removed. Their number is the fence: whoever lost the lock has not read what
// was written since, so the number that it would write next is taken.
//
// An object is text: a line that says what it holds, the records as they stand in a journal file (journal_format.hpp),
// and, where a whole state took the place of the one before, that state:
//
//     {"format":"gild.s3-journal/1","number":12,"lock":"<id>","lineage":"<id>","records":2,"base_bytes":0,"sha256":"…"}
//
// The checksum is that of all bytes behind that line. `lock` is the id of the lock under which it was written, so that
// no two runs ever write the same bytes: what is read back after a lost reply can be told for ours by comparing. An
// object without records and state is a fence alone, written where a lock was taken away from somebody.
//
// Rejected: numbering by the first record's serial. A state that comes from elsewhere may have a smaller serial than
// what was here, or gaps; a fence has no serial at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct S3JournalObject {
  std::int64_t number = 0;
  std::string lock;
  std::string lineage;  // of the state from here on; empty: none yet
  std::vector<JournalRecord> records;
  std::optional<State> base;  // the state from here on; the records are history then
};

// KEY.journal/
std::string s3_journal_prefix(const std::string& key);
std::string s3_journal_key(const std::string& key, std::int64_t number);
// nullopt for what is no object of this journal.
std::optional<std::int64_t> s3_journal_number(const std::string& key, std::string_view object);

std::string write_s3_journal(const S3JournalObject& object, std::string_view gild_version);
// Throws Error(input) where it is not what was written, or was written by a newer gild.
S3JournalObject read_s3_journal(std::string_view text, std::int64_t number, const std::string& name);

}  // namespace gild
