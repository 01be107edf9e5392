// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/layout.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownDesktops = 8;  // of one kind, before "and 204 more"
constexpr std::size_t kShownKinds = 6;     // of reasons within one group, before "and 3 other reasons"
constexpr std::size_t kLeastId = 8;

using Desktops = std::vector<const PlannedDesktop*>;

std::size_t cut_to(const PlanTextOptions& options, std::size_t least) {
  return options.every_desktop ? 0 : least;
}

ShortIds short_images(const Plan& plan, const PlanTextOptions& options) {
  std::vector<std::string_view> ids;
  for (const PlannedGroup& group : plan.groups) ids.push_back(group.target.image.image_id.str());
  for (const PlannedDesktop& desktop : plan.desktops) {
    for (const auto* image : {&desktop.from, &desktop.to}) {
      if (*image && (*image)->image_id) ids.push_back((*image)->image_id->str());
    }
  }
  return {std::move(ids), cut_to(options, kLeastId)};
}

ShortIds short_desktops(const Plan& plan, const PlanTextOptions& options) {
  std::vector<std::string_view> ids;
  ids.reserve(plan.desktops.size());
  for (const PlannedDesktop& desktop : plan.desktops) ids.push_back(desktop.id.str());
  return {std::move(ids), cut_to(options, kLeastId)};
}

std::string with_revision(std::string text, const std::optional<std::string>& revision) {
  return revision ? fmt::format("{}, revision {}", text, escape_controls(*revision)) : text;
}

// Desktops of one group that have the same said of them.
struct Kind {
  std::string text;
  Desktops desktops;
};

class PlanText {
 public:
  PlanText(const Plan& plan, const PlanTextOptions& options, const Style& style)
      : plan_(plan),
        options_(options),
        style_(style),
        images_(short_images(plan, options)),
        desktops_(short_desktops(plan, options)) {
    for (const PlannedDesktop& desktop : plan.desktops) by_group_[desktop.group].push_back(&desktop);
    for (const PlannedBatch& batch : plan.batches) ++batches_[batch.group];
  }

  std::string render() {
    for (const PlannedGroup& group : plan_.groups) append_group(group);
    for (const std::string& warning : plan_.warnings) {
      out_ +=
          wrap(fmt::format("{} {}", style_.warning("Warning:"), escape_controls(warning)), options_.width, "", "  ");
    }
    if (!plan_.warnings.empty()) out_ += '\n';
    return std::move(out_) + render_plan_summary(plan_, options_.width, style_);
  }

 private:
  const Workspace* workspace_of(const PlannedGroup& group) const {
    const auto found = std::find_if(plan_.workspaces.begin(), plan_.workspaces.end(),
                                    [&](const Workspace& workspace) { return workspace.name == group.workspace; });
    return found == plan_.workspaces.end() ? nullptr : &*found;
  }

  void append_group(const PlannedGroup& group) {
    const Workspace* workspace = workspace_of(group);
    out_ += fmt::format("{} {}\n", style_.bold(fmt::format("Group {}", group.name)),
                        style_.dim(workspace == nullptr ? fmt::format("in workspace {}", group.workspace)
                                                        : fmt::format("in workspace {}, {}", group.workspace,
                                                                      escape_controls(workspace->region))));
    const Desktops& all = by_group_[group.name];
    if (group.counts.rebuild > 0) {
      append_wipe(group, all);
      append_pace(group, workspace);
    }
    append_left_alone(group, all);
    out_ += '\n';
  }

  void append_wipe(const PlannedGroup& group, const Desktops& all) {
    const ImageRef& image = group.target.image;
    const std::string kind = image.os_type ? fmt::format("{}, {}", image.image_type, *image.os_type) : image.image_type;
    const std::string onto = with_revision(
        fmt::format("image {} ({})", images_(image.image_id.str()), escape_controls(kind)), group.target.revision);
    out_ += wrap(
        fmt::format("{} in {}, onto {}", style_.danger(fmt::format("WIPE {}", plural(group.counts.rebuild, "desktop"))),
                    plural(batches_[group.name], "batch", "batches"), onto),
        options_.width, "  ", "    ");
    append_kinds(kinds_of(all, {Action::rebuild}));
  }

