// SPDX-License-Identifier: Apache-2.0
#include "engine/model/state.hpp"

#include <algorithm>
#include <array>

#include "engine/model/manifest.hpp"

namespace gild {
namespace {

constexpr std::array<std::pair<DesktopStatus, std::string_view>, 6> kStatusNames{{
    {DesktopStatus::ready, "ready"},
    {DesktopStatus::rebuilding, "rebuilding"},
    {DesktopStatus::settling, "settling"},
    {DesktopStatus::failed, "failed"},
    {DesktopStatus::unhealthy, "unhealthy"},
    {DesktopStatus::unknown, "unknown"},
}};

}  // namespace

std::string_view name_of(DesktopStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)].second;
}

std::optional<DesktopStatus> desktop_status_from(std::string_view name) {
  for (const auto& [status, text] : kStatusNames) {
    if (text == name) return status;
  }
  return std::nullopt;
}

const RolloutGroup* Rollout::find(const GroupName& group) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.name == group; });
  return found == groups.end() ? nullptr : &*found;
}

RolloutGroup* Rollout::find(const GroupName& group) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.name == group; });
  return found == groups.end() ? nullptr : &*found;
}

std::size_t Job::overdue() const {
  return static_cast<std::size_t>(
      std::count_if(desktops.begin(), desktops.end(), [](const JobDesktop& desktop) { return desktop.overdue; }));
}

const DesktopRecord* State::find(const WorkspaceName& workspace, const DesktopId& id) const {
  const auto found = desktops.find({workspace, id});
  return found == desktops.end() ? nullptr : &found->second;
}

const Job* State::open_job_of(const DesktopKey& key) const {
  const DesktopRecord* record = find(key.workspace, key.id);
  return record == nullptr ? nullptr : open_job_of(key, *record);
}

const Job* State::open_job_of(const DesktopKey& key, const DesktopRecord& record) const {
  if (!record.job_id || jobs.empty()) return nullptr;
  const auto found = jobs.find({*record.job_id, key.workspace});
  if (found == jobs.end()) return nullptr;
  const std::vector<JobDesktop>& open = found->second.desktops;
  const bool named =
      std::any_of(open.begin(), open.end(), [&](const JobDesktop& desktop) { return desktop.id == key.id; });
  return named ? &found->second : nullptr;
}

const RolloutGroup* State::open_rollout_of(const GroupName& group) const {
  for (const Rollout& rollout : rollouts) {
    if (const RolloutGroup* found = rollout.find(group)) return found;
  }
  return nullptr;
}

int Amount::resolve(std::size_t targets, int least) const {
  if (!percent) return std::max(value, least);
  const auto share = static_cast<int>(targets * static_cast<std::size_t>(value) / 100);
  return std::max(share, least);
}

}  // namespace gild
