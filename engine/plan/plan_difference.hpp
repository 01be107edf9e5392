// SPDX-License-Identifier: Apache-2.0
// What a plan does otherwise than an older one, for those who have seen the older one: the last push to the same pull
// request, say. Pure, and linear in the size of the two.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/plan.hpp"

namespace gild {

// What became of one desktop; where several are true, the first.
enum class DesktopChange {
  newly_wiped,
  no_longer_wiped,
  other_target,   // wiped in both, now onto another image or revision
  other_group,    // wiped in both, now at another group's pace
  other_origin,   // wiped in both, now from another image
  other_verdict,  // wiped in neither: held, protected … in one and not in the other
  other_order,    // wiped in both, with another order_id
  other_details,  // another name, reason, number of data disks or, where it is left alone, group
};

// Both point into the plans. One of them may be nullptr: that plan does not list it, so it is unchanged or in no
// manifest there.
struct DesktopDifference {
  DesktopChange change = DesktopChange::other_details;
  const PlannedDesktop* before = nullptr;
  const PlannedDesktop* after = nullptr;
};

// A setting as people write it; "none" where it is not set.
struct SettingDifference {
  std::string_view name;  // "max_unavailable", of a manifest
  std::string before;
  std::string after;
};

enum class Presence { added, removed, changed };

// A group or a Workspace.
struct PartDifference {
  std::string name;
  Presence presence = Presence::changed;
  std::vector<SettingDifference> settings;  // empty unless it is in both
  std::size_t unchanged_before = 0;         // desktops; of a group alone, which lists all others
  std::size_t unchanged_after = 0;
};

struct PlanDifference {
  Basis basis_before, basis_after;
  bool same_manifests = true;
  PlanSummary before, after;
  std::vector<DesktopDifference> desktops;  // by workspace, then id
  std::vector<PartDifference> groups;       // by name
  std::vector<PartDifference> workspaces;   // by name
  std::vector<std::string> new_warnings;    // in the order of the plan that has them
  std::vector<std::string> gone_warnings;
  std::vector<std::string> new_rules;  // Guardrails that apply judges, in words
  std::vector<std::string> gone_rules;

  // Both do the same, and say the same of it. What they were made from may differ: a state that moved on, or manifests
  // that want the same in other words.
  bool empty() const {
    return desktops.empty() && groups.empty() && workspaces.empty() && new_warnings.empty() && gone_warnings.empty() &&
           new_rules.empty() && gone_rules.empty() && before == after;
  }
};

// Both plans have to be in order, as make_plan() and read_plan() give them, and to outlive what is returned.
PlanDifference compare_plans(const Plan& before, const Plan& after);

}  // namespace gild
