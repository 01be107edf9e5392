// SPDX-License-Identifier: Apache-2.0
// How far every group is, and what is in the way (`status`): counted from the state alone, without a clock, so that the
// text for people and the JSON for programs say the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/state.hpp"
#include "engine/ops/narrowing.hpp"

namespace gild {

struct StatusCounts {
  std::size_t of(DesktopStatus status) const { return by_status[static_cast<std::size_t>(status)]; }
  std::size_t total() const;
  void add(DesktopStatus status) { ++by_status[static_cast<std::size_t>(status)]; }
  std::array<std::size_t, 6> by_status{};
};

// Ready desktops of a group that have the same image and revision on them.
struct ImageCount {
  ImageState image;
  std::size_t desktops = 0;
};

// Desktops of a group that came to the same end, for the same recorded reason.
struct Trouble {
  DesktopStatus status = DesktopStatus::failed;  // failed, unhealthy or unknown
  std::optional<std::string> reason;
  std::vector<const DesktopKey*> desktops;  // into the state
};

// How far a group's part of an open rollout is, in desktops. A state does not say which desktops a plan names; a
// desktop counts where a request of this rollout named it, or where it has been found right since the rollout began.
struct RolloutProgress {
  const Rollout* rollout = nullptr;  // into the state
  const RolloutGroup* part = nullptr;
  std::size_t done = 0;       // ready, with what the rollout wants
  std::size_t under_way = 0;  // rebuilding or settling
  std::size_t ended = 0;      // failed, unhealthy or unknown
  std::size_t refused = 0;    // the service refused them, and that is not acknowledged
  // Not sent yet, or held by this run or an earlier one.
  std::size_t waiting() const;
};

struct GroupStatus {
  std::optional<GroupName> name;  // nullopt: desktops in no group
  WorkspaceName workspace;
  std::vector<const DesktopKey*> desktops;  // into the state
  StatusCounts counts;
  std::vector<ImageCount> images;           // of the ready ones, most frequent first
  std::vector<Trouble> troubles;            // most desktops first
  std::optional<RolloutProgress> progress;  // nullopt: no rollout is open

  // All there is to say of it fits a line: nothing is open, and every desktop is ready.
  bool quiet() const { return !progress && counts.of(DesktopStatus::ready) == counts.total(); }
};

struct OpenRequest {
  const Intent* intent = nullptr;
  std::optional<Time> since;  // our own clock, when it was about to be sent
};

struct StatusReport {
  std::vector<GroupStatus> groups;  // by workspace, then name; desktops in no group first
  StatusCounts counts;
  std::vector<const Job*> jobs;       // open ones, oldest first
  std::vector<OpenRequest> requests;  // fate not established, oldest first

  std::size_t paused() const;
  // A request or a job is open.
  bool under_way() const { return !jobs.empty() || !requests.empty(); }
  // Somebody has to look: desktops that came to a bad end or to none yet, refused ones, or a rollout that is not
  // through.
  bool unfinished() const;
};

// `state` must outlive the report. Only `narrowing`'s groups are looked at. Throws Error(usage) where one of them is in
// the state nowhere.
StatusReport make_status(const State& state, const Narrowing& narrowing);

}  // namespace gild
