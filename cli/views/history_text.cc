// SPDX-License-Identifier: Apache-2.0
#include "cli/views/history_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/views/desktop_text.hpp"
#include "cli/views/journal_text.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/short_ids.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLeastId = 8;
constexpr std::size_t kShownDesktops = 3;  // of one sort, before "and 97 more"
constexpr std::size_t kShownReasons = 3;
constexpr std::size_t kWidestGroup = 20;

template <class Tag>
std::string shown(const Id<Tag>& id) {
  return escape_controls(id.str());
}
std::string shown(const std::optional<std::string>& text) {
  return text ? escape_controls(*text) : std::string{};
}

// "in_use: its session is CONNECTED" without what is for programs.
std::string in_words(std::string text) {
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.find(':'), text.size())), '_',
               ' ');
  return text;
}

// "21:04:11"; where the day is another one than the run's, the day too.
std::string time_within(Time at, std::optional<Time> run) {
  const std::string text = format_time(at);
  const std::string clock = text.substr(11, 8);
  return run && format_time(*run).substr(0, 10) == text.substr(0, 10) ? clock : text.substr(0, 10) + " " + clock;
}

std::string run_title(const HistoryRun& run, const Style& style) {
  const std::string command = fmt::format("gild {}", escape_controls(run.who.command));
  std::string text = fmt::format("{}  {} by {}@{}", style.bold(format_time(run.at)), style.bold(command),
                                 escape_controls(run.who.user), escape_controls(run.who.host));
  if (run.who.commit) text += fmt::format(", commit {}", escape_controls(*run.who.commit));
  return text;
}

std::string whole(const Target& target) {
  return target.revision ? fmt::format("image {}, revision {}", shown(target.image.image_id), shown(target.revision))
                         : fmt::format("image {}", shown(target.image.image_id));
}

std::string whole(const ImageState& image) {
  if (!image.image_id) return "an image that was not shown";
  return image.revision ? fmt::format("image {}, revision {}", shown(*image.image_id), shown(image.revision))
                        : fmt::format("image {}", shown(*image.image_id));
}

std::string text_of(const ServiceError& error) {
  std::string text = error.status == 0 ? std::string{"no answer"} : fmt::format("status {}", error.status);
  for (const std::string* part : {&error.code, &error.message}) {
    if (!part->empty()) text += " " + escape_controls(*part);
  }
  return error.request_id.empty() ? text : text + fmt::format(", request id {}", escape_controls(error.request_id));
}

ShortIds short_images(const History& history) {
  std::set<std::string_view> ids;
  for (const HistoryEntry& entry : history.entries) {
    if (entry.target) ids.insert(entry.target->image.image_id.str());
    for (const HistoryDesktop& desktop : entry.desktops) {
      if (desktop.from && desktop.from->image_id) ids.insert(desktop.from->image_id->str());
      if (desktop.to) ids.insert(desktop.to->str());
    }
  }
  return {{ids.begin(), ids.end()}, kLeastId};
}

class HistoryText {
 public:
  HistoryText(const History& history, std::size_t width, const Style& style)
      : history_(history), width_(width), style_(style), images_(short_images(history)) {}

  std::string render() {
    for (const HistoryEntry& entry : history_.entries) {
      for (const GroupName& group : entry.groups) group_width_ = std::max(group_width_, cells(shown(group)));
    }
    group_width_ = std::min(group_width_, kWidestGroup);
    std::optional<std::size_t> run;
    bool first = true;
    for (const HistoryEntry& entry : history_.entries) {
      const std::string text = describe(entry);
      if (text.empty()) continue;
      if (first || entry.run != run) {
        if (!first) out_ += '\n';
        out_ += wrap(entry.run ? run_title(history_.runs[*entry.run], style_)
                               : style_.bold("By somebody whose record is not in the history any more"),
                     width_, "", "    ");
        first = false;
        run = entry.run;
      }
      append(entry, text);
    }
    return std::move(out_);
  }

