// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guardrail_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kMostTold = 5;

template <class List, class Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool allows(const AllowedImages& allowed, const PlannedGroup& group) {
  const std::string type = group.target.image.image_type;
  return has(allowed.ids, group.target.image.image_id) || has(allowed.types, type) ||
         (group.image_name && has(allowed.names, *group.image_name));
}

// The pair by which the group is protected.
std::optional<std::string> protecting_label(const Guardrails& rails, const PlannedGroup& group) {
  if (!rails.protected_labels) return std::nullopt;
  for (const auto& [key, value] : rails.protected_labels->value) {
    const auto found = group.labels.find(key);
    if (found != group.labels.end() && found->second == value) return fmt::format("{}: {}", key, value);
  }
  return std::nullopt;
}

const Placed<DesktopId>* protecting_id(const Guardrails& rails, const DesktopId& id) {
  const auto found = std::find_if(rails.protected_ids.begin(), rails.protected_ids.end(),
                                  [&](const Placed<DesktopId>& each) { return each.value == id; });
  return found == rails.protected_ids.end() ? nullptr : &*found;
}

std::string describe(const PlannedDesktop& desktop) {
  return desktop.name ? fmt::format("{} ({}, group {})", desktop.id, *desktop.name, desktop.group)
                      : fmt::format("{} (group {})", desktop.id, desktop.group);
}

class Judge {
 public:
  Judge(const Plan& plan, const Guardrails& rails, std::vector<GuardrailBreach>& out)
      : plan_(plan), rails_(rails), out_(out) {
    for (const Placed<DesktopId>& each : rails.protected_ids) protected_.emplace(each.value, &each);
  }

  void judge() {
    judge_sizes();
    judge_protected();
    for (const PlannedGroup& group : plan_.groups) {
      if (group.counts.rebuild > 0) judge_group(group);
    }
  }

 private:
  void judge_sizes() {
    const std::size_t wiped = plan_.summary.rebuild;
    if (rails_.max_rebuilds && wiped > rails_.max_rebuilds->value) {
      out_.push_back({"max_rebuilds", rails_.max_rebuilds->where,
                      fmt::format("The plan would wipe {}, and {} allowed.", plural(wiped, "desktop"),
                                  plural(rails_.max_rebuilds->value, "is", "are"))});
    }
    if (rails_.max_percent && wiped * 100 > rails_.max_percent->value * plan_.summary.named) {
      out_.push_back({"max_percent", rails_.max_percent->where,
                      fmt::format("The plan would wipe {} of the {} that the manifests name, and {}% are allowed.",
                                  grouped(wiped), plural(plan_.summary.named, "desktop"), rails_.max_percent->value)});
    }
  }

  void judge_protected() {
    std::map<GroupName, const PlannedGroup*> groups;
    for (const PlannedGroup& group : plan_.groups) groups[group.name] = &group;
    std::map<std::string, GuardrailBreach> by_label;
    for (const PlannedDesktop& desktop : plan_.desktops) {
      if (desktop.action != Action::rebuild) continue;
      if (const auto rule = protected_.find(desktop.id); rule != protected_.end()) {
        out_.push_back(
            {"protected", rule->second->where, "The plan would wipe a protected desktop.", {describe(desktop)}});
        continue;
      }
      const auto label = protecting_label(rails_, *groups.at(desktop.group));
      if (!label) continue;
      GuardrailBreach& breach = by_label[*label];
      breach.rule = "protected";
      breach.where = rails_.protected_labels->where;
      breach.what =
          fmt::format("The plan would wipe desktops of groups with the label {}, which are protected.", *label);
      breach.desktops.push_back(describe(desktop));
    }
    for (auto& [label, breach] : by_label) out_.push_back(std::move(breach));
  }

  void judge_group(const PlannedGroup& group) {
    const auto breach = [&](std::string rule, const std::string& where, std::string what) {
      out_.push_back({std::move(rule), where, std::move(what), desktops_of(group)});
    };
    if (rails_.allowed_images && !allows(rails_.allowed_images->value, group)) {
      const ImageRef& image = group.target.image;
      breach("allowed_images", rails_.allowed_images->where,
             fmt::format("Group {} would get image {} ({}{}), which is not allowed.", group.name, image.image_id,
                         image.image_type, group.image_name ? fmt::format(", {}", *group.image_name) : ""));
    }
    if (rails_.require_rollout) {
      std::vector<std::string> missing;
      for (const std::string& field : rails_.require_rollout->value) {
        if (!has(group.rollout_given, field)) missing.push_back(field);
      }
      if (!missing.empty()) {
        breach("require_rollout", rails_.require_rollout->where,
               fmt::format("Group {} has to set {} under \"rollout\" itself.", group.name, join_and(missing)));
      }
    }
    if (rails_.forbid_all_at_once && rails_.forbid_all_at_once->value && may_be_all_at_once(group)) {
      breach("forbid_all_at_once", rails_.forbid_all_at_once->where,
             fmt::format("All {} desktops of group {} that may be wiped at all could be under way at once: "
                         "max_unavailable is {}.",
                         free_of(group), group.name, group.max_unavailable));
    }
  }

