// SPDX-License-Identifier: Apache-2.0
// What `state list` and `state show` print with --format json, format "gild.desktops/1" (schemas/desktops.schema.json):
//
//     {"format":"gild.desktops/1","lineage":"7a52…","serial":42,"desktops":[…],"intents":[…],"jobs":[…]}
//
// `desktops` are as in the state (schemas/state.schema.json), sorted by workspace and id. `intents` and `jobs` are, as
// there, the open ones that name any of these desktops. It is no state and cannot be pushed.
#pragma once

#include <string>
#include <vector>

#include "cli/views/desktop_text.hpp"
#include "engine/model/state.hpp"

namespace gild {

std::string write_desktops(const State& state, const std::vector<DesktopRow>& rows);

}  // namespace gild
