// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_outline.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"
#include "engine/model/worst_case.hpp"

namespace gild {
namespace {

constexpr std::size_t kLeastId = 8;       // bytes of it that are always shown
constexpr std::size_t kShownOrigins = 3;  // images that desktops of one group come from

std::vector<PlanKind> kinds_of(const PlannedDesktops& desktops) {
  std::vector<PlanKind> kinds;
  using Origin = std::tuple<Action, bool, std::string_view, std::string_view, std::string_view>;
  std::map<Origin, std::size_t> known;
  for (const PlannedDesktop* desktop : desktops) {
    // Where a desktop that is left alone comes from is no news.
    const ImageState* from = desktop->action == Action::rebuild && desktop->from ? &*desktop->from : nullptr;
    const Origin origin{desktop->action, from != nullptr, desktop->reason,
                        from && from->image_id ? std::string_view{from->image_id->str()} : std::string_view{},
                        from && from->revision ? std::string_view{*from->revision} : std::string_view{}};
    const auto [place, is_new] = known.emplace(origin, kinds.size());
    if (is_new) kinds.emplace_back();
    kinds[place->second].push_back(desktop);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const PlanKind& a, const PlanKind& b) { return a.size() > b.size(); });
  return kinds;
}

template <class Counts>
std::vector<std::string> counts_in_words(const Counts& counts) {
  std::vector<std::string> out;
  for (const auto& [count, word] : {std::pair{counts.unchanged, "unchanged"},
                                    {counts.in_progress, "in progress"},
                                    {counts.held, "held"},
                                    {counts.protect, "protected"},
                                    {counts.exclude, "excluded"}}) {
    if (count > 0) out.push_back(fmt::format("{} {}", grouped(count), word));
  }
  return out;
}

std::size_t at_once(const PlannedGroup& group, const Workspace* workspace) {
  return static_cast<std::size_t>(workspace == nullptr ? group.max_unavailable
                                                       : std::min(group.max_unavailable, workspace->max_in_flight));
}

struct Parts {
  PlannedDesktops wiped;
  PlannedDesktops left_alone;
  std::size_t batches = 0;
};

}  // namespace

ShortIds images_of(const std::vector<const Plan*>& plans, bool whole) {
  std::vector<std::string_view> ids;
  for (const Plan* plan : plans) {
    for (const PlannedGroup& group : plan->groups) ids.push_back(group.target.image.image_id.str());
    for (const PlannedDesktop& desktop : plan->desktops) {
      for (const auto* image : {&desktop.from, &desktop.to}) {
        if (*image && (*image)->image_id) ids.push_back((*image)->image_id->str());
      }
    }
  }
  return {std::move(ids), whole ? 0 : kLeastId};
}

ShortIds desktops_of(const std::vector<const Plan*>& plans, bool whole) {
  std::vector<std::string_view> ids;
  for (const Plan* plan : plans) {
    for (const PlannedDesktop& desktop : plan->desktops) ids.push_back(desktop.id.str());
  }
  return {std::move(ids), whole ? 0 : kLeastId};
}

std::string list_desktops(const PlannedDesktops& desktops, std::size_t most,
                          const std::function<std::string(const PlannedDesktop&)>& describe) {
  const std::size_t shown = std::min(desktops.size(), most);
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : ", ") + describe(*desktops[i]);
  if (shown < desktops.size()) out += fmt::format(" and {} more", grouped(desktops.size() - shown));
  return out;
}

std::vector<GroupOutline> outline_of(const Plan& plan) {
  std::map<std::string_view, Parts> parts;  // by the names of their groups
  for (const PlannedDesktop& desktop : plan.desktops) {
    Parts& part = parts[desktop.group.str()];
    (desktop.action == Action::rebuild ? part.wiped : part.left_alone).push_back(&desktop);
  }
  for (const PlannedBatch& batch : plan.batches) ++parts[batch.group.str()].batches;
  std::vector<GroupOutline> out;
  for (const PlannedGroup& group : plan.groups) {
    const Parts& part = parts[group.name.str()];
    GroupOutline& outline = out.emplace_back();
    outline.group = &group;
    outline.workspace = find_workspace(plan, group.workspace);
    outline.batches = part.batches;
    outline.worst_case = worst_case(group, outline.workspace);
    outline.at_once = at_once(group, outline.workspace);
    outline.wiped = kinds_of(part.wiped);
    outline.left_alone = kinds_of(part.left_alone);
    std::copy_if(part.wiped.begin(), part.wiped.end(), std::back_inserter(outline.without_data_disk),
                 [](const PlannedDesktop* desktop) { return desktop->data_disks == 0; });
  }
  return out;
}

std::size_t put_hardest_hit_first(std::vector<GroupOutline>& outline) {
  std::stable_sort(outline.begin(), outline.end(), [](const GroupOutline& a, const GroupOutline& b) {
    return a.group->counts.rebuild > b.group->counts.rebuild;
  });
  const auto quiet =
      std::stable_partition(outline.begin(), outline.end(), [](const GroupOutline& o) { return o.is_affected(); });
  return static_cast<std::size_t>(quiet - outline.begin());
}