  // From which image, and why.
  std::string describe_wipe(const PlannedDesktop& desktop) const {
    std::string why = escape_controls(desktop.reason);
    if (!desktop.from) return why;
    const std::string from = desktop.from->image_id ? fmt::format("image {}", images_(desktop.from->image_id->str()))
                                                    : std::string{"an unknown image"};
    return fmt::format("from {}: {}", with_revision(from, desktop.from->revision), why);
  }

  std::string describe_left(const PlannedDesktop& desktop) const {
    std::string why = escape_controls(desktop.reason);
    switch (desktop.action) {
      case Action::in_progress:
        return fmt::format("in progress: {}", why);
      case Action::held:
        return fmt::format("held: {}", why);
      case Action::protect:
      case Action::exclude:
      case Action::rebuild:
        break;
    }
    return why;
  }

  // Most frequent first; those of equal count as they come, which is by id.
  std::vector<Kind> kinds_of(const Desktops& all, std::initializer_list<Action> actions) const {
    std::vector<Kind> kinds;
    // Describing costs more than comparing: desktops with the same origin and reason share one description.
    using Origin = std::tuple<Action, std::string_view, std::string_view, std::string_view>;
    std::map<Origin, std::size_t> known;
    for (const PlannedDesktop* desktop : all) {
      if (std::find(actions.begin(), actions.end(), desktop->action) == actions.end()) continue;
      const ImageState* from = desktop->action == Action::rebuild && desktop->from ? &*desktop->from : nullptr;
      const Origin origin{desktop->action, desktop->reason,
                          from && from->image_id ? std::string_view{from->image_id->str()} : std::string_view{},
                          from && from->revision ? std::string_view{*from->revision} : std::string_view{}};
      const auto [place, is_new] = known.emplace(origin, kinds.size());
      if (is_new) {
        kinds.push_back({desktop->action == Action::rebuild ? describe_wipe(*desktop) : describe_left(*desktop), {}});
      }
      kinds[place->second].desktops.push_back(desktop);
    }
    std::stable_sort(kinds.begin(), kinds.end(),
                     [](const Kind& a, const Kind& b) { return a.desktops.size() > b.desktops.size(); });
    return kinds;
  }

  std::string describe_desktop(const PlannedDesktop& desktop) const {
    const std::string id = desktops_(desktop.id.str());
    return desktop.name ? fmt::format("{} ({})", escape_controls(*desktop.name), id) : id;
  }

  void append_kinds(const std::vector<Kind>& kinds) {
    const std::size_t shown = options_.every_desktop ? kinds.size() : std::min(kinds.size(), kShownKinds);
    for (std::size_t i = 0; i < shown; ++i) append_kind(kinds[i].desktops.size(), kinds[i].text, kinds[i].desktops);
    if (shown == kinds.size()) return;
    std::size_t rest = 0;
    for (std::size_t i = shown; i < kinds.size(); ++i) rest += kinds[i].desktops.size();
    append_kind(rest, fmt::format("for {}; -v shows them all", plural(kinds.size() - shown, "other reason")), {});
  }

  void append_kind(std::size_t count, const std::string& text, const Desktops& desktops) {
    out_ += wrap(text, options_.width, fmt::format("    {:>7}  ", grouped(count)), std::string(13, ' '));
    if (desktops.empty()) return;
    const std::size_t shown = options_.every_desktop ? desktops.size() : std::min(desktops.size(), kShownDesktops);
    std::string line;
    for (std::size_t i = 0; i < shown; ++i) {
      if (i > 0) line += ", ";
      line += describe_desktop(*desktops[i]);
    }
    if (shown < desktops.size()) line += fmt::format(" and {} more", grouped(desktops.size() - shown));
    const std::string indent(15, ' ');
    out_ += wrap(line, options_.width, indent, indent);
  }

