// SPDX-License-Identifier: Apache-2.0
#include "cli/views/desktop_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/views/ages.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLeastId = 8;
constexpr std::size_t kLabelWidth = 10;

template <class Tag>
std::string shown(const Id<Tag>& id) {
  return escape_controls(id.str());
}

std::string shown(const std::optional<std::string>& text) {
  return text ? escape_controls(*text) : std::string{};
}

// Lines of a label and what it is, wrapped within their column.
class Facts {
 public:
  Facts(std::size_t width, const Style& style) : width_(width), style_(style) {}
  void add(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    out_ += wrap(text, width_, "  " + style_.dim(pad(std::string{label}, kLabelWidth)) + "  ",
                 std::string(kLabelWidth + 4, ' '));
  }
  void title(const std::string& text) { out_ += fmt::format("{}\n", style_.bold(text)); }
  std::string take() { return std::move(out_); }

 private:
  std::size_t width_;
  const Style& style_;
  std::string out_;
};

std::string whole_image(const std::optional<ImageId>& image, const std::optional<std::string>& type,
                        const std::optional<std::string>& os, const std::optional<std::string>& revision) {
  std::string text = image ? shown(*image) : std::string{"not known"};
  if (type) text += fmt::format(", {}", shown(type));
  if (os) text += fmt::format(", {}", shown(os));
  if (revision) text += fmt::format(", revision {}", shown(revision));
  return text;
}

std::string whole_image(const ImageState& image) {
  return whole_image(image.image_id, image.image_type, image.os_type, image.revision);
}

std::string whole_image(const Target& target) {
  return whole_image(target.image.image_id, target.image.image_type, target.image.os_type, target.revision);
}

std::string describe_details(const ObservedDetails& details) {
  std::vector<std::string> words;
  if (details.desktop_type) words.push_back(shown(details.desktop_type));
  if (details.root_gb) words.push_back(fmt::format("system disk of {} GB", *details.root_gb));
  if (details.data_disks) words.push_back(plural(static_cast<std::size_t>(*details.data_disks), "data disk"));
  if (details.pool_id) words.push_back(fmt::format("pool {}", shown(details.pool_id)));
  if (details.login_status) words.push_back(fmt::format("session {}", shown(details.login_status)));
  for (const auto& [key, value] : details.tags) {
    words.push_back(fmt::format("tag {}={}", escape_controls(key), escape_controls(value)));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

void add_intent(Facts& facts, const Intent& intent, const IntentDesktop& desktop, const DesktopRecord& record,
                Time now) {
  facts.add("Request", fmt::format("{}, batch {}, {} asked for; about to be sent {}{}", intent.number,
                                   shown(intent.batch), plural(intent.asked_for.size(), "desktop"),
                                   format_time(record.updated_at), ago(record.updated_at, now)));
  facts.add("Answer", intent.lost ? shown(intent.lost) : std::string{"none recorded: the run ended before it came"});
  facts.add("On it then", whole_image(desktop.from));
  if (intent.looks.empty()) facts.add("Looks", "none yet");
  for (const Look& look : intent.looks) facts.add("Look", describe_look(look, desktop.id));
}

void add_job(Facts& facts, const Job& job, const JobDesktop& desktop, Time now) {
  facts.add("Job open", fmt::format("{}, batch {}, accepted {}{}", shown(job.id), shown(job.batch),
                                    format_time(job.accepted_at), ago(job.accepted_at, now)));
  if (job.delay.count() > 0) facts.add("", fmt::format("it gives users {} min to save work", job.delay.count()));
  if (desktop.verifying_since) {
    facts.add("", fmt::format("its part of the job succeeded; the image is still to be seen, since {}",
                              format_time(*desktop.verifying_since)));
  }
  if (desktop.overdue) {
    facts.add("", "its time is up; until the job's end is seen it counts as under way");
  }
  if (job.vanished_since) {
    facts.add("", fmt::format("the service has not known the job since {}", format_time(*job.vanished_since)));
  }
}

}  // namespace

std::string paint(const Style& style, DesktopStatus status, std::string_view text) {
  switch (status) {
    case DesktopStatus::ready:
      return style.good(text);
    case DesktopStatus::rebuilding:
      return style.accent(text);
    case DesktopStatus::settling:
    case DesktopStatus::unhealthy:
    case DesktopStatus::unknown:
      return style.warning(text);
    case DesktopStatus::failed:
      return style.error(text);
  }
  return std::string{text};
}

std::string describe_image(const ShortIds& images, const std::optional<ImageId>& image,
                           const std::optional<std::string>& revision) {
  std::string text = image ? fmt::format("image {}", images(image->str())) : std::string{"image not known"};
  if (revision) text += fmt::format(", revision {}", escape_controls(*revision));
  return text;
}

std::string describe_desktop(const ShortIds& ids, const DesktopId& id, const DesktopRecord& desktop) {
  return desktop.name ? fmt::format("{} ({})", escape_controls(*desktop.name), ids(id.str())) : ids(id.str());
}

ShortIds image_ids(const State& state, IdLength length) {
  // A fleet has few images: kept apart first, so that a hundred thousand ids need not be sorted.
  std::set<std::string_view> ids;
  if (length == IdLength::cut) {
    for (const auto& [key, desktop] : state.desktops) {
      if (desktop.image.image_id) ids.insert(desktop.image.image_id->str());
      if (desktop.target) ids.insert(desktop.target->image.image_id.str());
    }
    for (const Rollout& rollout : state.rollouts) {
      for (const RolloutGroup& group : rollout.groups) ids.insert(group.target.image.image_id.str());
    }
  }
  return {{ids.begin(), ids.end()}, length == IdLength::cut ? kLeastId : std::size_t{0}};
}

std::string_view describe_completeness(LookCompleteness completeness) {
  switch (completeness) {
    case LookCompleteness::complete:
      return "complete";
    case LookCompleteness::ended_beyond_reach:
      return "complete but for old records beyond reach";
    case LookCompleteness::incomplete:
      break;
  }
  return "not complete, so it proves nothing";
}

std::string describe_finding(const Finding& finding) {
  std::vector<std::string> words;
  for (const auto& [sub_job, job] : finding.new_sub_jobs) {
    words.push_back(fmt::format("new sub-job {} of job {}", shown(sub_job), shown(job)));
  }
  if (finding.task) words.push_back(fmt::format("task {}", shown(finding.task)));
  if (finding.image_id) words.push_back(fmt::format("image {}", shown(*finding.image_id)));
  if (finding.missing) words.emplace_back("the service does not show it");
  return words.empty() ? std::string{"its image is not shown"} : join_and(words);
}

std::string describe_look(const Look& look, const DesktopId& id) {
  const std::string text = fmt::format("{}: {}; ", format_time(look.time), describe_completeness(look.completeness));
  const auto found = std::find_if(look.findings.begin(), look.findings.end(),
                                  [&](const Finding& finding) { return finding.id == id; });
  if (found != look.findings.end()) return text + describe_finding(*found);
  return text + (look.completeness == LookCompleteness::incomplete
                     ? "nothing out of the ordinary in what it read"
                     : "quiet: no new sub-job, no task, the image from before");
}

std::string render_desktop_table(const std::vector<DesktopRow>& rows, const ShortIds& images, std::size_t width,
                                 const Style& style) {
  using Line = std::array<std::string, 5>;  // id, name, group, status, image
  std::vector<Line> lines;
  lines.reserve(rows.size());
  std::array<std::size_t, 5> widths{};
  const bool workspaces = std::any_of(
      rows.begin(), rows.end(), [&](const auto& row) { return row.key->workspace != rows.front().key->workspace; });
  for (const auto& [key, desktop] : rows) {
    std::string group = desktop->group ? shown(*desktop->group) : std::string{"-"};
    if (workspaces) group = fmt::format("{}/{}", shown(key->workspace), group);
    std::string image = describe_image(images, desktop->image.image_id, desktop->image.revision);
    if (desktop->target && desktop->status != DesktopStatus::ready) {
      image += fmt::format(" → {}", images(desktop->target->image.image_id.str()));
    }
    lines.push_back({shown(key->id), shown(desktop->name), std::move(group), std::string{name_of(desktop->status)},
                     std::move(image)});
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], cells(lines.back()[i]));
  }
  std::size_t whole = 0;
  for (const std::size_t column : widths) whole += column == 0 ? 0 : column + 2;
  const bool one_line = whole <= width + 2;
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& [id, name, group, status, image] = lines[i];
    const DesktopStatus kind = rows[i].desktop->status;
    if (one_line) {
      out += pad(id, widths[0] + 2);
      if (widths[1] > 0) out += pad(name, widths[1] + 2);
      out += pad(group, widths[2] + 2) + pad(paint(style, kind, status), widths[3] + 2) + image + "\n";
    } else {
      out += wrap(name.empty() ? id : fmt::format("{}  ({})", id, name), width, "", "    ");
      out += wrap(fmt::format("{}, {}, {} {}", paint(style, kind, status), image,
                              workspaces ? "workspace/group" : "group", group),
                  width, "    ", "    ");
    }
  }
  return out;
}

