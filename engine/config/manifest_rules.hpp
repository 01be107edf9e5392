// SPDX-License-Identifier: Apache-2.0
// What only all documents together can show: names given twice, references to nothing, desktops in two groups,
// exclusions of desktops that are not there. No file is opened and no network asked.
#pragma once

#include "engine/config/drafts.hpp"
#include "engine/config/reporter.hpp"
#include "engine/model/manifest.hpp"

namespace gild {

// Complains about what does not fit together, and returns what the drafts say. The result is only worth something where
// the reporter has no errors afterwards.
Manifest combine(Drafts drafts, Reporter& reporter);

}  // namespace gild
