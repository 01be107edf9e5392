// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/status_report.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

namespace gild {
namespace {

bool is_trouble(DesktopStatus status) {
  switch (status) {
    case DesktopStatus::failed:
    case DesktopStatus::unhealthy:
    case DesktopStatus::unknown:
      return true;
    case DesktopStatus::ready:
    case DesktopStatus::rebuilding:
    case DesktopStatus::settling:
      return false;
  }
  return false;
}

bool is_on(const Target& target, const ImageState& image) {
  return image.image_id == target.image.image_id && !revision_differs(image.revision, target.revision);
}

std::string_view view(const OptionalText<SharedText>& text) {
  return text ? std::string_view{*text} : std::string_view{};
}

void sort_by_count(GroupStatus& group) {
  std::stable_sort(group.images.begin(), group.images.end(),
                   [](const auto& a, const auto& b) { return a.desktops > b.desktops; });
  std::stable_sort(group.troubles.begin(), group.troubles.end(),
                   [](const auto& a, const auto& b) { return a.desktops.size() > b.desktops.size(); });
}

class Counting {
 public:
  Counting(const State& state, const Narrowing& narrowing) : state_(state), narrowing_(narrowing) {}

  StatusReport count() {
    for (const auto& [key, desktop] : state_.desktops) {
      if (narrowing_.takes(desktop.group, key.id)) add(key, desktop);
    }
    for (const Rollout& rollout : state_.rollouts) {
      for (const RolloutGroup& part : rollout.groups) {
        if (narrowing_.takes(part.name)) add(rollout, part);
      }
    }
    StatusReport report;
    for (auto& [key, group] : groups_) {
      finish(group.status);
      report.groups.push_back(std::move(group.status));
    }
    for (const GroupStatus& group : report.groups) {
      for (std::size_t i = 0; i < group.counts.by_status.size(); ++i) {
        report.counts.by_status[i] += group.counts.by_status[i];
      }
    }
    add_open(report);
    return report;
  }

 private:
  struct Group {
    GroupStatus status;
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> images;  // to their place in the list
    std::map<std::pair<DesktopStatus, std::string_view>, std::size_t> troubles;
  };

  Group& group_of(const WorkspaceName& workspace, const std::optional<GroupName>& name) {
    // Desktops of a group stand together often enough that the last one is worth remembering.
    if (last_ != nullptr && last_->status.workspace == workspace && last_->status.name == name) return *last_;
    const auto [found, added] = groups_.try_emplace({workspace, name});
    if (added) {
      found->second.status.workspace = workspace;
      found->second.status.name = name;
    }
    last_ = &found->second;
    return *last_;
  }

  void add(const DesktopKey& key, const DesktopRecord& desktop) {
    Group& group = group_of(key.workspace, desktop.group);
    group.status.desktops.push_back(&key);
    group.status.counts.add(desktop.status);
    if (desktop.status == DesktopStatus::ready) {
      const std::string_view id =
          desktop.image.image_id ? std::string_view{desktop.image.image_id->str()} : std::string_view{};
      const auto [place, added] =
          group.images.try_emplace({id, view(desktop.image.revision)}, group.status.images.size());
      if (added) group.status.images.push_back({desktop.image, 0});
      ++group.status.images[place->second].desktops;
    } else if (is_trouble(desktop.status)) {
      const auto [place, added] =
          group.troubles.try_emplace({desktop.status, view(desktop.reason)}, group.status.troubles.size());
      if (added) group.status.troubles.push_back({desktop.status, desktop.reason, {}});
      group.status.troubles[place->second].desktops.push_back(&key);
    }
  }

  void add(const Rollout& rollout, const RolloutGroup& part) {
    group_of(part.workspace, part.name).status.progress = RolloutProgress{&rollout, &part};
  }

  void finish(GroupStatus& group) const {
    sort_by_count(group);
    if (!group.progress) return;
    RolloutProgress& progress = *group.progress;
    for (const DesktopKey* key : group.desktops) add(progress, key->id, state_.desktops.at(*key));
  }

  static void add(RolloutProgress& progress, const DesktopId& id, const DesktopRecord& desktop) {
    const bool sent = desktop.intent > progress.rollout->started;
    switch (desktop.status) {
      case DesktopStatus::ready:
        if (progress.part->failures.contains(id)) {
          ++progress.refused;
        } else if ((sent || desktop.updated_at > progress.rollout->started_at) &&
                   is_on(progress.part->target, desktop.image)) {
          ++progress.done;
        }
        return;
      case DesktopStatus::rebuilding:
      case DesktopStatus::settling:
        progress.under_way += sent ? 1 : 0;
        return;
      case DesktopStatus::failed:
      case DesktopStatus::unhealthy:
      case DesktopStatus::unknown:
        progress.ended += sent ? 1 : 0;
        return;
    }
  }

  void add_open(StatusReport& report) const {
    for (const auto& [id, job] : state_.jobs) {
      if (narrowing_.takes(job.group)) report.jobs.push_back(&job);
    }
    std::stable_sort(report.jobs.begin(), report.jobs.end(),
                     [](const Job* a, const Job* b) { return a->accepted_at < b->accepted_at; });
    for (const auto& [number, intent] : state_.intents) {
      if (!narrowing_.takes(intent.group)) continue;
      OpenRequest request{&intent, std::nullopt};
      for (const IntentDesktop& desktop : intent.desktops) {
        const DesktopRecord* record = state_.find(intent.workspace, desktop.id);
        if (record == nullptr) continue;
        request.since = record->updated_at;
        break;
      }
      report.requests.push_back(request);
    }
  }

  const State& state_;
  const Narrowing& narrowing_;
  std::map<std::pair<WorkspaceName, std::optional<GroupName>>, Group> groups_;
  Group* last_ = nullptr;
};

}  // namespace

std::size_t StatusCounts::total() const {
  return std::accumulate(by_status.begin(), by_status.end(), std::size_t{0});
}

std::size_t RolloutProgress::waiting() const {
  const std::size_t accounted = done + under_way + ended + refused;
  return part->targets > accounted ? part->targets - accounted : 0;
}

std::size_t StatusReport::paused() const {
  return static_cast<std::size_t>(std::count_if(groups.begin(), groups.end(), [](const GroupStatus& group) {
    return group.progress && group.progress->part->paused();
  }));
}

bool StatusReport::unfinished() const {
  return under_way() || counts.of(DesktopStatus::ready) < counts.total() ||
         std::any_of(groups.begin(), groups.end(), [](const GroupStatus& group) { return group.progress.has_value(); });
}

StatusReport make_status(const State& state, const Narrowing& narrowing) {
  check_names(narrowing, state);
  return Counting{state, narrowing}.count();
}

}  // namespace gild