std::vector<PlanOrigin> origins_of(const GroupOutline& outline) {
  using Origin = std::tuple<bool, std::optional<std::string_view>, std::optional<std::string_view>>;
  std::vector<PlanOrigin> origins;
  std::map<Origin, std::size_t> known;
  for (const PlanKind& kind : outline.wiped) {
    const std::optional<ImageState>& from = kind.front()->from;
    Origin origin{from.has_value(), {}, {}};
    if (from && from->image_id) std::get<1>(origin) = from->image_id->str();
    if (from && from->image_id && from->revision) std::get<2>(origin) = *from->revision;
    const auto [place, is_new] = known.emplace(origin, origins.size());
    if (is_new) origins.push_back({kind.front(), 0});
    origins[place->second].desktops += kind.size();
  }
  std::stable_sort(origins.begin(), origins.end(),
                   [](const PlanOrigin& a, const PlanOrigin& b) { return a.desktops > b.desktops; });
  return origins;
}

std::string describe_origin(const PlannedDesktop& desktop, const DescribeImage& image) {
  if (!desktop.from) return "never seen";
  return desktop.from->image_id ? image(desktop.from->image_id->str(), desktop.from->revision)
                                : std::string{"an unknown image"};
}

std::string describe_move(const GroupOutline& outline, const DescribeImage& image) {
  const std::vector<PlanOrigin> origins = origins_of(outline);
  std::string from;
  for (std::size_t i = 0; i < std::min(origins.size(), kShownOrigins); ++i) {
    from += fmt::format("{}{}", i == 0 ? "" : ", ", describe_origin(*origins[i].example, image));
    if (origins.size() > 1) from += fmt::format(" ({})", grouped(origins[i].desktops));
  }
  if (origins.size() > kShownOrigins) from += fmt::format(" and {} more", origins.size() - kShownOrigins);
  const Target& target = outline.group->target;
  const std::string onto = image(target.image.image_id.str(), target.revision);
  return from.empty() ? onto : fmt::format("{} → {}", from, onto);
}

std::vector<std::string> left_alone_counts(const PlanSummary& counts) {
  return counts_in_words(counts);
}

std::vector<std::string> left_alone_counts(const GroupCounts& counts) {
  return counts_in_words(counts);
}

std::string worst_case_sentence(const PlanSummary& summary) {
  if (summary.worst_case < summary.rebuild) {
    return fmt::format("{} of {} {} lost before the rollout stops.", grouped(summary.worst_case),
                       plural(summary.rebuild, "desktop"), summary.worst_case == 1 ? "is" : "are");
  }
  return summary.rebuild == 1
             ? "that desktop is lost."
             : fmt::format("all {} desktops are lost; nothing stops the rollout before.", grouped(summary.rebuild));
}

DataDisks data_disks_of(const Plan& plan) {
  DataDisks disks;
  for (const PlannedDesktop& desktop : plan.desktops) {
    if (desktop.action != Action::rebuild) continue;
    if (!desktop.data_disks) ++disks.unknown;
    if (desktop.data_disks == 0) ++disks.without;
  }
  return disks;
}

std::string data_disk_sentence(const Plan& plan) {
  const auto [without, unknown] = data_disks_of(plan);
  if (without == 0) return {};
  return fmt::format("{} of {} {} on the disk that is wiped.{}", grouped(without),
                     plural(plan.summary.rebuild, "desktop"),
                     without == 1 ? "has none: all that its user keeps is" : "have none: all that their users keep is",
                     unknown == 0 ? "" : fmt::format(" Of {} it is not known.", grouped(unknown)));
}

std::string bare_of(const GroupOutline& outline) {
  return fmt::format("of these {} {} no data disk", grouped(outline.group->counts.rebuild),
                     outline.without_data_disk.size() == 1 ? "has" : "have");
}

std::string unmanaged_sentence(const PlanSummary& summary) {
  if (summary.unmanaged == 0) return {};
  const std::string_view are = summary.unmanaged == 1 ? "is" : "are";
  return fmt::format("{} in the state {} in no manifest and {} left alone too.", plural(summary.unmanaged, "desktop"),
                     are, are);
}

std::string pace_of(const GroupOutline& outline) {
  const PlannedGroup& group = *outline.group;
  const auto allowed = static_cast<std::size_t>(group.max_failures);
  return fmt::format(
      "at most {} a request and {} under way at once; {}", group.batch_size, grouped(outline.at_once),
      allowed == 0 ? "pauses at the first failure" : fmt::format("pauses when more than {} fail", grouped(allowed)));
}

std::string time_to_save(const PlannedGroup& group) {
  const int minutes = group.rebuild.delay_time.value_or(0);
  return minutes > 0 ? fmt::format("{} to save work", plural(static_cast<std::size_t>(minutes), "minute"))
                     : std::string{"no time to save work"};
}

std::string_view verdict_before_reason(Action action) {
  switch (action) {
    case Action::in_progress:
      return "in progress: ";
    case Action::held:
      return "held: ";
    case Action::protect:
    case Action::exclude:
    case Action::rebuild:
      break;
  }
  return {};
}

}  // namespace gild
