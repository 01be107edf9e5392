// SPDX-License-Identifier: Apache-2.0
#include "cli/views/report_html.hpp"

#include <fmt/format.h>

#include "cli/version.hpp"
#include "cli/views/markup.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// The policy keeps the page from asking anybody for anything, whatever is in it.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>gild apply</title>
<style>
:root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --dim: #666; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --dim: #aaa; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; } .bad { color: var(--bad); font-weight: 600; } .dim { color: var(--dim); }
pre { padding: .6rem; border: 1px solid var(--line); overflow-x: auto; } details { margin: .6rem 0; }
</style>
</head>
<body>
)";

class ReportHtml {
 public:
  explicit ReportHtml(const RunReport& report) : report_(report) {
    if (report.apply) groups_ = group_ends(*report.apply);
  }

  std::string render() {
    out_ = kHead;
    out_ += fmt::format("<h1>gild apply: {}</h1>\n", markup_text(verdict_of(report_)));
    append_origin();
    append_failure();
    append_verdict();
    append_next();
    append_table();
    for (const GroupEnd& group : groups_) append_group(group);
    return out_ + "</body>\n</html>\n";
  }

 private:
  void append_origin() {
    out_ += fmt::format(
        "<p class=\"dim\">{} to {}, exit status {}, gild {}{}</p>\n", format_time(report_.started),
        format_time(report_.ended), static_cast<int>(report_.exit), markup_text(version()),
        report_.plan_digest ? fmt::format(", plan <code>{}</code>", markup_text(*report_.plan_digest)) : std::string{});
  }

  void append_failure() {
    if (!report_.failure) return;
    out_ += fmt::format("<p class=\"bad\">{}</p>\n", markup_text(report_.failure->what()));
    for (const std::string& step : report_.failure->trail()) {
      out_ += fmt::format("<p>while {}</p>\n", markup_text(step));
    }
    append_steps(advice_of(*report_.failure));
  }

  void append_verdict() {
    if (!report_.apply) {
      out_ += "<p>Nothing was sent by this run, and no disk was wiped by it.</p>\n";
      return;
    }
    const std::vector<std::string> counts = end_counts(*report_.apply);
    if (counts.empty()) return;
    out_ += fmt::format("<p>{}; {} sent.</p>\n", join_and(counts), plural(report_.apply->requests, "request"));
  }

  void append_next() {
    if (report_.apply) append_steps(next_steps(*report_.apply, report_.command));
  }

  void append_steps(const std::vector<NextStep>& steps) {
    for (const NextStep& step : steps) {
      if (!step.why.empty()) out_ += fmt::format("<p>{}</p>\n", markup_text(step.why));
      if (!step.command.empty()) out_ += fmt::format("<pre>{}</pre>\n", markup_text(step.command));
    }
  }

  void append_table() {
    if (groups_.empty()) return;
    out_ += "<table>\n<tr><th>Group</th>";
    for (const DesktopEnd end : kDesktopEnds) out_ += fmt::format("<th class=\"n\">{}</th>", name_of(end));
    out_ += "</tr>\n";
    for (const GroupEnd& group : groups_) {
      out_ += fmt::format("<tr><td>{}</td>", markup_text(group.group.str()));
      for (const DesktopEnd end : kDesktopEnds) {
        const std::size_t count = group.count(end);
        const bool bad = count > 0 && rank_of(end) < 2;
        out_ += fmt::format("<td class=\"n{}\">{}</td>", bad ? " bad" : "", grouped(count));
      }
      out_ += "</tr>\n";
    }
    out_ += "</table>\n";
  }

  void append_group(const GroupEnd& group) {
    out_ += fmt::format("<h2>{}</h2>\n", markup_text(group.group.str()));
    for (const EndKind& kind : group.kinds) {
      const bool concern = rank_of(kind.end) < 2;
      out_ += fmt::format("<details{}>\n<summary{}>{} {}{}</summary>\n<ul>\n", concern ? " open" : "",
                          concern ? " class=\"bad\"" : "", grouped(kind.desktops.size()), markup_text(kind.words),
                          kind.reason ? markup_text(fmt::format(": {}", *kind.reason)) : std::string{});
      for (const DesktopOutcome* desktop : kind.desktops) append_desktop(*desktop);
      out_ += "</ul>\n</details>\n";
    }
  }

  void append_desktop(const DesktopOutcome& desktop) {
    out_ += "<li>";
    if (desktop.name) out_ += markup_text(*desktop.name) + ' ';
    out_ += fmt::format("<code>{}</code>", markup_text(desktop.key.id.str()));
    if (desktop.job) out_ += fmt::format(" <span class=\"dim\">job {}</span>", markup_text(desktop.job->str()));
    out_ += "</li>\n";
  }

  const RunReport& report_;
  std::vector<GroupEnd> groups_;
  std::string out_;
};

}  // namespace

std::string render_report_html(const RunReport& report) {
  return ReportHtml{report}.render();
}

}  // namespace gild
