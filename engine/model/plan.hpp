// SPDX-License-Identifier: Apache-2.0
// The difference between what is wanted and what is recorded, cut into requests. A plan holds all that apply needs and
// no secret; its JSON form is schemas/plan.schema.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/model/guardrails.hpp"
#include "engine/model/image.hpp"
#include "engine/model/manifest.hpp"
#include "engine/model/rebuild.hpp"
#include "engine/model/workspace.hpp"

namespace gild {

enum class Action { rebuild, in_progress, held, protect, exclude };

// What the plan was made from; apply refuses another one (contract 6).
struct Basis {
  std::optional<std::string> lineage;  // nullopt: there was no state
  std::int64_t serial = 0;
  friend bool operator==(const Basis&, const Basis&) = default;
};

// One desktop that is not simply unchanged.
struct PlannedDesktop {
  DesktopId id;
  WorkspaceName workspace;
  GroupName group;
  OptionalText<SharedText> name;
  // As last recorded. 0: whatever its user keeps is on the disk that a rebuild wipes. nullopt: not known.
  std::optional<int> data_disks;
  Action action = Action::rebuild;
  SharedText reason;               // for people: "image differs", "job J failed with WKS.0001"
  std::optional<ImageState> from;  // nullopt: never seen
  std::optional<ImageState> to;    // always set today; nullable in the format
  std::optional<BatchId> batch;    // set where action is rebuild
};

// One request to be.
struct PlannedBatch {
  BatchId id;  // "finance-001": group, then a number that counts from 1
  GroupName group;
  WorkspaceName workspace;
  int wave = 1;
  RebuildRequest request;  // desktop_ids in id order
};

struct GroupCounts {
  std::size_t rebuild = 0, unchanged = 0, in_progress = 0, protect = 0, exclude = 0, held = 0;
  friend bool operator==(const GroupCounts&, const GroupCounts&) = default;
};

struct PlannedGroup {
  GroupName name;
  WorkspaceName workspace;
  Target target;
  RebuildOptions rebuild;  // today's options: a repeated send of an older run's desktops uses these
  int batch_size = 100;
  int max_unavailable = 100;  // resolved against the desktops this plan rebuilds
  int max_failures = 0;       // resolved likewise
  SessionPolicy sessions = SessionPolicy::skip;
  GroupCounts counts;
  // What Guardrails judge by, so that they can also judge a saved plan.
  std::size_t desktops = 0;  // that the manifests name, also where the plan is narrowed to some of them
  std::optional<std::string> image_name;
  std::map<std::string, std::string> labels;
  std::vector<std::string> rollout_given;
};

struct PlanSummary {
  std::size_t rebuild = 0, unchanged = 0, in_progress = 0, protect = 0, exclude = 0, held = 0, unmanaged = 0,
              batches = 0, worst_case = 0;  // the last: worst_case.hpp
  std::size_t named = 0;  // desktops that the manifests name, also where the plan is narrowed to some of them
  friend bool operator==(const PlanSummary&, const PlanSummary&) = default;
};

struct Plan {
  std::string manifest_digest;
  Basis basis;
  std::vector<Workspace> workspaces;  // sorted by name; all that the manifests name
  PlanSummary summary;
  std::vector<PlannedGroup> groups;      // sorted by name
  std::vector<PlannedBatch> batches;     // by group name, then number
  std::vector<PlannedDesktop> desktops;  // by workspace, then id
  std::vector<Guardrails> guardrails;    // what of them needs today's date, and nothing else: apply judges it
  std::vector<std::string> warnings;

  bool empty() const { return batches.empty(); }
};

}  // namespace gild