  void append_pace(const PlannedGroup& group, const Workspace* workspace) {
    const auto at_once = static_cast<std::size_t>(
        workspace == nullptr ? group.max_unavailable : std::min(group.max_unavailable, workspace->max_in_flight));
    const auto allowed = static_cast<std::size_t>(group.max_failures);
    const std::string pause =
        allowed == 0 ? "pauses at the first failure" : fmt::format("pauses when more than {} fail", grouped(allowed));
    out_ += wrap(fmt::format("Pace: at most {} a request and {} under way at once; {}.", group.batch_size,
                             grouped(at_once), pause),
                 options_.width, "  ", "        ");
    out_ += wrap(describe_users(group), options_.width, "  ", "         ");
  }

  std::string describe_users(const PlannedGroup& group) const {
    const int minutes = group.rebuild.delay_time.value_or(0);
    std::string text = group.sessions == SessionPolicy::skip
                           ? "Users: desktops in use are left alone"
                           : fmt::format("Users: {}", style_.danger("desktops in use are wiped too"));
    text += minutes > 0 ? fmt::format("; {} to save work", plural(static_cast<std::size_t>(minutes), "minute"))
                        : std::string{"; no time to save work"};
    text += group.rebuild.message ? fmt::format(", told \"{}\".", escape_controls(*group.rebuild.message))
                                  : std::string{", told nothing."};
    return text;
  }

  void append_left_alone(const PlannedGroup& group, const Desktops& all) {
    const auto kinds = kinds_of(all, {Action::in_progress, Action::held, Action::protect, Action::exclude});
    if (kinds.empty() && group.counts.unchanged == 0) {
      if (group.counts.rebuild == 0) out_ += "  Nothing to wipe: the group has no desktops here.\n";
      return;
    }
    out_ += group.counts.rebuild == 0 ? "  Nothing to wipe; left alone:\n" : "  Left alone:\n";
    if (group.counts.unchanged > 0) {
      append_kind(group.counts.unchanged,
                  with_revision(fmt::format("unchanged, on image {}", images_(group.target.image.image_id.str())),
                                group.target.revision),
                  {});
    }
    append_kinds(kinds);
  }

  const Plan& plan_;
  const PlanTextOptions& options_;
  const Style& style_;
  ShortIds images_;
  ShortIds desktops_;
  std::map<GroupName, Desktops> by_group_;
  std::map<GroupName, std::size_t> batches_;
  std::string out_;
};

}  // namespace

std::string render_plan(const Plan& plan, const PlanTextOptions& options, const Style& style) {
  return PlanText{plan, options, style}.render();
}

std::string render_plan_summary(const Plan& plan, std::size_t width, const Style& style) {
  const PlanSummary& summary = plan.summary;
  std::vector<std::string> rest;
  for (const auto& [count, word] : {std::pair{summary.unchanged, "unchanged"},
                                    {summary.in_progress, "in progress"},
                                    {summary.held, "held"},
                                    {summary.protect, "protected"},
                                    {summary.exclude, "excluded"}}) {
    if (count > 0) rest.push_back(fmt::format("{} {}", grouped(count), word));
  }
  std::string text =
      summary.rebuild == 0
          ? fmt::format("{} nothing to wipe.", style.bold("Plan:"))
          : fmt::format("{} {}, in {}.", style.bold("Plan:"),
                        style.danger(fmt::format("{} will be WIPED", plural(summary.rebuild, "desktop"))),
                        plural(summary.batches, "batch", "batches"));
  if (!rest.empty()) text += fmt::format(" Left alone: {}.", join_and(rest));
  std::string out = wrap(text, width, "", "");
  if (summary.unmanaged > 0) {
    out += wrap(
        fmt::format("{} in the state {} in no manifest and {} left alone too.", plural(summary.unmanaged, "desktop"),
                    summary.unmanaged == 1 ? "is" : "are", summary.unmanaged == 1 ? "is" : "are"),
        width, "", "");
  }
  return out;
}

}  // namespace gild
