// SPDX-License-Identifier: Apache-2.0
#include "cli/views/status_text.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/ages.hpp"
#include "cli/views/bar.hpp"
#include "cli/views/desktop_text.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownDesktops = 8;  // of one cause, before "and 204 more"
constexpr std::size_t kShownCauses = 6;    // of one group
constexpr std::size_t kShownOpen = 12;     // jobs, requests
constexpr std::size_t kLeastId = 8;
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kWidestName = 24;

constexpr DesktopStatus kStatuses[] = {DesktopStatus::ready,  DesktopStatus::rebuilding, DesktopStatus::settling,
                                       DesktopStatus::failed, DesktopStatus::unhealthy,  DesktopStatus::unknown};

template <class Tag>
std::string shown(const Id<Tag>& id) {
  return escape_controls(id.str());
}

// Desktops that are shown by id: those in trouble, or all. Ids are cut against each other only.
ShortIds desktop_ids(const StatusReport& report, bool whole) {
  std::vector<std::string_view> ids;
  if (!whole) {
    for (const GroupStatus& group : report.groups) {
      for (const Trouble& trouble : group.troubles) {
        for (const DesktopKey* key : trouble.desktops) ids.push_back(key->id.str());
      }
    }
  }
  return {std::move(ids), whole ? std::size_t{0} : kLeastId};
}

std::string name_of_group(const GroupStatus& group) {
  return group.name ? shown(*group.name) : std::string{"(in no group)"};
}

class StatusText {
 public:
  StatusText(const StatusTextInput& input, const Style& style)
      : input_(input),
        style_(style),
        images_(image_ids(input.state, input.every_desktop ? IdLength::whole : IdLength::cut)),
        ids_(desktop_ids(input.report, input.every_desktop)) {}

  std::string render() {
    append_head();
    if (input_.state.lineage.empty()) {
      append(2, "Nothing is recorded yet. Record what is there:");
      append_command("refresh");
      return std::move(out_);
    }
    append_quiet();
    for (const GroupStatus& group : input_.report.groups) {
      if (!group.quiet() || input_.every_desktop) append_group(group);
    }
    append_jobs();
    append_requests();
    append_next();
    return std::move(out_);
  }

 private:
  // Moved in by `indent`, following lines by two more.
  void append(std::size_t indent, const std::string& text) {
    out_ += wrap(text, input_.width, std::string(indent, ' '), std::string(indent + 2, ' '));
  }
  void append_command(const std::string& command) {
    out_ += fmt::format("\n    gild {}{}\n", command, escape_controls(input_.option));
  }

  std::string counts_of(const StatusCounts& counts) const {
    std::vector<std::string> words;
    for (const DesktopStatus status : kStatuses) {
      const std::size_t count = counts.of(status);
      if (count > 0) words.push_back(paint(style_, status, fmt::format("{} {}", grouped(count), name_of(status))));
    }
    return fmt::format("{}", fmt::join(words, ", "));
  }

  std::size_t named_groups() const {
    const auto& groups = input_.report.groups;
    return static_cast<std::size_t>(
        std::count_if(groups.begin(), groups.end(), [](const GroupStatus& group) { return group.name.has_value(); }));
  }

  void append_head() {
    std::string text =
        fmt::format("{} {}, serial {}", style_.bold("State"), escape_controls(input_.store), input_.state.serial);
    if (!input_.state.lineage.empty()) {
      text +=
          fmt::format(": {} in {}", plural(input_.report.counts.total(), "desktop"), plural(named_groups(), "group"));
      if (input_.report.counts.total() > 0) text += ", " + counts_of(input_.report.counts);
    }
    append(0, text);
    for (const LockHolder& holder : input_.holders) {
      const std::string who = describe_holder(holder, input_.now);
      append(0, holder.hold == LockHold::gone ? fmt::format("{} {}; that process is gone without having ended in order",
                                                            style_.warning("Last locked by"), who)
                                              : fmt::format("{} by {}", style_.bold("Locked"), who));
    }
  }

