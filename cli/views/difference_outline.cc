// SPDX-License-Identifier: Apache-2.0
#include "cli/views/difference_outline.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

class DifferenceLines {
 public:
  DifferenceLines(const PlanDifference& difference, const DifferenceWords& words)
      : difference_(difference), words_(words) {}

  std::vector<DifferenceLine> write() {
    append_desktops();
    for (const PartDifference& workspace : difference_.workspaces) append_part("Workspace", workspace, true);
    for (const PartDifference& group : difference_.groups) append_part("Group", group, false);
    for (const std::string& rule : difference_.gone_rules) {
      out_.push_back({fmt::format("No longer a guardrail: {}", words_.prose(rule)), true, {}});
    }
    for (const std::string& rule : difference_.new_rules) {
      out_.push_back({fmt::format("New guardrail: {}", words_.prose(rule)), false, {}});
    }
    for (const std::string& warning : difference_.new_warnings) {
      out_.push_back({fmt::format("New warning: {}", words_.prose(warning)), true, {}});
    }
    for (const std::string& warning : difference_.gone_warnings) {
      out_.push_back({fmt::format("No longer warned of: {}", words_.prose(warning)), false, {}});
    }
    return std::move(out_);
  }

 private:
  void append_desktops() {
    using Kind = std::pair<std::pair<DesktopChange, std::string>, PlannedDesktops>;
    std::map<Kind::first_type, PlannedDesktops> kinds;
    for (const DesktopDifference& desktop : difference_.desktops) {
      kinds[{desktop.change, describe(desktop)}].push_back(desktop.after != nullptr ? desktop.after : desktop.before);
    }
    std::vector<Kind> ordered(std::make_move_iterator(kinds.begin()), std::make_move_iterator(kinds.end()));
    std::stable_sort(ordered.begin(), ordered.end(), [](const Kind& a, const Kind& b) {
      return a.first.first != b.first.first ? a.first.first < b.first.first : a.second.size() > b.second.size();
    });
    for (Kind& kind : ordered) {
      out_.push_back({kind.first.second, is_alarming(kind.first.first), std::move(kind.second)});
    }
  }

  static bool is_alarming(DesktopChange change) {
    return change == DesktopChange::newly_wiped || change == DesktopChange::other_target;
  }

  std::string describe(const DesktopDifference& desktop) const {
    const PlannedDesktop* before = desktop.before;
    const PlannedDesktop* after = desktop.after;
    const std::string group =
        fmt::format("in group {}", words_.value((after != nullptr ? after : before)->group.str()));
    switch (desktop.change) {
      case DesktopChange::newly_wiped:
        return fmt::format("newly WIPED {}, {}; before: {}", group, onto(after->to), verdict(before));
      case DesktopChange::no_longer_wiped:
        return fmt::format("no longer wiped {}; now: {}", group, verdict(after));
      case DesktopChange::other_target:
        return fmt::format("WIPED {}, now {}; before: {}", group, onto(after->to), onto(before->to));
      case DesktopChange::other_group:
        return fmt::format("wiped {} now; before: in group {}", group, words_.value(before->group.str()));
      case DesktopChange::other_origin:
        return fmt::format("wiped {}, now from {}; before: from {}", group, image(after->from), image(before->from));
      case DesktopChange::other_order:
        return fmt::format("wiped {}, with another order_id", group);
      case DesktopChange::other_verdict:
        return fmt::format("{}, now: {}; before: {}", group, verdict(after), verdict(before));
      case DesktopChange::other_details:
        break;
    }
    return fmt::format("{}, with another name, reason or number of data disks", group);
  }

  // Of a desktop that is left alone.
  std::string verdict(const PlannedDesktop* desktop) const {
    if (desktop == nullptr) return "unchanged, or in no manifest";
    return fmt::format("{}{}", verdict_before_reason(desktop->action), words_.prose(desktop->reason));
  }

  std::string onto(const std::optional<ImageState>& target) const { return fmt::format("onto {}", image(target)); }

  std::string image(const std::optional<ImageState>& state) const {
    if (!state) return "no image that was ever seen";
    const std::string name = state->image_id ? fmt::format("image {}", words_.image(state->image_id->str()))
                                             : std::string{"an unknown image"};
    return state->revision ? fmt::format("{}, revision {}", name, words_.value(*state->revision)) : name;
  }

  void append_part(std::string_view kind, const PartDifference& part, bool decides_where) {
    const std::string name = fmt::format("{} {}", kind, words_.value(part.name));
    if (part.presence == Presence::added) return out_.push_back({fmt::format("{} is new.", name), false, {}});
    if (part.presence == Presence::removed) return out_.push_back({fmt::format("{} is gone.", name), false, {}});
    if (!part.settings.empty()) {
      std::vector<std::string> settings;
      for (const SettingDifference& setting : part.settings) {
        settings.push_back(
            fmt::format("{} {}, before {}", setting.name, words_.value(setting.after), words_.value(setting.before)));
      }
      out_.push_back({fmt::format("{}: {}.", name, fmt::join(settings, "; ")), decides_where, {}});
    }
    if (part.unchanged_before != part.unchanged_after) {
      out_.push_back({fmt::format("{}: {} unchanged, before {}.", name, plural(part.unchanged_after, "desktop"),
                                  grouped(part.unchanged_before)),
                      false,
                      {}});
    }
  }

  const PlanDifference& difference_;
  const DifferenceWords& words_;
  std::vector<DifferenceLine> out_;
};

std::string describe_basis(const PlanDifference& difference) {
  const Basis& before = difference.basis_before;
  const Basis& after = difference.basis_after;
  if (before == after) return {};
  if (before.lineage != after.lineage) return " They were made from different states.";
  return fmt::format(" The state is at serial {} now, before at {}.", after.serial, before.serial);
}

}  // namespace

std::vector<DifferenceLine> difference_lines(const PlanDifference& difference, const DifferenceWords& words) {
  return DifferenceLines{difference, words}.write();
}

std::string difference_summary(const PlanDifference& difference) {
  const std::string basis = describe_basis(difference);
  if (difference.empty()) {
    const bool other_words = !difference.same_manifests;
    return fmt::format("Nothing changed{}.{}", other_words ? ": other manifests, and the same wishes" : "", basis);
  }
  const PlanSummary& before = difference.before;
  const PlanSummary& after = difference.after;
  return fmt::format("{} wiped now, {} before; worst case {} now, {} before.{}", plural(after.rebuild, "desktop"),
                     grouped(before.rebuild), grouped(after.worst_case), grouped(before.worst_case), basis);
}

}  // namespace gild
