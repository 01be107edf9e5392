// SPDX-License-Identifier: Apache-2.0
// A state and the end of its journal as one document, for stores that keep nothing else: Terraform's HTTP protocol. The
// format is schemas/remote.schema.json. Its `serial` is at the top, where GitLab looks for it, and grows with every
// save.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct RemoteDocument {
  State state;
  // The newest records, the last of them folded into the state: what `gild history` can tell. Older ones are dropped,
  // so that the document does not grow for ever.
  std::vector<JournalRecord> journal;
};

std::string write_remote_document(const RemoteDocument& document, std::string_view gild_version);
// Throws Error(input) where it is no such document, or one of a newer gild. `name` is for errors.
RemoteDocument read_remote_document(std::string_view text, std::string_view name);
// Drops the oldest records until the others take no more than `bytes` as text.
void trim_journal(std::vector<JournalRecord>& journal, std::size_t bytes);

}  // namespace gild
