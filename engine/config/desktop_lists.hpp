// SPDX-License-Identifier: Apache-2.0
// Reads the files that `desktop_files` names: one desktop id a line, `#` begins a comment, blank lines do not count.
#pragma once

#include <vector>

#include "engine/config/drafts.hpp"
#include "engine/config/reporter.hpp"
#include "engine/core/source_map.hpp"

namespace gild {

// Adds the desktops of the lists to their groups.
void read_desktop_lists(std::vector<GroupDraft>& groups, SourceMap& sources, Reporter& reporter);

}  // namespace gild
