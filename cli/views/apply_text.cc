// SPDX-License-Identifier: Apache-2.0
#include "cli/views/apply_text.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/views/desktop_list.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/run_report.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLeastId = 8;

// Ends from this rank on are as they should be.
constexpr int kNobodysConcern = 3;

class ApplyText {
 public:
  ApplyText(const ApplyReport& report, const ApplyTextOptions& options, const Style& style)
      : report_(report), options_(options), style_(style), ids_(short_ids(report, options)) {
    for (const DesktopOutcome& desktop : report.desktops) groups_[desktop.group].push_back(&desktop);
  }

  std::string render() {
    for (const auto& [group, desktops] : groups_) append_group(group, desktops);
    out_ += wrap(summary(), options_.width, "", "  ");
    append_next();
    return std::move(out_);
  }

 private:
  static ShortIds short_ids(const ApplyReport& report, const ApplyTextOptions& options) {
    std::vector<std::string_view> ids;
    for (const DesktopOutcome& desktop : report.desktops) ids.push_back(desktop.key.id.str());
    return {std::move(ids), options.every_desktop ? 0 : kLeastId};
  }

  std::string label(const DesktopOutcome& desktop) const {
    const std::string id = ids_(desktop.key.id.str());
    return desktop.name ? fmt::format("{} ({})", escape_controls(*desktop.name), id) : id;
  }

  std::string describe(const DesktopOutcome& desktop) const {
    const std::string why = desktop.reason ? ": " + escape_controls(*desktop.reason) : std::string{};
    std::string end{name_of(desktop.end)};
    switch (desktop.end) {
      case DesktopEnd::ready:
        return style_.good("wiped and ready");
      case DesktopEnd::already:
        return "had the image already";
      case DesktopEnd::failed:
      case DesktopEnd::refused:
        return style_.error(end) + why;
      case DesktopEnd::unhealthy:
      case DesktopEnd::unknown:
        return style_.warning(end) + why;
      case DesktopEnd::settling:
        return style_.warning("settling") + ": whether the request arrived is not known yet";
      case DesktopEnd::rebuilding:
        return style_.accent(desktop.job ? fmt::format("rebuilding, by job {}", escape_controls(desktop.job->str()))
                                         : std::string{"rebuilding"});
      case DesktopEnd::held:
        return describe_hold(desktop);
      case DesktopEnd::waiting:
        return "not sent yet";
    }
    return end;
  }

  std::string describe_hold(const DesktopOutcome& desktop) const {
    const HoldReason reason = desktop.hold.value_or(HoldReason::busy);
    if (reason == HoldReason::protect || reason == HoldReason::exclude) return std::string{name_of(reason)};
    return fmt::format("left alone: {}", escape_controls(desktop.reason.value_or(std::string{name_of(reason)})));
  }

  void append_group(const GroupName& group, const std::vector<const DesktopOutcome*>& desktops) {
    DesktopList list;
    for (const DesktopOutcome* desktop : desktops) {
      const bool quiet = rank_of(desktop->end) >= kNobodysConcern;
      const int rank = rank_of(desktop->end);
      quiet ? list.add_quietly(rank, describe(*desktop), label(*desktop))
            : list.add(rank, describe(*desktop), label(*desktop));
    }
    out_ += style_.bold(fmt::format("Group {}", escape_controls(group.str()))) + "\n" +
            list.render(options_.width, options_.every_desktop) + "\n";
  }

  std::string summary() const {
    if (report_.desktops.empty()) return style_.bold("Apply:") + " nothing to do. No disk was wiped.";
    std::vector<std::string> parts;
    const auto add = [&](DesktopEnd end, std::string_view words, std::string (Style::*paint)(std::string_view) const) {
      const std::size_t count = report_.count(end);
      if (count > 0) parts.push_back((style_.*paint)(fmt::format("{} {}", grouped(count), words)));
    };
    add(DesktopEnd::ready, "wiped and ready", &Style::good);
    add(DesktopEnd::already, "right already", &Style::good);
    add(DesktopEnd::rebuilding, "rebuilding", &Style::accent);
    add(DesktopEnd::failed, "failed", &Style::error);
    add(DesktopEnd::unhealthy, "unhealthy", &Style::warning);
    add(DesktopEnd::unknown, "unknown", &Style::warning);
    add(DesktopEnd::refused, "refused", &Style::error);
    add(DesktopEnd::settling, "settling", &Style::warning);
    add(DesktopEnd::held, "left alone", &Style::bold);
    add(DesktopEnd::waiting, "not sent yet", &Style::bold);
    return fmt::format("{} {}; {} sent.", style_.bold("Apply:"), join_and(parts), plural(report_.requests, "request"));
  }

  void append_next() {
    for (const NextStep& step : next_steps(report_, options_.command)) {
      out_ += "\n" + wrap(escape_controls(step.why), options_.width, "", "");
      if (!step.command.empty()) out_ += "\n    " + escape_controls(step.command) + "\n";
    }
  }

  const ApplyReport& report_;
  const ApplyTextOptions& options_;
  const Style& style_;
  ShortIds ids_;
  std::map<GroupName, std::vector<const DesktopOutcome*>> groups_;
  std::string out_;
};

}  // namespace

std::string render_apply(const ApplyReport& report, const ApplyTextOptions& options, const Style& style) {
  return ApplyText{report, options, style}.render();
}

std::string render_question(const Plan& plan, const std::vector<PausedGroup>& paused, std::size_t width,
                            const Style& style) {
  std::string out;
  for (const PausedGroup& group : paused) {
    out += wrap(fmt::format("Group {} is {} after {}, {} allowed. A yes acknowledges {} and goes on with it.",
                            escape_controls(group.group.str()), style.warning("paused"),
                            plural(group.failures, "failure"), group.max_failures, group.failures == 1 ? "it" : "them"),
                width, "", "");
  }
  out += fmt::format("Do you want to {} as shown? What is on their system disks is lost.\n",
                     style.danger(fmt::format("WIPE {}", plural(plan.summary.rebuild, "desktop"))));
  return out + "Only \"yes\" goes on: ";
}

}  // namespace gild