 private:
  void append(const HistoryEntry& entry, const std::string& text) {
    const std::optional<Time> run = entry.run ? std::optional{history_.runs[*entry.run].at} : std::nullopt;
    const std::string time = time_within(entry.at, run);
    const std::string group = entry.groups.size() == 1 ? shown(entry.groups.front()) : std::string{};
    const std::string label = fmt::format("  {}  {}", style_.dim(time), pad(group, group_width_ + 2));
    out_ += wrap(text, width_, label, std::string(std::min<std::size_t>(cells(label), 12 + group_width_ + 2), ' '));
  }

  std::string desktops_of(const HistoryEntry& entry) const {
    if (entry.desktops.size() > kShownDesktops) return plural(entry.desktops.size(), "desktop");
    std::vector<std::string> names;
    for (const HistoryDesktop& desktop : entry.desktops) {
      names.push_back(desktop.name ? shown(desktop.name) : shown(desktop.key.id));
    }
    return join_and(names);
  }

  // "image 11aa…", or "3 images" where there are several.
  std::string from_of(const HistoryEntry& entry) const {
    std::set<std::optional<ImageId>> from;
    for (const HistoryDesktop& desktop : entry.desktops) {
      from.insert(desktop.from ? desktop.from->image_id : std::nullopt);
    }
    if (from.size() > 1) return plural(from.size(), "image");
    return from.empty() || !*from.begin() ? std::string{"an unknown image"}
                                          : fmt::format("image {}", images_((*from.begin())->str()));
  }

  std::string painted(RebuildEnd end, std::string_view text) const {
    switch (end) {
      case RebuildEnd::ready:
        return style_.good(text);
      case RebuildEnd::failed:
        return style_.error(text);
      case RebuildEnd::open:
        return style_.accent(text);
      case RebuildEnd::unhealthy:
      case RebuildEnd::unknown:
      case RebuildEnd::refused:
        return style_.warning(text);
      case RebuildEnd::not_executed:
      case RebuildEnd::not_received:
      case RebuildEnd::resolved:
        return std::string{text};
    }
    return std::string{text};
  }

  static std::string_view word_of(RebuildEnd end, const HistoryEntry& entry) {
    switch (end) {
      case RebuildEnd::open:
        return entry.jobs.empty() ? "with no fate established yet" : "still under way";
      case RebuildEnd::not_executed:
        return "not executed";
      case RebuildEnd::not_received:
        return "never received by the service";
      case RebuildEnd::resolved:
        return "decided by a person";
      case RebuildEnd::ready:
      case RebuildEnd::failed:
      case RebuildEnd::unhealthy:
      case RebuildEnd::unknown:
      case RebuildEnd::refused:
        break;
    }
    return name_of(end);
  }

  // "98 ready, 2 failed (WKS.0001 disk full)"
  std::string ends_of(const HistoryEntry& entry) const {
    std::map<RebuildEnd, std::size_t> counts;
    std::map<RebuildEnd, std::set<std::string>> reasons;
    for (const HistoryDesktop& desktop : entry.desktops) {
      ++counts[desktop.end];
      if (desktop.reason) reasons[desktop.end].insert(shown(desktop.reason));
    }
    std::vector<std::string> words;
    for (const RebuildEnd end :
         {RebuildEnd::ready, RebuildEnd::open, RebuildEnd::failed, RebuildEnd::unhealthy, RebuildEnd::unknown,
          RebuildEnd::refused, RebuildEnd::resolved, RebuildEnd::not_received, RebuildEnd::not_executed}) {
      const auto found = counts.find(end);
      if (found == counts.end()) continue;
      std::string text = painted(end, fmt::format("{} {}", grouped(found->second), word_of(end, entry)));
      const auto& why = reasons[end];
      if (!why.empty()) {
        std::vector<std::string> some(
            why.begin(), std::next(why.begin(), static_cast<std::ptrdiff_t>(std::min(why.size(), kShownReasons))));
        if (some.size() < why.size())
          some.push_back(fmt::format("{} other reasons", grouped(why.size() - some.size())));
        text += fmt::format(" ({})", fmt::join(some, "; "));
      }
      words.push_back(std::move(text));
    }
    return fmt::format("{}", fmt::join(words, ", "));
  }

