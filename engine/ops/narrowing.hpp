// SPDX-License-Identifier: Apache-2.0
// `--group`, `--exclude-group`, `--desktop`: the part of a fleet that a command is about.
#pragma once

#include <optional>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/model/manifest.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct Narrowing {
  std::vector<GroupName> groups;  // empty: all
  std::vector<GroupName> exclude_groups;
  std::vector<DesktopId> desktops;  // empty: all

  bool empty() const { return groups.empty() && exclude_groups.empty() && desktops.empty(); }
  // A desktop without a group is meant only where no group is named.
  bool takes(const std::optional<GroupName>& group, const DesktopId& desktop) const;
  bool takes(const GroupName& group) const;
};

// A name that nothing carries is a slip that would silently do nothing: throws Error(usage) with the nearest name.
void check_names(const Narrowing& narrowing, const Manifest& manifest);
void check_names(const Narrowing& narrowing, const State& state);

}  // namespace gild
