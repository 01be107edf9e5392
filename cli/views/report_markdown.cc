// SPDX-License-Identifier: Apache-2.0
#include "cli/views/report_markdown.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "cli/views/markdown.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kNextSteps = 8;  // there may be one for each group that paused

// How much of a run is told. Whatever is less than all of it is named as left out.
struct Extent {
  std::size_t desktops = kAll;  // of those that have the same said of them
  std::size_t groups = kAll;    // whose desktops are told
  std::size_t rows = kAll;
};

class ReportMarkdown {
 public:
  ReportMarkdown(const RunReport& report, std::size_t max_bytes) : report_(report), max_bytes_(max_bytes) {
    if (!report.apply) return;
    groups_ = group_ends(*report.apply);
    // Who needs somebody comes first, and is left out last.
    std::stable_sort(groups_.begin(), groups_.end(), [](const GroupEnd& a, const GroupEnd& b) {
      return rank_of(a.kinds.front().end) < rank_of(b.kinds.front().end);
    });
  }

  std::string render() {
    Extent extent;
    if (fits(extent) || fit(extent, &Extent::desktops, most_alike()) || fit(extent, &Extent::groups, groups_.size())) {
      return std::move(out_);
    }
    fit(extent, &Extent::rows, groups_.size());
    return std::move(out_);
  }

 private:
  std::size_t most_alike() const {
    std::size_t most = 0;
    for (const GroupEnd& group : groups_) {
      for (const EndKind& kind : group.kinds) most = std::max(most, kind.desktops.size());
    }
    return most;
  }

  // The most of one kind, up to `most`, with which it is short enough.
  bool fit(Extent& extent, std::size_t Extent::*part, std::size_t most) {
    std::size_t fitting = 0;
    for (std::size_t too_many = most + 1; fitting + 1 < too_many;) {
      extent.*part = fitting + (too_many - fitting) / 2;
      (fits(extent) ? fitting : too_many) = extent.*part;
    }
    extent.*part = fitting;
    return fits(extent);
  }

  bool fits(const Extent& extent) {
    extent_ = extent;
    out_ = fmt::format("### gild apply: {}\n\n", verdict_of(report_));
    append_verdict();
    append_next();
    append_table();
    append_left_out();
    for (std::size_t i = 0; i < std::min(groups_.size(), extent_.groups); ++i) append_details(groups_[i]);
    if (report_.plan_digest) out_ += fmt::format("Plan {}\n", markdown_code(*report_.plan_digest));
    return out_.size() <= max_bytes_;
  }

  void append_verdict() {
    if (report_.failure) {
      out_ += fmt::format("> **Error:** {}\n", markdown_prose(report_.failure->what()));
      for (const std::string& step : report_.failure->trail()) {
        out_ += fmt::format(">\n> while {}\n", markdown_prose(step));
      }
      out_ += '\n';
      append_steps(advice_of(*report_.failure));
    }
    if (!report_.apply) {
      out_ += "Nothing was sent by this run, and no disk was wiped by it.\n\n";
      return;
    }
    const std::vector<std::string> counts = end_counts(*report_.apply);
    if (counts.empty()) return;
    out_ += fmt::format("{}; {} sent.\n\n", join_and(counts), plural(report_.apply->requests, "request"));
  }

  void append_next() {
    if (!report_.apply) return;
    append_steps(next_steps(*report_.apply, report_.command));
  }

  void append_steps(const std::vector<NextStep>& steps) {
    for (std::size_t i = 0; i < std::min(steps.size(), kNextSteps); ++i) {
      const NextStep& step = steps[i];
      out_ += step.why.empty() ? std::string{} : markdown_prose(step.why);
      if (!step.command.empty()) out_ += fmt::format("{}{}", step.why.empty() ? "" : " ", markdown_code(step.command));
      out_ += "\n\n";
    }
    if (steps.size() > kNextSteps) {
      out_ += fmt::format("And {} more to do; gild status has all of it.\n\n", grouped(steps.size() - kNextSteps));
    }
  }

