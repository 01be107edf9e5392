// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/refresh_op.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/apply/applier.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/memory_journal.hpp"
#include "engine/ops/state_scope.hpp"

namespace gild {
namespace {

constexpr std::size_t kDesktopsPerRecord = 100;

bool is_open(DesktopStatus status) {
  return status == DesktopStatus::settling || status == DesktopStatus::rebuilding;
}

// What the manifests say of the desktops of one Workspace.
struct Named {
  GroupName group;
  std::optional<std::string> name;
};
using NamedDesktops = std::map<DesktopId, Named>;

NamedDesktops named_in(const WorkspaceName& workspace, const RefreshRequest& request) {
  NamedDesktops named;
  for (const DesktopGroup& group : request.manifest.groups) {
    if (group.workspace != workspace || !request.narrowing.takes(group.name)) continue;
    for (const DesktopEntry& desktop : group.desktops) {
      if (request.narrowing.takes(group.name, desktop.id)) named.emplace(desktop.id, Named{group.name, desktop.name});
    }
  }
  return named;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

ObservedDetails details_of(const LiveDesktop& live) {
  ObservedDetails details;
  details.tags = live.tags;
  details.desktop_type = unless_empty(live.desktop_type);
  details.root_gb = live.root_gb;
  details.data_disks = live.data_disks;
  details.login_status = unless_empty(live.login_status);
  return details;
}

class Refresh {
 public:
  Refresh(Journal& journal, const Workspace& workspace, RefreshReport& report)
      : journal_(journal), workspace_(workspace), report_(report) {
    pending_.workspace = workspace.name;
  }

  void take(const LiveDesktop& live, const Named* named) {
    ++report_.read;
    const DesktopRecord* known = journal_.state().find(workspace_.name, live.id);
    RefreshedDesktop seen;
    seen.id = live.id;
    seen.name = named != nullptr && named->name ? named->name : unless_empty(live.name);
    seen.os_type = live.os_type;
    seen.details = details_of(live);
    // While somebody rebuilds it, the image may be shown early or late: believed next time. After a rebuild that failed
    // it may be shown too, so in ERROR it proves nothing.
    if (!live.has_task() && !same_ignoring_case(live.status, "ERROR")) seen.image_id = live.image_id;
    if (known == nullptr && !seen.image_id) {
      report_.image_not_shown.push_back({workspace_.name, live.id});
      return;
    }
    // The group of an open desktop is that of the request it is open in.
    if (named != nullptr && (known == nullptr || !is_open(known->status))) seen.group = named->group;

    const bool image_counts = known == nullptr || known->status == DesktopStatus::ready;
    const bool image_differs =
        image_counts && seen.image_id && (known == nullptr || known->image.image_id != seen.image_id);
    const bool details_differ =
        known != nullptr && ((seen.name && known->name != seen.name) || (seen.group && known->group != seen.group) ||
                             known->details != seen.details);
    if (!image_differs && !details_differ) return;
    if (image_differs) {
      ImageChange change;
      change.key = {workspace_.name, live.id};
      change.group = seen.group;
      if (!change.group && known != nullptr) change.group = known->group;
      change.name = seen.name;
      change.first_seen = known == nullptr;
      if (known != nullptr) change.from = known->image.image_id;
      change.to = *seen.image_id;
      report_.images.push_back(std::move(change));
    } else {
      ++report_.details_changed;
    }
    ++report_.recorded;
    pending_.desktops.push_back(std::move(seen));
    if (pending_.desktops.size() == kDesktopsPerRecord) write();
  }

  void write() {
    if (pending_.desktops.empty()) return;
    journal_.append(std::exchange(pending_, Refreshed{workspace_.name, {}}));
  }

 private:
  Journal& journal_;
  const Workspace& workspace_;
  RefreshReport& report_;
  Refreshed pending_;
};

void refresh_workspace(Journal& journal, const OpDeps& deps, const Workspace& workspace, const RefreshRequest& request,
                       RefreshReport& report, const std::stop_token& stop) {
  const NamedDesktops named = named_in(workspace.name, request);
  const bool whole = request.scope == RefreshScope::everything;
  if (named.empty() && !whole) return;
  DesktopCloud& cloud = deps.clouds.connect(workspace);
  Refresh refresh(journal, workspace, report);
  const auto take = [&](const Inventory& inventory) {
    for (const auto& [id, live] : inventory.desktops) {
      const auto found = named.find(id);
      refresh.take(live, found == named.end() ? nullptr : &found->second);
    }
  };

  std::set<DesktopId> expected;
  for (const auto& [id, entry] : named) expected.insert(id);
  if (whole) {
    const Inventory inventory = cloud.list_desktops(stop);
    for (const auto& [key, desktop] : journal.state().desktops) {
      if (key.workspace == workspace.name) expected.insert(key.id);
    }
    take(inventory);
    refresh.write();
    for (const DesktopId& id : expected) {
      if (!inventory.desktops.contains(id)) report.gone.push_back({workspace.name, id});
    }
  } else {
    // By portions, so that an interrupted refresh of a large fleet keeps what it has read.
    std::vector<DesktopId> portion;
    const auto read = [&] {
      const Inventory inventory = cloud.read_desktops(portion, stop);
      take(inventory);
      refresh.write();
      for (const DesktopId& id : portion) {
        if (!inventory.desktops.contains(id)) report.gone.push_back({workspace.name, id});
      }
      portion.clear();
    };
    for (const DesktopId& id : expected) {
      portion.push_back(id);
      if (portion.size() == kDesktopsPerRecord) read();
    }
    if (!portion.empty()) read();
  }
}

StateScope state_scope_of(const RefreshRequest& request) {
  return request.scope == RefreshScope::everything ? StateScope{} : scope_of(request.manifest, request.narrowing);
}

// Desktops that a look can bring further, with the status that they have before it.
std::map<DesktopKey, DesktopStatus> not_ready(const State& state) {
  std::map<DesktopKey, DesktopStatus> found;
  for (const auto& [key, desktop] : state.desktops) {
    if (desktop.status != DesktopStatus::ready) found.emplace(key, desktop.status);
  }
  return found;
}

void tell_statuses(const State& state, const std::map<DesktopKey, DesktopStatus>& before, RefreshReport& report) {
  for (const auto& [key, status] : before) {
    const DesktopRecord* now = state.find(key.workspace, key.id);
    if (now == nullptr) continue;
    if (now->status != status)
      report.statuses.push_back({key, now->group, now->name, status, now->status, now->reason});
    if (is_open(now->status)) ++report.still_open;
  }
}

void tell_unreachable(const State& state, const Manifest& manifest, RefreshReport& report) {
  std::set<WorkspaceName> open;
  for (const auto& [number, intent] : state.intents) open.insert(intent.workspace);
  for (const auto& [id, job] : state.jobs) open.insert(job.workspace);
  for (const Workspace& workspace : manifest.workspaces) open.erase(workspace.name);
  report.unreachable.assign(open.begin(), open.end());
}

}  // namespace

void refresh_into(Journal& journal, const OpDeps& deps, const RefreshRequest& request, RefreshReport& report,
                  std::stop_token stop) {
  check_names(request.narrowing, request.manifest);
  tell_unreachable(journal.state(), request.manifest, report);
  const std::map<DesktopKey, DesktopStatus> before = not_ready(journal.state());
  try {
    look_at_open(request.manifest.workspaces, {deps.clouds, deps.clock, journal, deps.observer},
                 SettleRule::never_not_received, stop);
  } catch (Error& error) {
    tell_statuses(journal.state(), before, report);
    throw error.while_doing("looking at what is open");
  }
  tell_statuses(journal.state(), before, report);
  for (const Workspace& workspace : request.manifest.workspaces) {
    if (stop.stop_requested()) throw Interrupted{};
    try {
      refresh_workspace(journal, deps, workspace, request, report, stop);
    } catch (Error& error) {
      throw error.while_doing(fmt::format("refreshing workspace {}", workspace.name));
    }
  }
}

RefreshResult refresh_op(const OpDeps& deps, const RefreshRequest& request, std::stop_token stop) {
  RefreshResult result;
  LockedRun run = run_locked(deps, state_scope_of(request), [&](LockedState& locked) {
    refresh_into(locked, deps, request, result.report, std::move(stop));
  });
  result.failure = std::move(run.failure);
  result.interrupted = run.interrupted;
  return result;
}

RefreshResult drift_op(const OpDeps& deps, const RefreshRequest& request, std::stop_token stop) {
  RefreshResult result;
  MemoryJournal journal(deps.store.read(state_scope_of(request)), deps.clock);
  check_lives_here(journal.state(), deps.store.describe());
  try {
    refresh_into(journal, deps, request, result.report, std::move(stop));
  } catch (const Interrupted&) {  // asked for: what was read so far is told
    result.interrupted = true;
  } catch (const Error& error) {  // told by the caller, after what was read
    result.failure = error;
  }
  return result;
}

}  // namespace gild
