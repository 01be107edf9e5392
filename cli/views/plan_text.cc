// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/layout.hpp"
#include "cli/views/plan_outline.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/text.hpp"
#include "engine/plan/guardrail_rules.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownDesktops = 8;  // of one kind, before "and 204 more"
constexpr std::size_t kShownKinds = 6;     // of reasons within one group, before "and 3 other reasons"
constexpr std::size_t kShownWarnings = 8;  // what has to be read before saying yes fits on a screen

std::string with_revision(std::string text, const std::optional<std::string>& revision) {
  return revision ? fmt::format("{}, revision {}", text, escape_controls(*revision)) : text;
}

class PlanText {
 public:
  PlanText(const Plan& plan, const PlanTextOptions& options, const Style& style)
      : plan_(plan),
        options_(options),
        style_(style),
        outline_(outline_of(plan)),
        images_(images_of({&plan}, options.every_desktop)),
        desktops_(desktops_of({&plan}, options.every_desktop)) {}

  PlanParts render() {
    for (const GroupOutline& group : outline_) append_group(group);
    PlanParts parts{std::move(out_), {}};
    out_.clear();
    append_warnings();
    append_dated();
    parts.verdict = std::move(out_) + render_plan_summary(plan_, options_.width, style_);
    return parts;
  }

 private:
  void append_group(const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    out_ +=
        fmt::format("{} {}\n", style_.bold(fmt::format("Group {}", group.name)),
                    style_.dim(outline.workspace == nullptr ? fmt::format("in workspace {}", group.workspace)
                                                            : fmt::format("in workspace {}, {}", group.workspace,
                                                                          escape_controls(outline.workspace->region))));
    if (group.counts.rebuild > 0) {
      append_wipe(outline);
      append_pace(outline);
    }
    append_left_alone(outline);
    out_ += '\n';
  }

  void append_wipe(const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    const ImageRef& image = group.target.image;
    const std::string kind =
        image.os_type ? fmt::format("{}, {}", image.image_type, *image.os_type) : std::string{image.image_type};
    const std::string onto = with_revision(
        fmt::format("image {} ({})", images_(image.image_id.str()), escape_controls(kind)), group.target.revision);
    out_ += wrap(
        fmt::format("{} in {}, onto {}", style_.danger(fmt::format("WIPE {}", plural(group.counts.rebuild, "desktop"))),
                    plural(outline.batches, "batch", "batches"), onto),
        options_.width, "  ", "    ");
    append_kinds(outline.wiped);
    const PlannedDesktops& bare = outline.without_data_disk;
    if (!bare.empty()) append_kind(bare.size(), bare_of(outline), outline.names_bare() ? bare : PlannedDesktops{});
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
    return fmt::format("{}{}", verdict_before_reason(desktop.action), escape_controls(desktop.reason));
  }

  std::string describe_desktop(const PlannedDesktop& desktop) const {
    const std::string id = desktops_(desktop.id.str());
    return desktop.name ? fmt::format("{} ({})", escape_controls(*desktop.name), id) : id;
  }

  void append_kinds(const std::vector<PlanKind>& kinds) {
    const std::size_t shown = options_.every_desktop ? kinds.size() : std::min(kinds.size(), kShownKinds);
    for (std::size_t i = 0; i < shown; ++i) {
      const PlannedDesktop& first = *kinds[i].front();
      append_kind(kinds[i].size(), first.action == Action::rebuild ? describe_wipe(first) : describe_left(first),
                  kinds[i]);
    }
    if (shown == kinds.size()) return;
    std::size_t rest = 0;
    for (std::size_t i = shown; i < kinds.size(); ++i) rest += kinds[i].size();
    append_kind(rest, fmt::format("for {}; -v shows them all", plural(kinds.size() - shown, "other reason")), {});
  }

