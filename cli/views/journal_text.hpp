// SPDX-License-Identifier: Apache-2.0
// A journal record by record, one line each, for the day on which somebody has to know exactly what happened.
#pragma once

#include <string>
#include <vector>

#include "cli/style.hpp"
#include "engine/model/journal_record.hpp"

namespace gild {

std::string render_journal(const std::vector<JournalRecord>& records, const Style& style);

// What one record says: "accepted request 12: job a1…". Escaped.
std::string describe_record(const RecordBody& body);

}  // namespace gild