  std::string describe_rebuild(const HistoryEntry& entry) const {
    const bool nothing_sent = std::all_of(entry.desktops.begin(), entry.desktops.end(),
                                          [](const auto& desktop) { return desktop.end == RebuildEnd::not_executed; });
    if (nothing_sent) return {};
    std::string text = fmt::format("rebuild of {} from {} to {}", desktops_of(entry), from_of(entry),
                                   describe_image(images_, entry.target->image.image_id, entry.target->revision));
    std::vector<std::string> jobs;
    for (const JobId& job : entry.jobs) jobs.push_back(shown(job));
    if (!jobs.empty()) text += fmt::format(", {} {}", jobs.size() == 1 ? "job" : "jobs", join_and(jobs));
    text += ": " + ends_of(entry);
    const bool open = std::any_of(entry.desktops.begin(), entry.desktops.end(),
                                  [](const auto& desktop) { return desktop.end == RebuildEnd::open; });
    if (entry.note && open && entry.jobs.empty()) text += fmt::format("; {}", shown(entry.note));
    return text;
  }

  std::string describe(const HistoryEntry& entry) const {
    switch (entry.kind) {
      case HistoryKind::rebuild:
        return describe_rebuild(entry);
      case HistoryKind::recorded:
        return fmt::format("{} had {} already; nothing was sent", desktops_of(entry),
                           describe_image(images_, entry.target->image.image_id, entry.target->revision));
      case HistoryKind::seen:
        return describe_seen(entry);
      case HistoryKind::held:
        return fmt::format("{} left alone, {}", desktops_of(entry), in_words(shown(entry.note)));
      case HistoryKind::resolved:
        return fmt::format("{} resolved {}", desktops_of(entry), shown(entry.note));
      case HistoryKind::regrouped:
        return fmt::format("{} moved to group {}", desktops_of(entry), shown(entry.note));
      case HistoryKind::migrated:
        return !entry.note ? std::string{"the state came here"}
                           : fmt::format("the state went to {}", shown(entry.note));
      case HistoryKind::removed:
        return fmt::format("{} removed from the state", desktops_of(entry));
      case HistoryKind::rollout: {
        std::vector<std::string> names;
        for (const GroupName& group : entry.groups) names.push_back(shown(group));
        return fmt::format("plan {} began{}", shown(entry.note).substr(0, 12),
                           names.size() == 1 ? std::string{} : fmt::format(" for {}", join_and(names)));
      }
      case HistoryKind::resumed:
        return "the failures so far were set aside (--resume)";
    }
    return {};
  }

  std::string describe_seen(const HistoryEntry& entry) const {
    const auto first = static_cast<std::size_t>(
        std::count_if(entry.desktops.begin(), entry.desktops.end(), [](const auto& desktop) { return !desktop.from; }));
    std::vector<std::string> words;
    if (first > 0) words.push_back(fmt::format("{} seen for the first time", plural(first, "desktop")));
    for (const HistoryDesktop& desktop : entry.desktops) {
      if (!desktop.from || words.size() > kShownDesktops) continue;
      words.push_back(fmt::format("{} now has {} instead of {}",
                                  desktop.name ? shown(desktop.name) : shown(desktop.key.id),
                                  describe_image(images_, desktop.to, std::nullopt),
                                  describe_image(images_, desktop.from->image_id, std::nullopt)));
    }
    const std::size_t told = words.size() - (first > 0 ? 1 : 0);
    const std::size_t changed = entry.desktops.size() - first;
    if (told < changed) words.push_back(fmt::format("{} more have another image", grouped(changed - told)));
    return fmt::format("{}", fmt::join(words, "; "));
  }

  const History& history_;
  std::size_t width_;
  const Style& style_;
  ShortIds images_;
  std::size_t group_width_ = 0;
  std::string out_;
};

// What a record says of one of its desktops.
struct Tell {
  const DesktopId& id;
  std::int64_t serial;

  template <class List>
  auto find(const List& desktops) const {
    return std::find_if(desktops.begin(), desktops.end(), [&](const auto& desktop) { return desktop.id == id; });
  }