  // Those of the group that are neither protected nor excluded.
  static std::size_t free_of(const PlannedGroup& group) {
    const std::size_t kept = group.counts.protect + group.counts.exclude;
    return group.desktops > kept ? group.desktops - kept : 0;
  }

  // At the end of a rollout few are left, and the others have their image already: that is not all at once.
  static bool may_be_all_at_once(const PlannedGroup& group) {
    const GroupCounts& counts = group.counts;
    const std::size_t looked_at =
        counts.rebuild + counts.unchanged + counts.in_progress + counts.protect + counts.exclude + counts.held;
    // Of a group that is planned in part nothing is known of the others: they may be under way.
    const std::size_t most =
        looked_at < group.desktops ? free_of(group) : counts.rebuild + counts.in_progress + counts.held;
    const std::size_t under_way = std::min(static_cast<std::size_t>(group.max_unavailable), most);
    return free_of(group) > 1 && under_way >= free_of(group);
  }

  std::vector<std::string> desktops_of(const PlannedGroup& group) const {
    std::vector<std::string> out;
    for (const PlannedDesktop& desktop : plan_.desktops) {
      if (desktop.group == group.name && desktop.action == Action::rebuild) out.push_back(describe(desktop));
    }
    return out;
  }

  const Plan& plan_;
  const Guardrails& rails_;
  std::map<DesktopId, const Placed<DesktopId>*> protected_;
  std::vector<GuardrailBreach>& out_;
};

void append(std::string& out, const GuardrailBreach& breach) {
  out += fmt::format("\n    {} at {}\n      {}\n", breach.rule, escape_controls(breach.where),
                     escape_controls(breach.what));
  const std::size_t told = std::min(breach.desktops.size(), kMostTold);
  for (std::size_t i = 0; i < told; ++i) out += fmt::format("        {}\n", escape_controls(breach.desktops[i]));
  if (told < breach.desktops.size()) {
    out += fmt::format("        and {}\n", plural(breach.desktops.size() - told, "more desktop", "more desktops"));
  }
}

}  // namespace

std::vector<GuardrailBreach> find_breaches(const Plan& plan, const std::vector<Guardrails>& guardrails) {
  std::vector<GuardrailBreach> out;
  if (plan.empty()) return out;
  for (const Guardrails& rails : guardrails) Judge(plan, rails, out).judge();
  return out;
}

void refuse_breaches(const std::vector<GuardrailBreach>& breaches) {
  if (breaches.empty()) return;
  std::string advice = "Nothing was sent.\n";
  for (const GuardrailBreach& breach : breaches) append(advice, breach);
  advice +=
      "\nNarrow the plan with --group, --exclude-group or --desktop, change the manifests, or have whoever is "
      "in charge of the Guardrails change those.";
  throw Error(ErrorKind::refused, fmt::format("The plan breaks {}", plural(breaches.size(), "guardrail")),
              std::move(advice));
}

std::optional<std::string> why_not_again(const DesktopId& id, const PlannedGroup& group,
                                         const std::vector<Guardrails>& guardrails) {
  for (const Guardrails& rails : guardrails) {
    if (const Placed<DesktopId>* rule = protecting_id(rails, id)) {
      return fmt::format("protected by the guardrail at {}", rule->where);
    }
    if (protecting_label(rails, group)) {
      return fmt::format("protected by the guardrail at {}", rails.protected_labels->where);
    }
    if (rails.allowed_images && !allows(rails.allowed_images->value, group)) {
      return fmt::format("its image is not allowed by the guardrail at {}", rails.allowed_images->where);
    }
  }
  return std::nullopt;
}

std::set<DesktopKey> not_to_go_again(const Plan& plan, const std::vector<Guardrails>& guardrails) {
  std::set<DesktopKey> out;
  if (guardrails.empty()) return out;
  std::map<GroupName, const PlannedGroup*> groups;
  for (const PlannedGroup& group : plan.groups) groups[group.name] = &group;
  for (const PlannedDesktop& desktop : plan.desktops) {
    if (desktop.action == Action::in_progress && why_not_again(desktop.id, *groups.at(desktop.group), guardrails)) {
      out.insert({desktop.workspace, desktop.id});
    }
  }
  return out;
}

std::vector<Guardrails> dated_part(const std::vector<Guardrails>& guardrails) {
  std::vector<Guardrails> out;
  for (const Guardrails& rails : guardrails) {
    if (!rails.dated()) continue;
    Guardrails& dated = out.emplace_back();
    dated.name = rails.name;
    dated.freeze = rails.freeze;
    dated.max_rebuilds_per_day = rails.max_rebuilds_per_day;
  }
  return out;
}

std::vector<std::string> describe_dated(const std::vector<Guardrails>& guardrails) {
  std::vector<std::string> out;
  for (const Guardrails& rails : guardrails) {
    for (const Freeze& freeze : rails.freeze) {
      out.push_back(fmt::format("no rebuild from {} until {} ({}), {}", format_time(freeze.from),
                                format_time(freeze.to), freeze.reason, freeze.where));
    }
    if (rails.max_rebuilds_per_day) {
      out.push_back(fmt::format("no more than {} within 24 hours, {}",
                                plural(rails.max_rebuilds_per_day->value, "rebuild"),
                                rails.max_rebuilds_per_day->where));
    }
  }
  return out;
}

}  // namespace gild