  void append_table() {
    const std::size_t shown = std::min(groups_.size(), extent_.rows);
    if (shown == 0) return;
    out_ +=
        "| Group | Ready | Failed | Unhealthy or unknown | Refused | Settling | Left alone | Not through |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (std::size_t i = 0; i < shown; ++i) {
      const GroupEnd& group = groups_[i];
      out_ += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_code(group.group.str()),
                          grouped(group.count(DesktopEnd::ready) + group.count(DesktopEnd::already)),
                          grouped(group.count(DesktopEnd::failed)),
                          grouped(group.count(DesktopEnd::unhealthy) + group.count(DesktopEnd::unknown)),
                          grouped(group.count(DesktopEnd::refused)), grouped(group.count(DesktopEnd::settling)),
                          grouped(group.count(DesktopEnd::held)),
                          grouped(group.count(DesktopEnd::rebuilding) + group.count(DesktopEnd::waiting)));
    }
    out_ += '\n';
  }

  void append_details(const GroupEnd& group) {
    if (out_.size() > max_bytes_) return;  // too long already, so that this is not going to be shown
    out_ += fmt::format("<details>\n<summary>{}: {}</summary>\n\n", html_code(group.group.str()),
                        plural(group.total(), "desktop"));
    for (const EndKind& kind : group.kinds) append_kind(kind);
    out_ += "</details>\n\n";
  }

  void append_kind(const EndKind& kind) {
    out_ += fmt::format("**{} {}**{}", grouped(kind.desktops.size()), kind.words,
                        kind.reason ? fmt::format(": {}", markdown_prose(*kind.reason)) : std::string{});
    append_jobs(kind);
    const std::size_t shown = std::min(kind.desktops.size(), extent_.desktops);
    for (std::size_t i = 0; i < shown && out_.size() <= max_bytes_; ++i) {
      const DesktopOutcome& desktop = *kind.desktops[i];
      out_ += i == 0 ? "  \n" : ", ";
      if (desktop.name) out_ += markdown_code(*desktop.name) + ' ';
      out_ += markdown_code(desktop.key.id.str());
    }
    if (shown > 0 && shown < kind.desktops.size()) {
      out_ += fmt::format(" and {} more", grouped(kind.desktops.size() - shown));
    }
    out_ += "\n\n";
  }

  // By which jobs, where that is worth knowing.
  void append_jobs(const EndKind& kind) {
    if (kind.end == DesktopEnd::ready || kind.end == DesktopEnd::held) return;
    constexpr std::size_t kShownJobs = 5;
    std::set<std::string_view> jobs;
    for (const DesktopOutcome* desktop : kind.desktops) {
      if (desktop->job) jobs.insert(desktop->job->str());
    }
    std::size_t told = 0;
    for (const std::string_view job : jobs) {
      if (told == kShownJobs) break;
      out_ += fmt::format("{} {}", told++ == 0 ? (jobs.size() == 1 ? "; job" : "; jobs") : ",", markdown_code(job));
    }
    if (jobs.size() > kShownJobs) out_ += fmt::format(" and {} more", grouped(jobs.size() - kShownJobs));
  }

  void append_left_out() {
    std::vector<std::string> parts;
    if (extent_.rows < groups_.size()) {
      parts.push_back(fmt::format("{} of the table", plural(groups_.size() - extent_.rows, "row")));
    }
    if (extent_.groups < groups_.size()) {
      parts.push_back(fmt::format("the desktops of {}", plural(groups_.size() - extent_.groups, "group")));
    } else if (extent_.desktops < most_alike()) {
      parts.emplace_back("desktops of long lists");
    }
    if (parts.empty()) return;
    out_ += fmt::format("**Left out**, since this text may have {} bytes: {}. `gild status -v` has all of them.\n\n",
                        grouped(max_bytes_), join_and(parts));
  }

  const RunReport& report_;
  std::size_t max_bytes_;
  std::vector<GroupEnd> groups_;
  Extent extent_;
  std::string out_;
};

}  // namespace

std::string render_report_markdown(const RunReport& report, std::size_t max_bytes) {
  return ReportMarkdown{report, max_bytes}.render();
}

}  // namespace gild