  std::string operator()(const Began&) const { return {}; }
  std::string operator()(const RolloutStarted&) const { return {}; }
  std::string operator()(const RolloutAcknowledged&) const { return {}; }
  std::string operator()(const RolloutClosed&) const { return {}; }
  std::string operator()(const Conflicted&) const { return {}; }
  std::string operator()(const Intended& r) const {
    const auto desktop = find(r.desktops);
    const std::string from = desktop == r.desktops.end() ? std::string{"an image"} : whole(desktop->from);
    return fmt::format("request {} to rebuild it from {} to {}: group {}, batch {}, {} in all", serial, from,
                       whole(r.target), shown(r.group), shown(r.batch), plural(r.desktops.size(), "desktop"));
  }
  std::string operator()(const Accepted& r) const {
    return fmt::format(
        "accepted: job {}{}", shown(r.job),
        r.request_id.empty() ? std::string{} : fmt::format(", request id {}", escape_controls(r.request_id)));
  }
  std::string operator()(const Refused& r) const {
    return fmt::format("refused by the service, so nothing happened to it: {}", text_of(r.error));
  }
  std::string operator()(const NotExecuted& r) const { return fmt::format("not executed: {}", text_of(r.error)); }
  std::string operator()(const Lost& r) const {
    return fmt::format("the answer was lost, so it may or may not be carried out: {}", escape_controls(r.why));
  }
  std::string operator()(const Looked& r) const { return fmt::format("looked at {}", describe_look(r.look, id)); }
  std::string operator()(const Adopted& r) const {
    const auto place = std::find(r.desktops.begin(), r.desktops.end(), id) - r.desktops.begin();
    const auto at = static_cast<std::size_t>(place);
    return fmt::format(
        "request {} turned out to be job {}{}", r.intent, shown(r.job),
        at < r.sub_jobs.size() ? fmt::format(": sub-job {} names it", shown(r.sub_jobs[at])) : std::string{});
  }
  std::string operator()(const NotReceived& r) const {
    return fmt::format("request {} proved not received, so nothing happened to it: {}", r.intent,
                       escape_controls(r.evidence));
  }
  std::string operator()(const Verifying& r) const {
    return fmt::format("job {} succeeded for it; the image was still to be seen", shown(r.job.id));
  }
  std::string operator()(const JobMissed& r) const {
    return fmt::format("the service did not know job {}", shown(r.job.id));
  }
  std::string operator()(const Held& r) const {
    return fmt::format("left alone, {}{}", in_words(std::string{name_of(r.reason)}),
                       r.detail.empty() ? std::string{} : fmt::format(": {}", escape_controls(r.detail)));
  }
  std::string operator()(const Finished& r) const {
    const auto desktop = find(r.desktops);
    if (desktop == r.desktops.end()) return {};
    std::string text = desktop->outcome == Outcome::ready ? fmt::format("ready on {}", whole(r.target))
                                                          : std::string{name_of(desktop->outcome)};
    if (desktop->reason) text += fmt::format(": {}", shown(desktop->reason));
    if (r.job) text += fmt::format(", job {}", shown(*r.job));
    return r.evidence.empty() ? text : text + fmt::format(" (evidence: {})", escape_controls(r.evidence));
  }
  std::string operator()(const Recorded& r) const {
    return fmt::format("had {} already, so nothing was sent (evidence: {})", whole(r.target),
                       escape_controls(r.evidence));
  }
  std::string operator()(const Refreshed& r) const {
    const auto desktop = find(r.desktops);
    if (desktop == r.desktops.end() || !desktop->image_id) return "seen, without an image that could be believed";
    return fmt::format("seen with image {}", shown(*desktop->image_id));
  }
  std::string operator()(const Resolved& r) const {
    return fmt::format("resolved as {} by {}: {}", name_of(r.as), escape_controls(r.by), escape_controls(r.reason));
  }
  std::string operator()(const Removed&) const { return "removed from the state"; }
  std::string operator()(const Regrouped& r) const { return fmt::format("moved to group {}", shown(r.to)); }
  std::string operator()(const Migrated&) const { return {}; }
};

// What a record's one line leaves out of what made us believe it.
struct Evidence {
  template <class Record>
  std::string operator()(const Record&) const {
    return {};
  }
  std::string operator()(const Looked& r) const {
    std::string text = fmt::format("; {}", describe_completeness(r.look.completeness));
    for (const Finding& finding : r.look.findings) {
      text += fmt::format("; {}: {}", shown(finding.id), describe_finding(finding));
    }
    return text;
  }
  std::string operator()(const Adopted& r) const {
    std::vector<std::string> sub_jobs;
    for (const SubJobId& id : r.sub_jobs) sub_jobs.push_back(shown(id));
    return sub_jobs.empty() ? std::string{} : fmt::format(" (evidence: sub-jobs {})", join_and(sub_jobs));
  }
  std::string operator()(const Finished& r) const { return told(r.evidence); }
  std::string operator()(const Recorded& r) const { return told(r.evidence); }

