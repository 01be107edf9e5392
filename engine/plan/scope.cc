// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/scope.hpp"

#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

[[noreturn]] void fail_unknown(std::string_view what, const std::string& word,
                               const std::vector<std::string_view>& candidates) {
  std::string advice;
  if (const auto near = nearest(word, candidates)) advice = fmt::format("Did you mean \"{}\"?", *near);
  throw Error(ErrorKind::usage, fmt::format("There is no {} \"{}\" in the manifests", what, escape_controls(word)),
              std::move(advice));
}

}  // namespace

Scope::Scope(const Manifest& wanted, const PlanOptions& options)
    : narrowed_(!options.empty()),
      groups_(options.groups.begin(), options.groups.end()),
      exclude_groups_(options.exclude_groups.begin(), options.exclude_groups.end()),
      desktops_(options.desktops.begin(), options.desktops.end()) {
  check_groups(wanted);
  check_desktops(wanted);
}

bool Scope::has(const GroupName& group) const {
  return (groups_.empty() || groups_.contains(group)) && !exclude_groups_.contains(group);
}

void Scope::check_groups(const Manifest& wanted) const {
  std::set<std::string_view> known;
  for (const DesktopGroup& group : wanted.groups) known.insert(group.name.str());
  for (const auto* names : {&groups_, &exclude_groups_}) {
    for (const GroupName& name : *names) {
      if (!known.contains(name.str())) fail_unknown("group", name.str(), {known.begin(), known.end()});
    }
  }
}

void Scope::check_desktops(const Manifest& wanted) const {
  if (desktops_.empty()) return;
  std::map<std::string_view, const DesktopGroup*> known;
  for (const DesktopGroup& group : wanted.groups) {
    for (const DesktopEntry& desktop : group.desktops) known.emplace(desktop.id.str(), &group);
  }
  for (const DesktopId& id : desktops_) {
    const auto found = known.find(id.str());
    if (found == known.end()) {
      std::vector<std::string_view> candidates;
      for (const auto& [candidate, group] : known) candidates.push_back(candidate);
      fail_unknown("desktop", id.str(), candidates);
    }
    const DesktopGroup& group = *found->second;
    if (has(group.name)) continue;
    throw Error(
        ErrorKind::usage,
        fmt::format("Desktop \"{}\" is in group \"{}\", which is left out", escape_controls(id.str()), group.name),
        "Name the group too, or name the desktop alone.");
  }
}

}  // namespace gild
