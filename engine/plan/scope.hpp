// SPDX-License-Identifier: Apache-2.0
// Which of the wanted desktops a narrowed plan is about.
#pragma once

#include <set>

#include "engine/core/ids.hpp"
#include "engine/model/manifest.hpp"
#include "engine/plan/planner.hpp"

namespace gild {

class Scope {
 public:
  // A name that no manifest has is a slip that would silently do nothing: throws Error(usage) with the nearest one.
  Scope(const Manifest& wanted, const PlanOptions& options);

  bool narrowed() const { return narrowed_; }
  bool has_desktops() const { return !desktops_.empty(); }  // single desktops were asked for
  bool has(const GroupName& group) const;
  bool has(const DesktopId& desktop) const { return desktops_.empty() || desktops_.contains(desktop); }

 private:
  void check_groups(const Manifest& wanted) const;
  void check_desktops(const Manifest& wanted) const;

  bool narrowed_;
  std::set<GroupName> groups_;
  std::set<GroupName> exclude_groups_;
  std::set<DesktopId> desktops_;
};

}  // namespace gild