  static std::string told(const std::string& evidence) {
    return evidence.empty() ? std::string{} : fmt::format(" (evidence: {})", escape_controls(evidence));
  }
};

enum class Serials { hidden, shown };

template <class Describe>
std::string render_by_run(const std::vector<ToldRecord>& records, std::size_t width, const Style& style,
                          Serials serials, Describe describe) {
  std::string out;
  std::optional<std::int64_t> run;
  bool first = true;
  for (const ToldRecord& told : records) {
    const std::string text = describe(told);
    if (text.empty()) continue;
    const std::optional<std::int64_t> now = told.run ? std::optional{told.run->serial} : std::nullopt;
    if (first || now != run) {
      out += wrap(told.run ? run_title(*told.run, style)
                           : style.bold("By somebody whose record is not in the history any more"),
                  width, "", "    ");
      run = now;
      first = false;
    }
    const std::string time = time_within(told.record->at, told.run ? std::optional{told.run->at} : std::nullopt);
    const std::string serial = serials == Serials::shown ? fmt::format("{:>7}  ", told.record->serial) : std::string{};
    out += wrap(text, width, fmt::format("  {}{}  ", serial, style.dim(time)), std::string(12 + serial.size(), ' '));
  }
  return out;
}

}  // namespace

std::string render_history(const History& history, std::size_t width, const Style& style) {
  return HistoryText{history, width, style}.render();
}

std::string render_records(const std::vector<ToldRecord>& records, std::size_t width, const Style& style) {
  return render_by_run(records, width, style, Serials::shown, [](const ToldRecord& told) {
    if (std::holds_alternative<Began>(told.record->body)) return std::string{};  // the title says it
    return describe_record(told.record->body) + std::visit(Evidence{}, told.record->body);
  });
}

std::string render_story(const std::vector<ToldRecord>& records, const DesktopKey& key, const State& state,
                         std::size_t width, const Style& style) {
  std::vector<ToldRecord> about;
  for (const ToldRecord& told : records) {
    if (std::find(told.desktops.begin(), told.desktops.end(), key) != told.desktops.end()) about.push_back(told);
  }
  const DesktopRecord* desktop = state.find(key.workspace, key.id);
  std::string title = style.bold(fmt::format("Desktop {}", shown(key.id)));
  if (desktop != nullptr && desktop->name) title += fmt::format(" ({})", shown(desktop->name));
  title += fmt::format(" in workspace {}", shown(key.workspace));
  if (desktop != nullptr && desktop->group) title += fmt::format(", group {}", shown(*desktop->group));
  std::string out = wrap(title, width, "", "    ") + "\n";
  out += render_by_run(about, width, style, Serials::hidden, [&](const ToldRecord& told) {
    return std::visit(Tell{key.id, told.record->serial}, told.record->body);
  });
  if (about.empty()) out += wrap("The history has nothing of it.", width, "", "");
  std::string now;
  if (desktop == nullptr) {
    now = "it is not in the state.";
  } else {
    now = fmt::format("{}, since {}", paint(style, desktop->status, name_of(desktop->status)),
                      format_time(desktop->updated_at));
    if (desktop->status == DesktopStatus::ready) now += fmt::format(", on {}", whole(desktop->image));
    if (desktop->status != DesktopStatus::ready && desktop->target) {
      now += fmt::format(", rebuild onto {}", whole(*desktop->target));
    }
    // While a request settles, the recorded job is that of the one before.
    const bool own_job = desktop->status != DesktopStatus::ready && desktop->status != DesktopStatus::settling;
    if (own_job && desktop->job_id) now += fmt::format(", job {}", shown(*desktop->job_id));
    if (desktop->reason) now += fmt::format(": {}", shown(desktop->reason));
  }
  return out + "\n" + wrap(fmt::format("{} {}", style.bold("Now:"), now), width, "", "     ");
}

}  // namespace gild
