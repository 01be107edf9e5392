// SPDX-License-Identifier: Apache-2.0
// What is wanted and what is recorded → what is to be done. Pure: no network, no clock, no credentials, so that a pull
// request from a stranger can be planned safely and the same inputs give the same plan on every machine.
#pragma once

#include <vector>

#include "engine/core/ids.hpp"
#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"
#include "engine/plan/manifest_digest.hpp"
#include "engine/plan/prepared_manifest.hpp"

namespace gild {

// `--group`, `--exclude-group`, `--desktop`: empty lists narrow nothing.
struct PlanOptions {
  std::vector<GroupName> groups;
  std::vector<GroupName> exclude_groups;
  std::vector<DesktopId> desktops;

  bool empty() const { return groups.empty() && exclude_groups.empty() && desktops.empty(); }
};

// The verdicts and the batches of contract 6. The order of groups and desktops in `wanted` does not matter. A narrowed
// plan holds and counts only what is in scope. Throws Error(usage) where `options` names what no manifest has.
Plan make_plan(const PreparedManifest& wanted, const State& known, const PlanOptions& options = {});
Plan make_plan(const Manifest& wanted, const State& known, const PlanOptions& options = {});

}  // namespace gild
