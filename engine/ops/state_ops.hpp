// SPDX-License-Identifier: Apache-2.0
// What people do to the state by hand (`state rm`, `state resolve`, `state push`): under the lock, journalled with who
// did it, and never so that a rebuild which is under way is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/state.hpp"
#include "engine/ops/op_deps.hpp"

namespace gild {

struct NamedDesktops {
  std::vector<DesktopId> ids;
  std::optional<WorkspaceName> workspace;  // needed where an id is in two
};

struct StoredDesktop {
  DesktopKey key;
  DesktopRecord record;
};

// Takes desktops out of the state, all of them or none; returns what was recorded of them. Throws Error(usage) for an
// id that is not there, and Error(refused) where a request or a job is open for one of them.
std::vector<StoredDesktop> remove_desktops(const OpDeps& deps, const NamedDesktops& desktops);

// Desktops that belong to `group` from now on, all of them or none; returns what was recorded of them before. Throws
// Error(usage) for an id that is not there, and Error(refused) where a request or a job is open for one of them.
std::vector<StoredDesktop> regroup_desktops(const OpDeps& deps, const NamedDesktops& desktops, const GroupName& group);

struct ResolvedDesktop {
  DesktopKey key;
  DesktopRecord before;
  DesktopRecord after;
  std::optional<JobId> running_job;  // the service accepted it for this desktop, and it is not known to have ended
};

// A person decides what became of desktops, all of them or none. Throws Error(usage) for an id that is not there and
// for one that is ready: there is nothing to decide.
std::vector<ResolvedDesktop> resolve_desktops(const OpDeps& deps, const NamedDesktops& desktops, Resolution as,
                                              const std::string& reason);

struct PushRequest {
  State state;
  std::string name;    // where it came from, for messages
  bool force = false;  // also where it is another state, an older one, or one that went another way
};

struct PushReport {
  bool same = false;  // it was stored already; nothing was written
  std::int64_t serial = 0;
  std::size_t desktops = 0;
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t changed = 0;
};

// Another state takes the place of the stored one. Throws Error(refused) where that is another lineage, an older serial
// or an equal serial with other content, unless forced; and, forced or not, where a request or job that is open here
// would be forgotten. What a state left behind when it moved takes force too, and lives here then. Where it is refused,
// nothing is written.
PushReport push_state(const OpDeps& deps, const PushRequest& request);

}  // namespace gild
