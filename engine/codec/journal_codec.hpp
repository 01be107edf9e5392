// SPDX-License-Identifier: Apache-2.0
// JournalRecord ↔ one line of JSON, format schemas/journal.schema.json. The checksum around it is the store's affair.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/json_reader.hpp"
#include "engine/model/journal_record.hpp"

namespace gild {

// Compact, without a line break: {"serial":12,"at":"…","kind":"accepted",…}
std::string write_record(const JournalRecord& record);
// Throws Error(input) where it is not a record that this version understands. `parser` is reused from line to line.
JournalRecord read_record(std::string_view line, std::string_view name, JsonParser& parser);
JournalRecord read_record(const JsonValue& value);

}  // namespace gild
