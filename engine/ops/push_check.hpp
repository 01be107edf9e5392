// SPDX-License-Identifier: Apache-2.0
// May this state take the place of that one (`state push`, contract 5)? Pure. What decides is that nothing may ever be
// wiped twice: a request or job that is open here and that the pushed state has forgotten could be followed by a second
// one for the same desktop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/model/state.hpp"

namespace gild {

// A request or a job that is open here, and those of its desktops of which the pushed state knows no end.
struct Forgotten {
  std::string what;  // "request 40" or "job a1…"
  GroupName group;
  std::vector<DesktopKey> desktops;
};

// Requests and jobs that are open in `here`, and of which `pushed` neither has the desktop open nor shows, by its
// record of the desktop, how it ended. That it shows counts only where `pushed` is the same state (lineage) further on
// (serial): an older copy, or one that went another way since, cannot know.
std::vector<Forgotten> forgotten_by(const State& pushed, const State& here);

// Throws Error(input) where a desktop is recorded as open and named by no open request or job, or the other way round,
// or by two: such a file was edited by hand, and the rule that no open desktop is asked for again would not hold.
void check_whole(const State& pushed, const std::string& name);

enum class PushVerdict {
  push,
  same,           // it is what is stored already
  other_lineage,  // another state altogether
  older,
  fork,  // the serial is equal, and the content is not
};
PushVerdict compare(const State& pushed, const State& here);

}  // namespace gild
