// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/desktop_lookup.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// Shorter beginnings than this are the beginning of too much.
constexpr std::size_t kLeastBeginning = 4;

std::set<WorkspaceName> workspaces_of(const State& state) {
  std::set<WorkspaceName> names;
  for (const auto& [key, desktop] : state.desktops) names.insert(names.end(), key.workspace);
  return names;
}

[[noreturn]] void fail_workspace(const WorkspaceName& workspace, const std::set<WorkspaceName>& known) {
  std::vector<std::string_view> names;
  for (const WorkspaceName& name : known) names.push_back(name.str());
  const auto near = nearest(workspace.str(), names);
  throw Error(ErrorKind::usage,
              fmt::format("There is no workspace \"{}\" in the state", escape_controls(workspace.str())),
              near ? fmt::format("Did you mean \"{}\"?", escape_controls(*near))
                   : std::string{"See which there are:\n\n    gild state list"});
}

[[noreturn]] void fail_ambiguous(const DesktopId& id, const std::vector<DesktopKey>& found) {
  std::vector<std::string> names;
  for (const DesktopKey& key : found) names.push_back(escape_controls(key.workspace.str()));
  throw Error(ErrorKind::usage,
              fmt::format("Desktop \"{}\" is in the workspaces {}", escape_controls(id.str()), join_and(names)),
              "Nothing was done. Say which of them you mean with --workspace NAME.");
}

}  // namespace

std::string advise_on_unknown(const State& state, const DesktopId& id) {
  const std::string& word = id.str();
  std::vector<std::string_view> beginning;
  std::vector<std::string_view> ids;
  ids.reserve(state.desktops.size());
  for (const auto& [key, desktop] : state.desktops) {
    if (desktop.name == word) {
      return fmt::format("That is the name of the desktop with the id \"{}\": give the id.",
                         escape_controls(key.id.str()));
    }
    if (word.size() >= kLeastBeginning && key.id.str().view().starts_with(word)) beginning.push_back(key.id.str());
    ids.push_back(key.id.str());
  }
  if (beginning.size() == 1) return fmt::format("Did you mean \"{}\"? Give the id in full.", beginning.front());
  if (beginning.size() > 1) {
    return fmt::format("{} begin with it. Give the id in full.", plural(beginning.size(), "id"));
  }
  const auto near = nearest(word, ids);
  return near ? fmt::format("Did you mean \"{}\"?", escape_controls(*near))
              : std::string{"See what is recorded:\n\n    gild state list"};
}

std::vector<DesktopKey> find_desktops(const State& state, const std::vector<DesktopId>& ids,
                                      const std::optional<WorkspaceName>& workspace) {
  std::set<WorkspaceName> known = workspaces_of(state);
  if (workspace) {
    if (!known.contains(*workspace)) fail_workspace(*workspace, known);
    known = {*workspace};
  }
  std::vector<DesktopKey> all;
  std::set<DesktopId> seen;
  for (const DesktopId& id : ids) {
    if (!seen.insert(id).second) continue;
    std::vector<DesktopKey> found;
    for (const WorkspaceName& name : known) {
      if (state.find(name, id) != nullptr) found.push_back({name, id});
    }
    if (found.size() > 1) fail_ambiguous(id, found);
    if (found.empty()) {
      throw Error(
          ErrorKind::usage,
          fmt::format("There is no desktop \"{}\" in the state{}", escape_controls(id.str()),
                      workspace ? fmt::format(", in workspace {}", escape_controls(workspace->str())) : std::string{}),
          advise_on_unknown(state, id));
    }
    all.push_back(found.front());
  }
  return all;
}

}  // namespace gild
