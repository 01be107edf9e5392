// SPDX-License-Identifier: Apache-2.0
#include "cli/views/watch_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/views/bar.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/status_text.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kWidestName = 24;
constexpr std::size_t kWidestBar = 30;
constexpr std::size_t kLeastBar = 8;

std::string name_of_group(const GroupStatus& group) {
  return group.name ? escape_controls(group.name->str()) : std::string{"(in no group)"};
}

std::string describe_counts(const StatusCounts& counts) {
  std::vector<std::string> words;
  for (const DesktopStatus status : {DesktopStatus::ready, DesktopStatus::rebuilding, DesktopStatus::settling,
                                     DesktopStatus::failed, DesktopStatus::unhealthy, DesktopStatus::unknown}) {
    if (counts.of(status) > 0) words.push_back(fmt::format("{} {}", grouped(counts.of(status)), name_of(status)));
  }
  return words.empty() ? std::string{"no desktop recorded"} : fmt::format("{}", fmt::join(words, ", "));
}

// "4 of 10 done, 2 under way, 4 not sent", or what the desktops are where no rollout is open.
std::string describe_group(const GroupStatus& group) {
  if (!group.progress) return describe_counts(group.counts);
  const RolloutProgress& progress = *group.progress;
  std::string text = fmt::format("{} of {} done", grouped(progress.done), grouped(progress.part->targets));
  const auto add = [&](std::size_t count, std::string_view word) {
    if (count > 0) text += fmt::format(", {} {}", grouped(count), word);
  };
  add(progress.under_way, "under way");
  add(progress.ended, "without success");
  add(progress.refused, "refused");
  add(progress.waiting(), "not sent");
  if (progress.part->paused()) text += ", PAUSED";
  return text;
}

// To `width` cells: a line that the terminal breaks would spoil the next drawing.
std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string{text};
  std::string out;
  std::size_t used = 1;
  for (const std::string_view point : code_points(text)) {
    used += display_width(point);
    if (used > width) break;
    out += point;
  }
  return out + "…";
}

std::string bar_of(const GroupStatus& group, std::size_t width, const Style& style) {
  if (!group.progress) return std::string(width, ' ');
  const RolloutProgress& progress = *group.progress;
  return render_bar({progress.part->targets, progress.done, progress.ended + progress.refused, progress.under_way, 0},
                    width, style);
}

std::string describe_open(const StatusReport& report) {
  std::string text = fmt::format("{} under way", plural(report.jobs.size(), "job"));
  if (!report.requests.empty())
    text += fmt::format(", {} without an answer", plural(report.requests.size(), "request"));
  return text;
}

bool is_alone(const WatchLook& look) {
  return look.holders.empty() && look.shows_holders;
}

}  // namespace

std::vector<std::string> render_watch(const WatchLook& look, std::size_t width, std::size_t rows, const Style& style) {
  // The last cell stays free: some terminals break the line there.
  const std::size_t room = std::max<std::size_t>(width, 20) - 1;
  std::vector<const GroupStatus*> shown;
  for (const GroupStatus& group : look.report.groups) {
    if (!group.quiet()) shown.push_back(&group);
  }
  std::stable_sort(shown.begin(), shown.end(), [](const GroupStatus* a, const GroupStatus* b) {
    return a->progress.has_value() > b->progress.has_value();
  });
  const std::size_t more = shown.size() > rows ? shown.size() - rows : 0;
  shown.resize(shown.size() - more);

  std::vector<std::string> lines;
  lines.push_back(cut(fmt::format("State {}, serial {}: {}, {}", escape_controls(look.store), look.state.serial,
                                  plural(look.report.counts.total(), "desktop"), describe_counts(look.report.counts)),
                      room));
  for (const LockHolder& holder : look.holders) {
    lines.push_back(cut(fmt::format("Locked by {}", describe_holder(holder, look.now)), room));
  }
  std::size_t name_width = 0;
  std::size_t text_width = 0;
  for (const GroupStatus* group : shown) {
    name_width = std::max(name_width, display_width(cut(name_of_group(*group), kWidestName)));
    text_width = std::max(text_width, display_width(describe_group(*group)));
  }
  const std::size_t used = name_width + 2 + text_width + 2;
  for (const GroupStatus* group : shown) {
    const std::string name = pad(cut(name_of_group(*group), kWidestName), name_width);
    if (used + kLeastBar > room) {
      lines.push_back(cut(fmt::format("{}  {}", name, describe_group(*group)), room));
      continue;
    }
    lines.push_back(fmt::format("{}  {}  {}", style.bold(name),
                                bar_of(*group, std::min(kWidestBar, room - used), style), describe_group(*group)));
  }
  if (more > 0) lines.push_back(cut(fmt::format("and {} more", plural(more, "group")), room));
  if (look.report.under_way()) {
    lines.push_back(cut(describe_open(look.report) + (is_alone(look) ? "; no run holds the state's lock" : ""), room));
  }
  return lines;
}

std::vector<std::string> WatchLines::take(const WatchLook& look) {
  std::vector<std::string> lines;
  std::map<std::string, std::string> holders;
  for (const LockHolder& holder : look.holders) {
    // A sign of life is no news.
    LockHolder still = holder;
    still.seen.reset();
    std::string who = describe_holder(still, look.now);
    if (!holders_.contains(holder.id)) lines.push_back(fmt::format("Locked by {}", who));
    holders.emplace(holder.id, fmt::format("{} on {}", escape_controls(holder.user), escape_controls(holder.host)));
  }
  for (const auto& [id, who] : holders_) {
    if (!holders.contains(id)) lines.push_back(fmt::format("The lock of {} is given back", who));
  }
  holders_ = std::move(holders);
  for (const GroupStatus& group : look.report.groups) {
    std::string text = describe_group(group);
    std::string& told = groups_[{group.workspace, group.name ? std::string{group.name->str()} : std::string{}}];
    if (told != text && !(first_ && group.quiet())) lines.push_back(fmt::format("{}: {}", name_of_group(group), text));
    told = std::move(text);
  }
  const bool alone = look.report.under_way() && is_alone(look);
  if (alone && !alone_) lines.push_back(describe_open(look.report) + "; no run holds the state's lock");
  alone_ = alone;
  first_ = false;
  return lines;
}

}  // namespace gild