  void append_kind(std::size_t count, const std::string& text, const PlannedDesktops& desktops) {
    out_ += wrap(text, options_.width, fmt::format("    {:>7}  ", grouped(count)), std::string(13, ' '));
    if (desktops.empty()) return;
    const std::size_t most = options_.every_desktop ? desktops.size() : kShownDesktops;
    const std::string line =
        list_desktops(desktops, most, [this](const PlannedDesktop& desktop) { return describe_desktop(desktop); });
    const std::string indent(15, ' ');
    out_ += wrap(line, options_.width, indent, indent);
  }

  void append_pace(const GroupOutline& outline) {
    out_ += wrap(fmt::format("Pace: {}.", pace_of(outline)), options_.width, "  ", "        ");
    out_ += wrap(describe_users(*outline.group), options_.width, "  ", "         ");
  }

  std::string describe_users(const PlannedGroup& group) const {
    const std::string in_use = group.sessions == SessionPolicy::skip ? std::string{"desktops in use are left alone"}
                                                                     : style_.danger("desktops in use are wiped too");
    const std::string told = group.rebuild.message ? fmt::format("told \"{}\"", escape_controls(*group.rebuild.message))
                                                   : std::string{"told nothing"};
    return fmt::format("Users: {}; {}, {}.", in_use, time_to_save(group), told);
  }

  void append_left_alone(const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    if (outline.left_alone.empty() && group.counts.unchanged == 0) {
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
    append_kinds(outline.left_alone);
  }

  void append_warnings() {
    const std::vector<std::string>& warnings = plan_.warnings;
    const std::size_t shown = options_.every_desktop ? warnings.size() : std::min(warnings.size(), kShownWarnings);
    for (std::size_t i = 0; i < shown; ++i) append_warning(warnings[i]);
    if (shown < warnings.size()) {
      append_warning(fmt::format("{}; -v shows them all", plural(warnings.size() - shown, "more warning")));
    }
    if (!warnings.empty()) out_ += '\n';
  }

  // What apply alone can judge.
  void append_dated() {
    const std::vector<std::string> rules = describe_dated(plan_.guardrails);
    for (const std::string& rule : rules) {
      out_ +=
          wrap(fmt::format("{} {}", style_.bold("Judged by apply:"), escape_controls(rule)), options_.width, "", "  ");
    }
    if (!rules.empty()) out_ += '\n';
  }

  void append_warning(const std::string& text) {
    out_ += wrap(fmt::format("{} {}", style_.warning("Warning:"), escape_controls(text)), options_.width, "", "  ");
  }

  const Plan& plan_;
  const PlanTextOptions& options_;
  const Style& style_;
  std::vector<GroupOutline> outline_;
  ShortIds images_;
  ShortIds desktops_;
  std::string out_;
};

}  // namespace

std::string render_plan(const Plan& plan, const PlanTextOptions& options, const Style& style) {
  PlanParts parts = render_plan_parts(plan, options, style);
  return std::move(parts.groups) + parts.verdict;
}

PlanParts render_plan_parts(const Plan& plan, const PlanTextOptions& options, const Style& style) {
  return PlanText{plan, options, style}.render();
}

std::string render_plan_summary(const Plan& plan, std::size_t width, const Style& style) {
  const PlanSummary& summary = plan.summary;
  std::string text = style.bold("Nothing to wipe.");
  if (summary.rebuild > 0) {
    text = fmt::format("{}, in {}.", style.danger(fmt::format("{} will be WIPED", plural(summary.rebuild, "desktop"))),
                       plural(summary.batches, "batch", "batches"));
  }
  const std::vector<std::string> rest = left_alone_counts(summary);
  if (!rest.empty()) text += fmt::format(" Left alone: {}.", join_and(rest));
  std::string out = wrap(text, width, "", "");
  if (summary.unmanaged > 0) out += wrap(unmanaged_sentence(summary), width, "", "");
  if (summary.rebuild == 0) return out;
  out += wrap(fmt::format("{} {}", style.bold("Worst case:"), worst_case_sentence(summary)), width, "", "  ");
  const std::string bare = data_disk_sentence(plan);
  if (!bare.empty()) out += wrap(fmt::format("{} {}", style.bold("Data disks:"), bare), width, "", "  ");
  return out;
}

}  // namespace gild
