// SPDX-License-Identifier: Apache-2.0
// Where every desktop of a run stands, so that none is forgotten in the report.
#pragma once

#include <map>
#include <set>

#include "engine/model/plan.hpp"
#include "engine/model/report.hpp"
#include "engine/model/state.hpp"

namespace gild {

class Tally {
 public:
  // What the plan names, and what is open in its Workspaces from before.
  Tally(const Plan& plan, const State& state);

  void held(const DesktopKey& key, HoldReason reason, const std::string& detail);
  void already_right(const DesktopKey& key);
  void refused(const DesktopKey& key, const std::string& reason);
  // The desktop is in the hands of the service from here on; its end is read from the state.
  void sent(const DesktopKey& key);

  // The outcomes, with what the state says now for desktops that were sent or open.
  std::vector<DesktopOutcome> finish(const State& state) const;

 private:
  std::map<DesktopKey, DesktopOutcome> outcomes_;
  std::set<DesktopKey> by_state_;  // their end is what the state says
};

}  // namespace gild
