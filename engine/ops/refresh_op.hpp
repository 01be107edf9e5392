// SPDX-License-Identifier: Apache-2.0
// Reading live desktops into the state, and what that would change (`refresh`, `drift`). Images are written only for
// desktops that are ready or new; open ones go through the same looks as in apply, but "not received" is never decided
// here (contract 7). A desktop that the service no longer shows is reported, never removed.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/manifest.hpp"
#include "engine/ops/locked_run.hpp"
#include "engine/ops/narrowing.hpp"
#include "engine/ops/op_deps.hpp"

namespace gild {

enum class RefreshScope { named, everything };  // what the manifests name, or every desktop of their Workspaces

struct RefreshRequest {
  const Manifest& manifest;
  RefreshScope scope = RefreshScope::named;
  Narrowing narrowing;
};

// A ready desktop that shows another image than the recorded one, or one that is seen for the first time.
struct ImageChange {
  DesktopKey key;
  std::optional<GroupName> group;
  std::optional<std::string> name;
  bool first_seen = false;
  std::optional<ImageId> from;
  ImageId to;
};

// A desktop that was open, unhealthy or unknown and came further by this look.
struct StatusChange {
  DesktopKey key;
  std::optional<GroupName> group;
  std::optional<std::string> name;
  DesktopStatus from = DesktopStatus::settling;
  DesktopStatus to = DesktopStatus::ready;
  std::optional<std::string> reason;
};

struct RefreshReport {
  std::size_t read = 0;             // desktops that the service showed
  std::size_t recorded = 0;         // of these, taken into the state because something differed
  std::size_t details_changed = 0;  // of these, ones where nothing but name, tags, disks or session differed: no drift
  std::size_t still_open = 0;       // settling or rebuilding after this look
  std::vector<ImageChange> images;
  std::vector<StatusChange> statuses;
  std::vector<DesktopKey> gone;             // asked for, or recorded in a Workspace that was read whole, and not shown
  std::vector<DesktopKey> image_not_shown;  // new ones without an image, in a task or in ERROR: not recorded yet
  std::vector<WorkspaceName> unreachable;   // open desktops there, but no manifest says where it is

  // Nothing was seen at all: of a look that failed there is nothing to tell but the failure.
  bool saw_nothing() const { return read == 0 && !drift(); }
  bool drift() const { return !images.empty() || !statuses.empty() || !gone.empty(); }
};

struct RefreshResult {
  RefreshReport report;  // what was read before a failure stands
  std::optional<Error> failure;
  bool interrupted = false;
};

// Under the lock, to disk.
RefreshResult refresh_op(const OpDeps& deps, const RefreshRequest& request, std::stop_token stop);

// What refresh would change: takes no lock and writes nothing.
RefreshResult drift_op(const OpDeps& deps, const RefreshRequest& request, std::stop_token stop);

// The work itself, for whoever holds a journal already (`apply --refresh`). `report` grows as desktops are read, so
// that it tells the truth when an Error comes out of this. The look at what is open comes first.
void refresh_into(Journal& journal, const OpDeps& deps, const RefreshRequest& request, RefreshReport& report,
                  std::stop_token stop);

}  // namespace gild
