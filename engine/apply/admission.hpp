// SPDX-License-Identifier: Apache-2.0
// May this desktop be named in a rebuild request, now? The last question before a disk is wiped; answered from what was
// read a moment ago, without effects. In doubt the answer is no.
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/inventory.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct Admit {
  ImageState from;  // as it stands on the disk now: what a lost answer is measured against
};
struct Hold {
  HoldReason reason = HoldReason::busy;
  std::string detail;  // for people
};
// The wanted image is there already: record it, send nothing.
struct AlreadyRight {
  std::string evidence;
};
using Admission = std::variant<Admit, Hold, AlreadyRight>;

struct AdmissionInput {
  const std::optional<ImageState>& planned_from;  // the plan's `from`; nullopt: it had never been seen
  const Target& target;
  const DesktopRecord* record = nullptr;  // nullptr: no record
  const LiveDesktop* live = nullptr;      // nullptr: the read did not show it
  const SubJob* open_sub_job = nullptr;   // a rebuild sub-job that names it and waits or runs
  std::vector<const SubJob*> sub_jobs;    // all rebuild sub-jobs of it that the run's full look showed
  SessionPolicy sessions = SessionPolicy::skip;
  const std::set<std::string>& conflict_statuses;
};

Admission admit(const AdmissionInput& input);

}  // namespace gild
