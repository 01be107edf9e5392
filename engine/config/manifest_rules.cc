// SPDX-License-Identifier: Apache-2.0
#include "engine/config/manifest_rules.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostCandidates = 2000;    // beyond that a suggestion costs more than it helps
constexpr std::size_t kMostSharedDesktops = 10;  // of one pair of groups, told one by one

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

int compare_ignoring_case(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    const char x = lower(a[i]);
    const char y = lower(b[i]);
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (candidates.size() > kMostCandidates) return {};
  const auto near = nearest(word, candidates);
  return near ? fmt::format(" Did you mean {}?", in_quotes(*near)) : std::string{};
}

// The drafts of one kind by name. Of two with one name the second gets the complaint.
template <class Draft>
class ByName {
 public:
  ByName(const std::vector<Draft>& drafts, std::string_view kind, Reporter& reporter) {
    for (const Draft& draft : drafts) {
      if (draft.name.text.empty()) continue;  // it could not be read
      const auto [first, is_new] = drafts_.emplace(draft.name.text, &draft);
      if (is_new) continue;
      reporter.error("duplicate-name", fmt::format("Two documents of kind {} with one name", kind),
                     fmt::format("There is another {} named {}. Give one of them another name, or delete it.", kind,
                                 in_quotes(draft.name.text)),
                     draft.name.place, {{first->second->name.place.location, "The other one is here."}});
    }
  }
  const Draft* find(const std::string& name) const {
    const auto at = drafts_.find(name);
    return at == drafts_.end() ? nullptr : at->second;
  }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> out;
    for (const auto& [name, draft] : drafts_) out.push_back(name);
    return out;
  }
  std::size_t size() const { return drafts_.size(); }

 private:
  std::map<std::string_view, const Draft*> drafts_;
};

class References {
 public:
  References(const Drafts& drafts, Reporter& reporter)
      : workspaces_(drafts.workspaces, "Workspace", reporter),
        images_(drafts.images, "Image", reporter),
        incomplete_(drafts.names_incomplete),
        reporter_(reporter) {}

  void resolve_workspace(GroupDraft& group) {
    if (group.workspace) {
      if (workspaces_.find(group.workspace->text) == nullptr) {
        complain("Workspace", *group.workspace, workspaces_.names());
      }
      return;
    }
    if (group.names_workspace || incomplete_) return;
    if (workspaces_.size() == 1) {
      group.workspace = {std::string{workspaces_.names().front()}, group.name.place};
    } else if (workspaces_.size() == 0) {
      reporter_.error("no-workspace", "Group without a workspace",
                      "No document of kind Workspace says where these desktops are. Add one; \"gild init\" writes an "
                      "example.",
                      group.name.place);
    } else {
      std::vector<std::string> names;
      for (const std::string_view name : workspaces_.names()) names.push_back(in_quotes(name));
      if (names.size() > 10) names.resize(10), names.emplace_back("others");
      reporter_.error("no-workspace", "Group without a workspace",
                      fmt::format("There are several, {}, so the group has to say which one its desktops are in. Add "
                                  "\"workspace\" under \"spec\".",
                                  join_and(names)),
                      group.name.place);
    }
  }

  void resolve_image(GroupDraft& group) {
    if (!group.image_name) return;
    if (const ImageDraft* image = images_.find(group.image_name->text)) {
      group.target.image = image->image;
    } else {
      complain("Image", *group.image_name, images_.names());
    }
  }

 private:
  void complain(std::string_view kind, const PlacedText& reference, const std::vector<std::string_view>& names) {
    if (incomplete_) return;  // it may be in what could not be read
    std::string detail = fmt::format("No document of kind {} has the name {}.", kind, in_quotes(reference.text));
    const std::string suggestion = did_you_mean(reference.text, names);
    detail += suggestion.empty() ? fmt::format(" Add one, or write the name of another.") : suggestion;
    reporter_.error("unknown-name", "Reference to nothing", std::move(detail), reference.place);
  }

  ByName<WorkspaceDraft> workspaces_;
  ByName<ImageDraft> images_;
  bool incomplete_;
  Reporter& reporter_;
};

// Which project a group's desktops are in, as a number: two Workspace documents may describe one project, and a desktop
// of it must not be rebuilt under two names.
std::vector<std::size_t> projects_of(const Drafts& drafts) {
  std::map<std::string_view, std::string_view> project_of_workspace;
  for (const WorkspaceDraft& draft : drafts.workspaces) {
    project_of_workspace.emplace(draft.name.text, draft.workspace.project_id);
  }
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> numbers;
  std::vector<std::size_t> out;
  for (const GroupDraft& group : drafts.groups) {
    const std::string_view workspace = group.workspace ? std::string_view{group.workspace->text} : std::string_view{};
    const auto project = project_of_workspace.find(workspace);
    const bool known = project != project_of_workspace.end() && !project->second.empty();
    const auto key = known ? std::pair{project->second, std::string_view{}} : std::pair{std::string_view{}, workspace};
    out.push_back(numbers.emplace(key, numbers.size()).first->second);
  }
  return out;
}

