// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/state_scope.hpp"

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"

namespace gild {

StateScope scope_of(const Manifest& manifest, const Narrowing& narrowing) {
  StateScope scope;
  scope.whole = false;
  for (const DesktopGroup& group : manifest.groups) {
    if (!narrowing.takes(group.name)) continue;
    // A group of which --desktop means nobody is not in the plan either.
    bool taken = narrowing.desktops.empty();
    for (const DesktopEntry& desktop : group.desktops) {
      if (!narrowing.takes(group.name, desktop.id)) continue;
      scope.desktops.push_back(desktop.id);
      taken = true;
    }
    if (taken) scope.groups.insert(group.name);
  }
  return scope;
}

StateScope scope_of(const Plan& plan) {
  StateScope scope;
  scope.whole = false;
  for (const PlannedGroup& group : plan.groups) scope.groups.insert(group.name);
  for (const PlannedDesktop& desktop : plan.desktops) scope.desktops.push_back(desktop.id);
  return scope;
}

StateScope scope_of(const std::vector<DesktopId>& desktops) {
  StateScope scope;
  scope.whole = false;
  scope.desktops = desktops;
  return scope;
}

void check_lives_here(const State& state, const std::string& store) {
  if (!state.moved_to) return;
  throw Error(
      ErrorKind::refused,
      fmt::format("The state in {} has moved to {}", escape_controls(store), escape_controls(*state.moved_to)),
      fmt::format("What is left here is its history; nothing is planned or applied by it. Use the new place:\n\n"
                  "    --state {}\n",
                  shell_word(*state.moved_to)));
}

}  // namespace gild
