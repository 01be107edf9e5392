// SPDX-License-Identifier: Apache-2.0
#include "cli/views/state_text.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "cli/views/desktop_text.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using Entry = std::pair<const DesktopKey, DesktopRecord>;

ShortIds short_images(const State& state, bool whole) {
  std::vector<std::string_view> ids;
  for (const auto& [key, desktop] : state.desktops) {
    if (desktop.image.image_id) ids.push_back(desktop.image.image_id->str());
    if (desktop.target) ids.push_back(desktop.target->image.image_id.str());
  }
  return {std::move(ids), whole ? std::size_t{0} : std::size_t{8}};
}

class StateText {
 public:
  StateText(const State& state, const StateTextOptions& options, const Style& style)
      : state_(state), options_(options), style_(style), images_(short_images(state, options.every_desktop)) {
    for (const Entry& entry : state.desktops) groups_[{entry.first.workspace, entry.second.group}].push_back(&entry);
  }

  std::string render() {
    out_ += fmt::format("{}: {}, serial {}\n", style_.bold("State"), plural(state_.desktops.size(), "desktop"),
                        state_.serial);
    out_ += fmt::format("Lineage {}\n", state_.lineage.empty() ? "none yet" : escape_controls(state_.lineage));
    for (const auto& [group, entries] : groups_) append_group(group.first, group.second, entries);
    append_open();
    return std::move(out_);
  }

 private:
  std::string describe(const std::optional<ImageId>& image, const std::optional<std::string>& revision) const {
    std::string text = image ? fmt::format("image {}", images_(image->str())) : std::string{"image not known"};
    if (revision) text += fmt::format(", revision {}", escape_controls(*revision));
    return text;
  }

  std::string describe(const DesktopRecord& desktop) const {
    std::string text =
        fmt::format("{:<10}  {}", name_of(desktop.status), describe(desktop.image.image_id, desktop.image.revision));
    if (desktop.target && desktop.status != DesktopStatus::ready) {
      text += fmt::format(" → {}", describe(desktop.target->image.image_id, desktop.target->revision));
    }
    return text;
  }

  void append_group(const WorkspaceName& workspace, const std::optional<GroupName>& group,
                    const std::vector<const Entry*>& entries) {
    const std::string title = group ? fmt::format("Group {}", group->str()) : std::string{"In no group"};
    out_ += fmt::format("\n{} {}\n", style_.bold(escape_controls(title)),
                        style_.dim(fmt::format("in workspace {}", escape_controls(workspace.str()))));
    if (options_.every_desktop) {
      for (const Entry* entry : entries) append_desktop(entry->first, entry->second);
      return;
    }
    std::map<std::pair<DesktopStatus, std::string>, std::size_t> counts;
    for (const Entry* entry : entries) ++counts[{entry->second.status, describe(entry->second)}];
    for (const auto& [kind, count] : counts) {
      out_ += fmt::format("    {:>7}  {}\n", grouped(count), paint(style_, kind.first, kind.second));
    }
  }

  void append_desktop(const DesktopKey& key, const DesktopRecord& desktop) {
    const std::string id = escape_controls(key.id.str());
    const std::string label = desktop.name ? fmt::format("{} ({})", id, escape_controls(*desktop.name)) : id;
    out_ += fmt::format("    {}\n        {}  since {}\n", label, paint(style_, desktop.status, describe(desktop)),
                        format_time(desktop.updated_at));
    if (desktop.job_id) out_ += fmt::format("        job {}\n", escape_controls(desktop.job_id->str()));
    if (desktop.reason) out_ += wrap(escape_controls(*desktop.reason), options_.width, "        ", "        ");
  }

  void append_open() {
    if (!state_.intents.empty())
      out_ += fmt::format("\n{}\n", style_.bold("Requests whose fate is not established yet"));
    for (const auto& [number, intent] : state_.intents) {
      out_ += fmt::format("    request {}, group {}, batch {}: {}, {}{}\n", number, escape_controls(intent.group.str()),
                          escape_controls(intent.batch.str()), plural(intent.desktops.size(), "desktop"),
                          plural(intent.looks.size(), "look"),
                          intent.lost ? fmt::format("; {}", escape_controls(*intent.lost)) : std::string{});
    }
    if (!state_.jobs.empty()) out_ += fmt::format("\n{}\n", style_.bold("Jobs that run"));
    for (const auto& [key, job] : state_.jobs) {
      out_ += fmt::format("    job {}, group {}, batch {}: {}, accepted {}\n", escape_controls(job.id.str()),
                          escape_controls(job.group.str()), escape_controls(job.batch.str()),
                          plural(job.desktops.size(), "desktop"), format_time(job.accepted_at));
    }
    if (!state_.rollouts.empty()) out_ += fmt::format("\n{}\n", style_.bold("Rollouts that are open"));
    for (const Rollout& rollout : state_.rollouts) append_rollout(rollout);
  }

  void append_rollout(const Rollout& rollout) {
    out_ +=
        fmt::format("    plan {}, begun {}\n", escape_controls(rollout.plan_digest), format_time(rollout.started_at));
    for (const RolloutGroup& group : rollout.groups) {
      const std::string line = fmt::format("group {}: {}, {} of {} allowed{}", escape_controls(group.name.str()),
                                           plural(group.targets, "desktop"), plural(group.failures.size(), "failure"),
                                           group.max_failures, group.paused() ? "; PAUSED" : "");
      out_ += fmt::format("        {}\n", group.paused() ? style_.warning(line) : line);
    }
  }

  const State& state_;
  const StateTextOptions& options_;
  const Style& style_;
  ShortIds images_;
  std::map<std::pair<WorkspaceName, std::optional<GroupName>>, std::vector<const Entry*>> groups_;
  std::string out_;
};

}  // namespace

std::string render_state(const State& state, const StateTextOptions& options, const Style& style) {
  return StateText{state, options, style}.render();
}

}  // namespace gild
