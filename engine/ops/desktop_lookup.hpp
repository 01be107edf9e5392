// SPDX-License-Identifier: Apache-2.0
// Desktops that somebody names by id, found in a state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/model/state.hpp"

namespace gild {

// The recorded desktops of these ids, each once, in the order given. Throws Error(usage) for the first id that the
// state does not have, with the id that was probably meant, and for one that it has in two Workspaces where `workspace`
// does not say which.
std::vector<DesktopKey> find_desktops(const State& state, const std::vector<DesktopId>& ids,
                                      const std::optional<WorkspaceName>& workspace);

// What to do about an id that the state does not have: the one that was probably meant, by its first characters, by the
// desktop's name, or by being nearly the same.
std::string advise_on_unknown(const State& state, const DesktopId& id);

}  // namespace gild
