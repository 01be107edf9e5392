// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/approval.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostTold = 10;

template <class Value>
std::string show(const std::optional<Value>& value) {
  return value ? escape_controls(fmt::format("{}", *value)) : std::string("none");
}

std::string show(const std::optional<ImageState>& image) {
  if (!image) return "never seen";
  std::string out = image->image_id ? fmt::format("image {}", *image->image_id) : std::string("an unknown image");
  if (image->image_type) out += fmt::format(", {}", *image->image_type);
  if (image->os_type) out += fmt::format(", {}", *image->os_type);
  if (image->revision) out += fmt::format(", revision \"{}\"", *image->revision);
  return escape_controls(out);
}

[[noreturn]] void refuse(const Approval& approved, const std::vector<std::string>& beyond) {
  std::string advice = "Nothing was sent. Beyond it are:\n";
  for (std::size_t i = 0; i < std::min(beyond.size(), kMostTold); ++i) advice += fmt::format("\n    {}", beyond[i]);
  if (beyond.size() > kMostTold) advice += fmt::format("\n    and {} more", grouped(beyond.size() - kMostTold));
  advice +=
      "\n\nAn approval may shrink, never grow. Narrow this run with --group or --desktop to what was approved, or "
      "make a new plan and have that approved:\n\n    gild plan --out FILE";
  throw Error(ErrorKind::refused,
              fmt::format("What would be wiped today goes beyond the approved plan {}", escape_controls(approved.file)),
              std::move(advice));
}

const Workspace* find_workspace(const Plan& plan, const WorkspaceName& name) {
  const auto found = std::find_if(plan.workspaces.begin(), plan.workspaces.end(),
                                  [&](const Workspace& workspace) { return workspace.name == name; });
  return found == plan.workspaces.end() ? nullptr : &*found;
}

// What a request for a desktop is made of, but for the other desktops that it names.
struct ApprovedRebuild {
  const PlannedDesktop* desktop = nullptr;
  const RebuildOptions* options = nullptr;
};

class Approved {
 public:
  explicit Approved(const Plan& plan) : plan_(plan) {
    for (const PlannedGroup& group : plan.groups) groups_[group.name] = &group;
    std::map<BatchId, const PlannedBatch*> batches;
    for (const PlannedBatch& batch : plan.batches) batches[batch.id] = &batch;
    for (const PlannedDesktop& desktop : plan.desktops) {
      if (desktop.action != Action::rebuild || !desktop.batch) continue;
      rebuilds_[{desktop.workspace, desktop.id}] = {&desktop, &batches.at(*desktop.batch)->request.options};
    }
  }

  const Plan& plan() const { return plan_; }
  const PlannedGroup* group(const GroupName& name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : found->second;
  }
  const ApprovedRebuild* rebuild(const DesktopKey& key) const {
    const auto found = rebuilds_.find(key);
    return found == rebuilds_.end() ? nullptr : &found->second;
  }

 private:
  const Plan& plan_;
  std::map<GroupName, const PlannedGroup*> groups_;
  std::map<DesktopKey, ApprovedRebuild> rebuilds_;
};

// A rebuild that would be asked for, and the request before it that may have been executed (0: none).
struct Asked {
  const PlannedDesktop& desktop;
  const std::optional<ImageState>& from;
  const RebuildOptions& options;
  std::int64_t request_before = 0;
};

// Why it was not approved like that; nullopt: it was.
std::optional<std::string> beyond(const Asked& asked, const Approved& approved) {
  const PlannedDesktop& today = asked.desktop;
  const ApprovedRebuild* found = approved.rebuild({today.workspace, today.id});
  if (found == nullptr) return "its rebuild is not in the approved plan";
  const PlannedDesktop& then = *found->desktop;
  if (then.group != today.group) return fmt::format("approved in group {}, now in {}", then.group, today.group);
  if (then.from != asked.from) {
    return fmt::format("approved from {}, and recorded now: {}", show(then.from), show(asked.from));
  }
  if (then.to != today.to) return fmt::format("approved to {}, and wanted now: {}", show(then.to), show(today.to));
  if (*found->options != asked.options) return "the rest of its request is not what was approved (\"rebuild\")";
  if (asked.request_before > approved.plan().basis.serial) {
    return "a request was sent for it since, and an approval is good for one";
  }
  return std::nullopt;
}

void add_wider_limits(const PlannedGroup& today, const PlannedGroup& then, std::vector<std::string>& out) {
  const auto compare = [&](std::string_view name, int now, int before) {
    if (now <= before) return;
    out.push_back(fmt::format("Group {}: {} was {}, and is {}", today.name, name, before, now));
  };
  compare("batch_size", today.batch_size, then.batch_size);
  compare("max_unavailable", today.max_unavailable, then.max_unavailable);
  compare("max_failures", today.max_failures, then.max_failures);
  if (today.sessions == SessionPolicy::force && then.sessions != SessionPolicy::force) {
    out.push_back(fmt::format("Group {}: the policy for sessions was skip, and is force", today.name));
  }
}

bool is_wider(const PlannedGroup& today, const PlannedGroup& then) {
  std::vector<std::string> wider;
  add_wider_limits(today, then, wider);
  return !wider.empty();
}

