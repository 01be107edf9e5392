// SPDX-License-Identifier: Apache-2.0
#include "cli/views/report_html.hpp"

#include <fmt/format.h>

#include "cli/embedded.hpp"
#include "cli/version.hpp"
#include "cli/views/html_page.hpp"
#include "cli/views/markup.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

class ReportHtml {
 public:
  explicit ReportHtml(const RunReport& report) : report_(report) {
    if (report.apply) groups_ = group_ends(*report.apply);
  }

  std::string render() {
    append_head();
    append_table();
    for (const GroupEnd& group : groups_) append_group(group);
    return render_html_page(
        {"gild apply", page_style(embedded::page("report.css")), {}, fmt::format("{}</main>\n", out_), {}});
  }

 private:
  void append_head() {
    const bool concern = report_.exit != ExitCode::ok;
    out_ += fmt::format("<header>\n<p class=\"kicker\">gild apply</p>\n<h1{}>{}</h1>\n",
                        concern ? "" : " class=\"calm\"", markup_text(verdict_of(report_)));
    append_verdict();
    out_ += fmt::format(
        "<p class=\"origin\">{} to {}, exit status {}, gild {}{}</p>\n</header>\n<main>\n",
        format_time(report_.started), format_time(report_.ended), static_cast<int>(report_.exit),
        markup_text(version()),
        report_.plan_digest ? fmt::format(", plan <code>{}</code>", markup_text(*report_.plan_digest)) : std::string{});
    append_failure();
    append_next();
  }

  void append_failure() {
    if (!report_.failure) return;
    out_ += "<section>\n";
    out_ += fmt::format("<p class=\"bad\">{}</p>\n", markup_text(report_.failure->what()));
    for (const std::string& step : report_.failure->trail()) {
      out_ += fmt::format("<p>while {}</p>\n", markup_text(step));
    }
    append_steps(advice_of(*report_.failure));
    out_ += "</section>\n";
  }

  void append_verdict() {
    if (!report_.apply) {
      out_ += "<p class=\"lead\">Nothing was sent by this run, and no disk was wiped by it.</p>\n";
      return;
    }
    const std::vector<std::string> counts = end_counts(*report_.apply);
    if (counts.empty()) return;
    out_ += fmt::format("<p class=\"lead\">{}; {} sent.</p>\n", join_and(counts),
                        plural(report_.apply->requests, "request"));
  }

  void append_next() {
    if (!report_.apply) return;
    const std::vector<NextStep> steps = next_steps(*report_.apply, report_.command);
    if (steps.empty()) return;
    out_ += "<section>\n<h2>What to do</h2>\n";
    append_steps(steps);
    out_ += "</section>\n";
  }

  void append_steps(const std::vector<NextStep>& steps) {
    for (const NextStep& step : steps) {
      if (!step.why.empty()) out_ += fmt::format("<p>{}</p>\n", markup_text(step.why));
      if (!step.command.empty()) out_ += fmt::format("<pre>{}</pre>\n", markup_text(step.command));
    }
  }

  void append_table() {
    if (groups_.empty()) return;
    out_ += "<section>\n<h2>Groups</h2>\n<div class=\"wide\">\n<table>\n<thead>\n<tr><th scope=\"col\">Group</th>";
    for (const DesktopEnd end : kDesktopEnds)
      out_ += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name_of(end));
    out_ += "</tr>\n</thead>\n<tbody>\n";
    for (const GroupEnd& group : groups_) {
      out_ += fmt::format("<tr><th scope=\"row\">{}</th>", markup_text(group.group.str()));
      for (const DesktopEnd end : kDesktopEnds) {
        const std::size_t count = group.count(end);
        const bool bad = count > 0 && rank_of(end) < 2;
        out_ += fmt::format("<td class=\"number{}\">{}</td>", bad ? " bad" : count == 0 ? " none" : "", grouped(count));
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody>\n</table>\n</div>\n</section>\n";
  }

  void append_group(const GroupEnd& group) {
    out_ += fmt::format("<section>\n<h2>{}</h2>\n", markup_text(group.group.str()));
    for (const EndKind& kind : group.kinds) {
      const bool concern = rank_of(kind.end) < 2;
      out_ += fmt::format("<details{}>\n<summary{}>{} {}{}</summary>\n<ul>\n", concern ? " open" : "",
                          concern ? " class=\"bad\"" : "", grouped(kind.desktops.size()), markup_text(kind.words),
                          kind.reason ? markup_text(fmt::format(": {}", *kind.reason)) : std::string{});
      for (const DesktopOutcome* desktop : kind.desktops) append_desktop(*desktop);
      out_ += "</ul>\n</details>\n";
    }
    out_ += "</section>\n";
  }

  void append_desktop(const DesktopOutcome& desktop) {
    out_ += "<li>";
    if (desktop.name) out_ += markup_text(*desktop.name) + ' ';
    out_ += fmt::format("<code>{}</code>", markup_text(desktop.key.id.str()));
    if (desktop.job) out_ += fmt::format(" <span class=\"job\">job {}</span>", markup_text(desktop.job->str()));
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
