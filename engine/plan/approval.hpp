// SPDX-License-Identifier: Apache-2.0
// Does what would be done today stay within a plan that somebody approved (`apply --approved`)? An approval may shrink
// and never grows, and it is good for one wipe of each desktop. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct Approval {
  Plan plan;
  std::string file;  // for messages
};

// Of each desktop the last request that may have wiped it and is not open, by its serial. From the history: the state
// alone forgets it where a desktop was removed or an older state was pushed.
using LastRequests = std::map<DesktopKey, std::int64_t>;

// Before anything is asked of the service: throws Error(refused) where a Workspace that the approved plan names is now
// somewhere else, is reached with other credentials, or is pressed harder.
void check_places(const std::vector<Workspace>& today, const Approval& approved);

// Throws Error(refused) where `today`, planned from `known`, would rebuild anything that was not approved like that,
// saying what. What must be the same:
// - of each desktop: Workspace, group, what is on its disk, what is to be, and the request but for who else is in it;
// - of each group: limits no wider, and sessions not forced where they were to be skipped;
// - the state's lineage; and no request for the desktop since, but those proven not executed.
void check_within(const Plan& today, const Approval& approved, const State& known, const LastRequests& last);

// Desktops of `today` that are under way by a request of before, and that must not go again where that turns out not
// to have been received: sending them is beyond what was approved.
std::set<DesktopKey> not_to_go_again(const Plan& today, const Approval& approved, const State& known,
                                     const LastRequests& last);

}  // namespace gild