std::int64_t last_request(const LastRequests& last, const DesktopKey& key) {
  const auto found = last.find(key);
  return found == last.end() ? 0 : found->second;
}

bool is_same_lineage(const Approval& approved, const State& known) {
  return !approved.plan.basis.lineage || *approved.plan.basis.lineage == known.lineage;
}

}  // namespace

void check_places(const std::vector<Workspace>& today, const Approval& approved) {
  std::vector<std::string> beyond;
  for (const Workspace& now : today) {
    const Workspace* then = find_workspace(approved.plan, now.name);
    if (then == nullptr) continue;  // nothing of it was approved, so nothing will be sent there
    const auto compare = [&](std::string_view name, const std::optional<std::string>& is,
                             const std::optional<std::string>& was) {
      if (is == was) return;
      beyond.push_back(fmt::format("Workspace {}: {} was {}, and is {}", now.name, name, show(was), show(is)));
    };
    compare("region", now.region, then->region);
    compare("project_id", now.project_id, then->project_id);
    compare("endpoint", now.endpoint, then->endpoint);
    compare("iam_endpoint", now.iam_endpoint, then->iam_endpoint);
    compare("ca_file", now.ca_file, then->ca_file);
    compare("credentials", now.credentials, then->credentials);
    if (now.max_in_flight > then->max_in_flight) {
      beyond.push_back(fmt::format("Workspace {}: max_in_flight was {}, and is {}", now.name, then->max_in_flight,
                                   now.max_in_flight));
    }
    // The sooner a request is taken for lost, the more likely it is sent again while the first is still to come.
    if (now.settle < then->settle) {
      beyond.push_back(fmt::format("Workspace {}: settle_seconds was {}, and is {}", now.name, then->settle.count(),
                                   now.settle.count()));
    }
  }
  if (!beyond.empty()) refuse(approved, beyond);
}

void check_within(const Plan& today, const Approval& approval, const State& known, const LastRequests& last) {
  const Approved approved(approval.plan);
  std::vector<std::string> problems;
  if (!today.empty() && !is_same_lineage(approval, known)) {
    problems.push_back(fmt::format("The state: the approved plan was made for another one ({}, and this is {})",
                                   show(approval.plan.basis.lineage), show(today.basis.lineage)));
  }
  for (const PlannedGroup& group : today.groups) {
    const PlannedGroup* then = approved.group(group.name);
    if (then != nullptr && group.counts.rebuild > 0) add_wider_limits(group, *then, problems);
  }
  std::map<BatchId, const PlannedBatch*> batches;
  for (const PlannedBatch& batch : today.batches) batches[batch.id] = &batch;
  for (const PlannedDesktop& desktop : today.desktops) {
    if (desktop.action != Action::rebuild) continue;
    const DesktopRecord* record = known.find(desktop.workspace, desktop.id);
    const std::int64_t request_before =
        std::max(record != nullptr ? record->intent : 0, last_request(last, {desktop.workspace, desktop.id}));
    const auto why =
        beyond({desktop, desktop.from, batches.at(desktop.batch.value())->request.options, request_before}, approved);
    if (why) problems.push_back(fmt::format("Desktop {} ({}): {}", desktop.id, desktop.group, *why));
  }
  if (!problems.empty()) refuse(approval, problems);
}

std::set<DesktopKey> not_to_go_again(const Plan& today, const Approval& approval, const State& known,
                                     const LastRequests& last) {
  const Approved approved(approval.plan);
  // Only an open intent ever comes back as not received.
  struct Open {
    const Intent* intent;
    const IntentDesktop* desktop;
  };
  std::map<DesktopKey, Open> open;
  for (const auto& [number, intent] : known.intents) {
    for (const IntentDesktop& desktop : intent.desktops) open[{intent.workspace, desktop.id}] = {&intent, &desktop};
  }
  std::map<GroupName, const PlannedGroup*> groups;
  for (const PlannedGroup& group : today.groups) groups[group.name] = &group;

  const auto may_go = [&](const PlannedDesktop& desktop, const Open& before) {
    const PlannedGroup& now = *groups.at(desktop.group);
    const PlannedGroup* then = approved.group(desktop.group);
    if (then == nullptr || is_wider(now, *then) || !is_same_lineage(approval, known)) return false;
    // A rollout that goes on does so within the limits that it began with.
    const RolloutGroup* rollout = known.open_rollout_of(desktop.group);
    if (rollout != nullptr &&
        (rollout->max_unavailable > then->max_unavailable || rollout->max_failures > then->max_failures)) {
      return false;
    }
    RebuildOptions options = now.rebuild;
    options.order_id = before.intent->options.order_id;
    // As it will be recorded again where the request was not received.
    const std::optional<ImageState> from = before.desktop->known ? desktop.from : std::nullopt;
    const std::int64_t request_before =
        std::max(before.desktop->intent_before, last_request(last, {desktop.workspace, desktop.id}));
    return !beyond({desktop, from, options, request_before}, approved);
  };
  std::set<DesktopKey> out;
  for (const PlannedDesktop& desktop : today.desktops) {
    const DesktopKey key{desktop.workspace, desktop.id};
    const auto before = open.find(key);
    if (before != open.end() && !may_go(desktop, before->second)) out.insert(key);
  }
  return out;
}

}  // namespace gild