// Could two ids be the same but for case? False for certain; true for every such pair and, seldom, for others. Eight
// bytes at a time, with the bit set that tells small letters from capitals.
class IdSketch {
 public:
  explicit IdSketch(std::size_t most) : places_(std::bit_ceil(most * 2 + 1)) {}

  // False where no id that was added before could be the same.
  bool add(std::size_t project, std::string_view id) {
    std::uint64_t hash = project + 1;
    for (std::size_t i = 0; i < id.size(); i += sizeof hash) {
      std::uint64_t word = 0;
      std::memcpy(&word, id.data() + i, std::min(sizeof word, id.size() - i));
      hash = (hash ^ (word | 0x2020202020202020U)) * 0x9E3779B97F4A7C15U;
      hash ^= hash >> 32U;
    }
    hash |= 1U;  // 0 is a free place
    for (std::size_t place = (hash >> 1U) & (places_.size() - 1);; place = (place + 1) & (places_.size() - 1)) {
      if (places_[place] == hash) return true;
      if (places_[place] != 0) continue;
      places_[place] = hash;
      return false;
    }
  }

 private:
  std::vector<std::uint64_t> places_;
};

// Finds desktops that are named more than once, in one group or in two. Where there may be any, all are sorted to tell
// which.
class DuplicateDesktops {
 public:
  DuplicateDesktops(const Drafts& drafts, Reporter& reporter) : drafts_(drafts), reporter_(reporter) {}

  void find() {
    const std::vector<std::size_t> projects = projects_of(drafts_);
    if (!may_have_any(projects)) return;
    std::vector<Mention> mentions;
    for (std::size_t group = 0; group < drafts_.groups.size(); ++group) {
      for (const DesktopEntry& desktop : drafts_.groups[group].desktops) {
        mentions.push_back({&desktop, group, projects[group]});
      }
    }
    std::sort(mentions.begin(), mentions.end(), [](const Mention& a, const Mention& b) {
      if (a.project != b.project) return a.project < b.project;
      const int order = compare_ignoring_case(a.id(), b.id());
      return order != 0 ? order < 0 : a.place() < b.place();
    });
    const Mention* first = nullptr;
    for (const Mention& mention : mentions) {
      if (first != nullptr && first->project == mention.project &&
          compare_ignoring_case(first->id(), mention.id()) == 0) {
        complain(*first, mention);
      } else {
        first = &mention;
      }
    }
    complain_about_the_rest();
  }

 private:
  struct Mention {
    const DesktopEntry* desktop;
    std::size_t group;
    std::size_t project;
    std::string_view id() const { return desktop->id.str(); }
    std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::size_t> place() const {
      const Location& location = desktop->location;
      return {location.file, location.line, location.column, group};
    }
  };

  bool may_have_any(const std::vector<std::size_t>& projects) const {
    std::size_t count = 0;
    for (const GroupDraft& group : drafts_.groups) count += group.desktops.size();
    IdSketch seen{count};
    bool any = false;
    for (std::size_t group = 0; group < drafts_.groups.size(); ++group) {
      for (const DesktopEntry& desktop : drafts_.groups[group].desktops) {
        any = seen.add(projects[group], desktop.id.str()) || any;
      }
    }
    return any;
  }

  void complain(const Mention& first, const Mention& second) {
    if (++shared_[{first.group, second.group}] > kMostSharedDesktops) return;
    const std::string& group = drafts_.groups[first.group].name.text;
    const bool same_group = first.group == second.group;
    std::string detail;
    if (first.id() != second.id()) {
      detail =
          fmt::format("{} and {} differ only in upper and lower case, which the service may take for one desktop. ",
                      in_quotes(second.id()), in_quotes(first.id()));
    }
    detail +=
        same_group
            ? fmt::format("The desktop {} stands twice in this group. Delete one of the two.", in_quotes(second.id()))
            : fmt::format(
                  "The desktop {} is in the groups {} and {}, and each would put its image on it. Delete it "
                  "from one of them.",
                  in_quotes(second.id()), in_quotes(group), in_quotes(drafts_.groups[second.group].name.text));
    reporter_.error("duplicate-desktop", same_group ? "Desktop named twice" : "Desktop in two groups",
                    std::move(detail), place_of(*second.desktop),
                    {{first.desktop->location, same_group ? std::string{"It stands here for the first time."}
                                                          : fmt::format("It is in {} here.", in_quotes(group))}});
  }

