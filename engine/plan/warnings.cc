// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/warnings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/core/text.hpp"
#include "engine/model/worst_case.hpp"

namespace gild {
namespace {

constexpr std::array<std::string_view, 3> kImageTypes{"gold", "private", "market"};

// `"finance"`, or `"finance" and 3 other groups`
std::string name_groups(const std::vector<const PlannedGroup*>& groups) {
  if (groups.size() == 1) return fmt::format("group \"{}\"", groups[0]->name);
  return fmt::format("group \"{}\" and {}", groups[0]->name, plural(groups.size() - 1, "other group"));
}

void warn_of_no_canary(const Plan& plan, std::vector<std::string>& out) {
  const auto groups = std::count_if(plan.groups.begin(), plan.groups.end(),
                                    [](const PlannedGroup& group) { return group.counts.rebuild > 0; });
  if (groups == 0) return;
  out.push_back(fmt::format(
      "There is no canary: {} one wave.",
      groups == 1 ? "the group is" : fmt::format("each of {} groups is", grouped(static_cast<std::size_t>(groups)))));
}

void warn_of_pauses(const Plan& plan, const State& known, std::vector<std::string>& out) {
  for (const PlannedGroup& group : plan.groups) {
    const RolloutGroup* rollout = known.open_rollout_of(group.name);
    if (rollout == nullptr || !rollout->paused() || !same_target(rollout->target, group.target)) continue;
    out.push_back(
        fmt::format("Group \"{}\" is paused: {} with this target, where {} allowed. Apply sends nothing for it "
                    "without --resume.",
                    group.name, plural(rollout->failures.size(), "failure"),
                    rollout->max_failures == 1 ? "1 is" : fmt::format("{} are", rollout->max_failures)));
  }
}

// A batch goes whole once it fits. One that is larger than its Workspace's limit never does.
void warn_of_tight_limits(const Plan& plan, std::vector<std::string>& out) {
  std::map<GroupName, std::size_t> largest;
  for (const PlannedBatch& batch : plan.batches) {
    std::size_t& size = largest[batch.group];
    size = std::max(size, batch.request.desktop_ids.size());
  }
  for (const PlannedGroup& group : plan.groups) {
    const auto found = largest.find(group.name);
    const Workspace* workspace = find_workspace(plan, group.workspace);
    if (found == largest.end() || workspace == nullptr) continue;
    if (found->second <= static_cast<std::size_t>(workspace->max_in_flight)) continue;
    out.push_back(
        fmt::format("Group \"{}\": a batch of {} never fits whole into max_in_flight {} of Workspace \"{}\" and "
                    "is sent in parts. Set batch_size or max_unavailable to {} or less.",
                    group.name, found->second, workspace->max_in_flight, workspace->name, workspace->max_in_flight));
  }
}

void warn_of_image_types(const Plan& plan, std::vector<std::string>& out) {
  std::map<std::string_view, std::vector<const PlannedGroup*>> unknown;
  for (const PlannedGroup& group : plan.groups) {
    if (group.counts.rebuild == 0) continue;
    const std::string_view type = group.target.image.image_type;
    if (std::find(kImageTypes.begin(), kImageTypes.end(), type) == kImageTypes.end()) unknown[type].push_back(&group);
  }
  for (const auto& [type, groups] : unknown) {
    out.push_back(fmt::format("image_type \"{}\" of {} is none of gold, private and market. It is sent as it is.", type,
                              name_groups(groups)));
  }
}

// What the service does about it is not documented (W 9.4).
void warn_of_other_systems(const Plan& plan, std::vector<std::string>& out) {
  using Pair = std::tuple<GroupName, std::string, std::string>;
  std::map<Pair, std::size_t> counts;
  for (const PlannedDesktop& desktop : plan.desktops) {
    if (desktop.action != Action::rebuild || !desktop.from || !desktop.to) continue;
    const auto& from = desktop.from->os_type;
    const auto& to = desktop.to->os_type;
    if (from && to && !same_ignoring_case(*from, *to)) ++counts[{desktop.group, *from, *to}];
  }
  for (const auto& [pair, count] : counts) {
    const auto& [group, from, to] = pair;
    out.push_back(
        fmt::format("Group \"{}\": {} with {} {} wiped onto an image with {}. Whether the service does that is not "
                    "documented; try one desktop first.",
                    group, plural(count, "desktop"), from, count == 1 ? "is" : "are", to));
  }
}

}  // namespace

std::vector<std::string> warnings_for(const Plan& plan, const State& known) {
  std::vector<std::string> out;
  warn_of_no_canary(plan, out);
  warn_of_pauses(plan, known, out);
  warn_of_tight_limits(plan, out);
  warn_of_image_types(plan, out);
  warn_of_other_systems(plan, out);
  return out;
}

}  // namespace gild
