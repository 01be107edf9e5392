// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/narrowing.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/desktop_lookup.hpp"

namespace gild {
namespace {

template <class T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

void check_groups(const Narrowing& narrowing, const std::set<std::string_view>& known, std::string_view where) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  for (const auto* list : {&narrowing.groups, &narrowing.exclude_groups}) {
    for (const GroupName& group : *list) {
      if (known.contains(group.str())) continue;
      std::string advice;
      if (const auto near = nearest(group.str(), candidates)) advice = fmt::format("Did you mean \"{}\"?", *near);
      throw Error(ErrorKind::usage, fmt::format("There is no group \"{}\" in {}", escape_controls(group.str()), where),
                  std::move(advice));
    }
  }
}

template <class Advise>
void check_desktops(const Narrowing& narrowing, const std::set<std::string_view>& known, std::string_view where,
                    Advise advise) {
  for (const DesktopId& desktop : narrowing.desktops) {
    if (known.contains(desktop.str())) continue;
    throw Error(ErrorKind::usage,
                fmt::format("There is no desktop \"{}\" in {}", escape_controls(desktop.str()), where),
                advise(desktop));
  }
}

}  // namespace

bool Narrowing::takes(const GroupName& group) const {
  return (groups.empty() || contains(groups, group)) && !contains(exclude_groups, group);
}

bool Narrowing::takes(const std::optional<GroupName>& group, const DesktopId& desktop) const {
  if (!desktops.empty() && !contains(desktops, desktop)) return false;
  return group ? takes(*group) : groups.empty();
}

void check_names(const Narrowing& narrowing, const Manifest& manifest) {
  if (narrowing.empty()) return;
  std::set<std::string_view> groups;
  std::set<std::string_view> desktops;
  for (const DesktopGroup& group : manifest.groups) {
    groups.insert(group.name.str());
    if (narrowing.desktops.empty()) continue;
    for (const DesktopEntry& desktop : group.desktops) desktops.insert(desktop.id.str());
  }
  check_groups(narrowing, groups, "the manifests");
  check_desktops(narrowing, desktops, "the manifests", [](const DesktopId&) {
    return std::string{"Give the desktop's id in full, as the manifest has it."};
  });
}

void check_names(const Narrowing& narrowing, const State& state) {
  if (narrowing.empty()) return;
  std::set<std::string_view> groups;
  std::set<std::string_view> desktops;
  for (const auto& [key, desktop] : state.desktops) {
    if (desktop.group) groups.insert(desktop.group->str());
    if (!narrowing.desktops.empty()) desktops.insert(key.id.str());
  }
  for (const Rollout& rollout : state.rollouts) {
    for (const RolloutGroup& group : rollout.groups) groups.insert(group.name.str());
  }
  check_groups(narrowing, groups, "the state");
  check_desktops(narrowing, desktops, "the state", [&](const DesktopId& id) { return advise_on_unknown(state, id); });
}

}  // namespace gild