  // Somebody carries out now what is under way, in `group` or anywhere.
  bool is_held(const std::optional<GroupName>& group = std::nullopt) const {
    return std::any_of(input_.holders.begin(), input_.holders.end(), [&](const LockHolder& holder) {
      const bool covers =
          !group || holder.groups.empty() || std::binary_search(holder.groups.begin(), holder.groups.end(), *group);
      return holder.hold != LockHold::gone && covers;
    });
  }

  void append_quiet() {
    if (input_.every_desktop) return;
    std::size_t name_width = 0;
    std::size_t count_width = 0;
    for (const GroupStatus& group : input_.report.groups) {
      if (!group.quiet()) continue;
      name_width = std::max(name_width, cells(name_of_group(group)));
      count_width = std::max(count_width, grouped(group.counts.total()).size());
    }
    if (count_width == 0) return;
    name_width = std::min(name_width, kWidestName);
    out_ += '\n';
    for (const GroupStatus& group : input_.report.groups) {
      if (!group.quiet()) continue;
      const std::string count = fmt::format("{:>{}} ready", grouped(group.counts.total()), count_width);
      const std::string label = fmt::format("{}  {} ", pad(style_.bold(name_of_group(group)), name_width),
                                            paint(style_, DesktopStatus::ready, count));
      out_ += wrap("on " + images_of(group), input_.width, label, std::string(name_width + 2, ' '));
    }
  }

  std::string images_of(const GroupStatus& group) const {
    if (group.images.empty()) return "no image";
    std::vector<std::string> words;
    for (const ImageCount& count : group.images) {
      std::string image = describe_image(images_, count.image.image_id, count.image.revision);
      if (group.images.size() > 1) image += fmt::format(" ({})", grouped(count.desktops));
      words.push_back(std::move(image));
    }
    return join_and(words);
  }

  void append_progress(const RolloutProgress& progress) {
    const std::size_t targets = progress.part->targets;
    const std::size_t percent = targets == 0 ? 100 : std::min<std::size_t>(100, progress.done * 100 / targets);
    const std::string bar = render_bar(
        {targets, progress.done, progress.ended + progress.refused, progress.under_way, 0}, kBarWidth, style_);
    std::string text = fmt::format("{} {} %: {} of {} done", bar, percent, grouped(progress.done), grouped(targets));
    const auto add = [&](std::size_t count, std::string_view word) {
      if (count > 0) text += fmt::format(", {} {}", grouped(count), word);
    };
    add(progress.under_way, "under way");
    add(progress.ended, "without success");
    add(progress.refused, "refused");
    add(progress.waiting(), "not sent");
    append(2, text);
    const Target& target = progress.part->target;
    append(2, fmt::format("Onto {}; begun {} ago", describe_image(images_, target.image.image_id, target.revision),
                          age_of(progress.rollout->started_at, input_.now)));
  }

  void append_group(const GroupStatus& group) {
    out_ +=
        fmt::format("\n{} {}\n", style_.bold(group.name ? fmt::format("Group {}", shown(*group.name)) : "In no group"),
                    style_.dim(fmt::format("in workspace {}", shown(group.workspace))));
    if (group.progress) append_progress(*group.progress);
    append(2, fmt::format("{}: {}", plural(group.counts.total(), "desktop"),
                          group.counts.total() == 0 ? "none is recorded yet" : counts_of(group.counts)));
    if (!group.progress && !group.images.empty()) append(2, fmt::format("Ready on {}", images_of(group)));
    const std::size_t causes =
        input_.every_desktop ? group.troubles.size() : std::min(group.troubles.size(), kShownCauses);
    for (std::size_t i = 0; i < causes; ++i) append_trouble(group.troubles[i]);
    if (causes < group.troubles.size()) {
      append(2, fmt::format("and {}; -v shows them all", plural(group.troubles.size() - causes, "other cause")));
    }
    if (group.progress && group.progress->part->paused()) append_pause(*group.progress->part);
    if (input_.every_desktop) append_desktops(group);
  }