  // Two groups that share a list of thousands are one mistake.
  void complain_about_the_rest() {
    for (const auto& [pair, count] : shared_) {
      if (count <= kMostSharedDesktops) continue;
      const PlacedText& first = drafts_.groups[pair.first].name;
      const PlacedText& second = drafts_.groups[pair.second].name;
      const std::string rest = plural(count - kMostSharedDesktops, "more desktop", "more desktops");
      if (pair.first == pair.second) {
        reporter_.error("duplicate-desktop", "Desktops named twice",
                        fmt::format("In this group {} than those shown are named more than once.", rest), second.place);
      } else {
        reporter_.error("duplicate-desktop", "Desktops in two groups",
                        fmt::format("{} than those shown are in the groups {} and {}.", rest, in_quotes(first.text),
                                    in_quotes(second.text)),
                        second.place, {{first.place.location, "This is the other group."}});
      }
    }
  }

  const Drafts& drafts_;
  Reporter& reporter_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> shared_;
};

bool by_id(const DesktopEntry& a, const DesktopEntry& b) {
  return a.id < b.id;
}

// Marks the excluded desktops. An exclusion that meets nothing is an error, not a warning: behind it is a desktop that
// somebody wanted to keep, and a slip in its id would wipe it.
void exclude_desktops(GroupDraft& group, Reporter& reporter) {
  std::map<std::string_view, const PlacedText*> seen;
  for (const PlacedText& excluded : group.excluded) {
    const auto [first, is_new] = seen.emplace(excluded.text, &excluded);
    if (!is_new) {
      reporter.error("duplicate-desktop", "Desktop named twice",
                     fmt::format("{} is excluded twice. Delete one of the two.", in_quotes(excluded.text)),
                     excluded.place, {{first->second->place.location, "It stands here for the first time."}});
      continue;
    }
    DesktopEntry wanted;
    wanted.id = DesktopId{excluded.text};
    const auto at = std::lower_bound(group.desktops.begin(), group.desktops.end(), wanted, by_id);
    if (at != group.desktops.end() && at->id == wanted.id) {
      at->excluded = true;
      continue;
    }
    if (!group.desktops_complete) continue;  // it may be in what could not be read
    std::vector<std::string_view> ids;
    if (group.desktops.size() <= kMostCandidates) {
      for (const DesktopEntry& desktop : group.desktops) ids.push_back(desktop.id.str());
    }
    const std::string suggestion = did_you_mean(excluded.text, ids);
    reporter.error(
        "unknown-desktop", "Excluded desktop that is not in the group",
        fmt::format("{} is not among the desktops of this group, so excluding it protects nothing.{}",
                    in_quotes(excluded.text), suggestion.empty() ? " Mend the id, or delete it." : suggestion),
        excluded.place);
  }
}

DesktopGroup finish(GroupDraft&& draft) {
  DesktopGroup group;
  group.name = GroupName{draft.name.text};
  if (draft.workspace) group.workspace = WorkspaceName{draft.workspace->text};
  group.target = std::move(draft.target);
  group.desktops = std::move(draft.desktops);
  group.rebuild = std::move(draft.rebuild);
  group.rollout = draft.rollout;
  if (draft.image_name) group.image_name = std::move(draft.image_name->text);
  group.labels = std::move(draft.labels);
  group.rollout_given = std::move(draft.rollout_given);
  return group;
}

}  // namespace

Manifest combine(Drafts drafts, Reporter& reporter) {
  References references{drafts, reporter};
  const ByName<GroupDraft> groups{drafts.groups, "DesktopGroup", reporter};  // complains of two of one name
  const ByName<GuardrailsDraft> guardrails{drafts.guardrails, "Guardrails", reporter};
  for (GroupDraft& group : drafts.groups) {
    references.resolve_workspace(group);
    references.resolve_image(group);
  }
  DuplicateDesktops{drafts, reporter}.find();
  for (GroupDraft& group : drafts.groups) {
    if (!std::is_sorted(group.desktops.begin(), group.desktops.end(), by_id)) {
      std::stable_sort(group.desktops.begin(), group.desktops.end(), by_id);
    }
    exclude_desktops(group, reporter);
  }
  Manifest manifest;
  if (reporter.has_errors()) return manifest;
  for (WorkspaceDraft& draft : drafts.workspaces) manifest.workspaces.push_back(std::move(draft.workspace));
  for (GroupDraft& draft : drafts.groups) manifest.groups.push_back(finish(std::move(draft)));
  for (GuardrailsDraft& draft : drafts.guardrails) manifest.guardrails.push_back(std::move(draft.guardrails));
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(manifest.guardrails.begin(), manifest.guardrails.end(), by_name);
  std::sort(manifest.workspaces.begin(), manifest.workspaces.end(), by_name);
  std::sort(manifest.groups.begin(), manifest.groups.end(), by_name);
  return manifest;
}

}  // namespace gild