std::string render_desktop(const State& state, const DesktopKey& key, Time now, std::size_t width, const Style& style) {
  const DesktopRecord& desktop = state.desktops.at(key);
  Facts facts(width, style);
  facts.title(fmt::format("Desktop {}", shown(key.id)));
  facts.add("Name", shown(desktop.name));
  facts.add("Workspace", shown(key.workspace));
  facts.add("Group", desktop.group ? shown(*desktop.group) : std::string{"none"});
  facts.add("Status", fmt::format("{}, since {}{}", paint(style, desktop.status, name_of(desktop.status)),
                                  format_time(desktop.updated_at), ago(desktop.updated_at, now)));
  facts.add("Why", shown(desktop.reason));
  facts.add("Image", whole_image(desktop.image));
  if (desktop.target) facts.add("Target", whole_image(*desktop.target));
  if (desktop.previous) facts.add("Before", whole_image(*desktop.previous));
  if (const PastFailure* failure = desktop.failed_before.get()) {
    facts.add("Had failed", fmt::format("before its last request: {}{}", failure->reason ? shown(*failure->reason) : "",
                                        failure->job_id ? fmt::format(" (job {})", shown(*failure->job_id)) : ""));
  }
  if (desktop.job_id) facts.add("Last job", shown(*desktop.job_id));
  if (desktop.details) facts.add("Seen", describe_details(*desktop.details));
  for (const auto& [number, intent] : state.intents) {
    if (intent.workspace != key.workspace) continue;
    for (const IntentDesktop& open : intent.desktops) {
      if (open.id == key.id) add_intent(facts, intent, open, desktop, now);
    }
  }
  for (const auto& [id, job] : state.jobs) {
    if (job.workspace != key.workspace) continue;
    for (const JobDesktop& open : job.desktops) {
      if (open.id == key.id) add_job(facts, job, open, now);
    }
  }
  return facts.take();
}

}  // namespace gild