  void append_trouble(const Trouble& trouble) {
    std::string text =
        paint(style_, trouble.status, fmt::format("{} {}", grouped(trouble.desktops.size()), name_of(trouble.status)));
    text +=
        trouble.reason ? fmt::format(": {}", escape_controls(*trouble.reason)) : std::string{", no reason recorded"};
    append(2, text);
    if (input_.every_desktop) return;  // each of them follows
    std::string line;
    const std::size_t count = std::min(trouble.desktops.size(), kShownDesktops);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) line += ", ";
      line += describe_desktop(ids_, trouble.desktops[i]->id, input_.state.desktops.at(*trouble.desktops[i]));
    }
    if (count < trouble.desktops.size()) line += fmt::format(" and {} more", grouped(trouble.desktops.size() - count));
    out_ += wrap(line, input_.width, "      ", "      ");
  }

  void append_pause(const RolloutGroup& group) {
    append(2, fmt::format("{} {}, and the group allows {}. Nothing new is sent to it.", style_.warning("PAUSED:"),
                          plural(group.failures.size(), "failure"),
                          grouped(static_cast<std::size_t>(group.max_failures))));
  }

  void append_desktops(const GroupStatus& group) {
    for (const DesktopKey* key : group.desktops) {
      const DesktopRecord& desktop = input_.state.desktops.at(*key);
      std::string text = fmt::format("{}: {}, {}", describe_desktop(ids_, key->id, desktop),
                                     paint(style_, desktop.status, name_of(desktop.status)),
                                     describe_image(images_, desktop.image.image_id, desktop.image.revision));
      if (desktop.target && desktop.status != DesktopStatus::ready) {
        text += fmt::format(" → {}", describe_image(images_, desktop.target->image.image_id, desktop.target->revision));
      }
      append(4, text + fmt::format(", since {}", age_of(desktop.updated_at, input_.now)));
    }
  }

  template <class Items, class Append>
  void append_open(std::string_view title, const Items& items, Append append_one) {
    if (items.empty()) return;
    out_ += fmt::format("\n{}\n", style_.bold(title));
    const std::size_t count = input_.every_desktop ? items.size() : std::min(items.size(), kShownOpen);
    for (std::size_t i = 0; i < count; ++i) append_one(items[i]);
    if (count < items.size()) append(2, fmt::format("and {} more; -v shows them all", grouped(items.size() - count)));
  }

  void append_jobs() {
    append_open("Jobs that run", input_.report.jobs, [&](const Job* job) {
      std::string text =
          fmt::format("{}: {} of {}, batch {}, since {}", shown(job->id), plural(job->desktops.size(), "desktop"),
                      shown(job->group), shown(job->batch), age_of(job->accepted_at, input_.now));
      const auto verifying = static_cast<std::size_t>(std::count_if(
          job->desktops.begin(), job->desktops.end(), [](const auto& d) { return d.verifying_since.has_value(); }));
      if (verifying > 0) text += fmt::format("; {} rebuilt, their image is still to be seen", grouped(verifying));
      if (input_.now < job->accepted_at + job->delay) {
        text += fmt::format("; users have {} min to save work", job->delay.count());
      }
      if (job->overdue() > 0) {
        text += fmt::format("; {}", style_.warning(fmt::format("time is up for {}: unknown, and counted as under way "
                                                               "until the job's end is seen",
                                                               grouped(job->overdue()))));
      }
      if (job->vanished_since) {
        text += fmt::format("; {}", style_.warning(fmt::format("the service has not known it for {}",
                                                               age_of(*job->vanished_since, input_.now))));
      }
      append(2, text);
    });
  }

  void append_requests() {
    append_open("Requests whose fate is not established yet", input_.report.requests, [&](const OpenRequest& request) {
      const Intent& intent = *request.intent;
      std::string text =
          fmt::format("request {}: {} of {}, batch {}", intent.number, plural(intent.desktops.size(), "desktop"),
                      shown(intent.group), shown(intent.batch));
      if (request.since) text += fmt::format(", since {}", age_of(*request.since, input_.now));
      text += intent.looks.empty() ? std::string{"; not looked at yet"}
                                   : fmt::format("; {}, the last {} ago", plural(intent.looks.size(), "look"),
                                                 age_of(intent.looks.back().time, input_.now));
      if (intent.lost) {
        text += fmt::format("; {}", escape_controls(*intent.lost));
      } else {
        text += is_held(intent.group)  ? "; its answer is awaited"
                : input_.shows_holders ? "; the run that sent it ended before an answer came"
                                       : "; no answer is recorded yet";
      }
      append(2, text);
    });
  }

  void append_next() {
    const StatusCounts& counts = input_.report.counts;
    const std::size_t paused = input_.report.paused();
    const std::size_t doubtful = counts.of(DesktopStatus::unhealthy) + counts.of(DesktopStatus::unknown);
    const std::size_t overdue = std::accumulate(input_.report.jobs.begin(), input_.report.jobs.end(), std::size_t{0},
                                                [](std::size_t sum, const Job* job) { return sum + job->overdue(); });
    const bool open = !input_.report.requests.empty() ||
                      std::any_of(input_.report.jobs.begin(), input_.report.jobs.end(),
                                  [](const Job* job) { return job->overdue() < job->desktops.size(); });
    const bool unfinished =
        std::any_of(input_.report.groups.begin(), input_.report.groups.end(), [](const GroupStatus& group) {
          return group.progress && !group.progress->part->paused() && group.progress->waiting() > 0;
        });
    if (paused > 0) {
      next(fmt::format("{} paused. See why the desktops failed, and with gild plan what would be wiped; then go on, "
                       "with those failures set aside:",
                       paused == 1 ? std::string{"1 group has"} : fmt::format("{} groups have", grouped(paused))),
           "apply --resume");
    }
    if ((open || unfinished) && !is_held() && paused == 0) {
      if (input_.shows_holders) {
        next(open ? "Nobody follows what is under way now. Follow it, and go on:"
                  : "A rollout is open and nobody carries it out now. Go on:",
             "apply");
      } else {
        next("This server does not show who has its lock. Where no run goes on with it, go on:", "apply");
      }
    }
    if (doubtful > 0) {
      std::string what =
          fmt::format("{} left alone until somebody decides.",
                      doubtful == 1 ? std::string{"1 desktop is"} : fmt::format("{} desktops are", grouped(doubtful)));
      if (overdue > 0) {
        what += fmt::format(
            " {} a place among max_unavailable and max_in_flight, since the job may still run.",
            overdue == 1 ? std::string{"1 of them keeps"} : fmt::format("{} of them keep", grouped(overdue)));
      }
      next(what + " Every apply and refresh looks again; to decide yourself:",
           "state resolve ID --as ready|failed|not-received --reason TEXT");
    }
    if (counts.of(DesktopStatus::failed) > 0 && paused == 0) {
      const std::size_t failed = counts.of(DesktopStatus::failed);
      next(fmt::format(
               "{} would be wiped again by the next apply. See the plan first:",
               failed == 1 ? std::string{"1 failed desktop"} : fmt::format("{} failed desktops", grouped(failed))),
           "plan");
    }
  }

  void next(const std::string& what, const std::string& command) {
    out_ += '\n';
    append(0, what);
    append_command(command);
  }

  const StatusTextInput& input_;
  const Style& style_;
  ShortIds images_;
  ShortIds ids_;
  std::string out_;
};

}  // namespace

std::string describe_holder(const LockHolder& holder, Time now) {
  if (holder.id.empty()) return "somebody who has not written down who it is";
  std::string text = fmt::format("{} on {}", escape_controls(holder.user), escape_controls(holder.host));
  if (holder.pid > 0) text += fmt::format(" (process {})", holder.pid);
  text += fmt::format(", since {}{}", format_time(holder.since), ago(holder.since, now));
  if (!holder.command.empty()) text += fmt::format(": gild {}", escape_controls(holder.command));
  if (!holder.groups.empty()) {
    constexpr std::size_t kMost = 4;
    text += holder.groups.size() == 1 ? " of group " : " of groups ";
    for (std::size_t i = 0; i < std::min(kMost, holder.groups.size()); ++i) {
      text += fmt::format("{}{}", i == 0 ? "" : ", ", holder.groups[i]);
    }
    if (holder.groups.size() > kMost) text += fmt::format(" and {} more", holder.groups.size() - kMost);
  }
  if (holder.seen) text += fmt::format("; last seen {}{}", format_time(*holder.seen), ago(*holder.seen, now));
  return text;
}

std::string render_status(const StatusTextInput& input, const Style& style) {
  return StatusText{input, style}.render();
}

}  // namespace gild
