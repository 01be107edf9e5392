// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_html.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/embedded.hpp"
#include "cli/views/html_page.hpp"
#include "cli/views/markup.hpp"
#include "cli/views/plan_html_charts.hpp"
#include "cli/views/plan_html_data.hpp"
#include "cli/views/plan_outline.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/plan/guardrail_rules.hpp"

namespace gild {
namespace {

constexpr std::size_t kOpenWarnings = 8;  // before the others are folded away: the groups stay in sight
constexpr std::size_t kOpenGroups = 20;   // likewise, of the table and of the time line
constexpr std::size_t kShownKinds = 8;    // reasons in a group; the list has all of them

class PlanHtml {
 public:
  PlanHtml(const Plan& plan, const PlanHtmlOptions& options)
      : plan_(plan), outline_(outline_of(plan)), images_(images_of({&plan}, options.whole_ids)) {
    put_hardest_hit_first(outline_);
    wiping_ = static_cast<std::size_t>(
        std::count_if(outline_.begin(), outline_.end(), [](const GroupOutline& o) { return !o.wiped.empty(); }));
  }

  std::string render() {
    append_verdict();
    out_ += "<main>\n";
    append_warnings();
    append_dated();
    append_overview();
    append_groups();
    append_time_line();
    append_desktops();
    out_ += "</main>\n";
    append_origin();
    return render_html_page({verdict(), page_style(embedded::page("plan.css")), embedded::page("plan.js"),
                             std::move(out_), plan_html_data(plan_, images_)});
  }

 private:
  std::string verdict() const {
    return plan_.summary.rebuild == 0
               ? std::string{"gild plan: nothing to wipe"}
               : fmt::format("gild plan: {} will be wiped", plural(plan_.summary.rebuild, "desktop"));
  }

  void append_verdict() {
    const PlanSummary& summary = plan_.summary;
    out_ +=
        "<a class=\"skip\" href=\"#desktops\">Skip to the desktops</a>\n<header>\n<p class=\"kicker\">gild plan</p>\n";
    if (summary.rebuild == 0) {
      out_ += "<h1 class=\"calm\">Nothing to wipe</h1>\n";
    } else {
      out_ += fmt::format("<h1>{} will be WIPED</h1>\n", plural(summary.rebuild, "desktop"));
    }
    std::vector<std::string> sentences;
    if (summary.rebuild > 0) {
      sentences.push_back(fmt::format("In {} of {}. Whatever a user keeps on the system disk is gone with it.",
                                      plural(summary.batches, "batch", "batches"), plural(wiping_, "group")));
    }
    if (summary.unmanaged > 0) sentences.push_back(unmanaged_sentence(summary));
    if (!sentences.empty()) out_ += fmt::format("<p class=\"lead\">{}</p>\n", fmt::join(sentences, " "));
    const Basis& basis = plan_.basis;
    out_ += fmt::format("<p class=\"origin\">Digest {}, made from {}</p>\n</header>\n", html_id(plan_digest(plan_)),
                        basis.lineage ? fmt::format("state {}, serial {}", html_id(*basis.lineage), basis.serial)
                                      : std::string{"no state"});
  }

  void append_warnings() {
    const std::vector<std::string>& warnings = plan_.warnings;
    if (warnings.empty()) return;
    out_ += fmt::format("<section class=\"warnings\" aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">{}</h2>\n",
                        plural(warnings.size(), "warning"));
    const std::size_t shown = std::min(warnings.size(), kOpenWarnings);
    list_warnings(0, shown);
    if (shown < warnings.size()) {
      begin_more(plural(warnings.size() - shown, "more warning"));
      list_warnings(shown, warnings.size());
      out_ += "</details>\n";
    }
    out_ += "</section>\n";
  }

  // Guardrails that apply will judge, since they need a date.
  void append_dated() {
    const std::vector<std::string> rules = describe_dated(plan_.guardrails);
    if (rules.empty()) return;
    out_ += "<section aria-labelledby=\"rules\">\n<h2 id=\"rules\">Judged by apply</h2>\n<ul>\n";
    for (const std::string& rule : rules) out_ += fmt::format("<li>{}</li>\n", markup_text(rule));
    out_ += "</ul>\n</section>\n";
  }

  void list_warnings(std::size_t from, std::size_t to) {
    out_ += "<ul>\n";
    for (std::size_t i = from; i < to; ++i) out_ += fmt::format("<li>{}</li>\n", markup_text(plan_.warnings[i]));
    out_ += "</ul>\n";
  }

  void begin_more(const std::string& what) { out_ += fmt::format("<details>\n<summary>{}</summary>\n", what); }

  // --- Overview ---

  void append_overview() {
    const PlanSummary& summary = plan_.summary;
    out_ += "<section aria-labelledby=\"overview\">\n<h2 id=\"overview\">Overview</h2>\n<dl class=\"facts\">\n";
    if (summary.rebuild > 0) {
      append_fact("Worst case", grouped(summary.worst_case), capital(worst_case_sentence(summary)), "danger");
      append_data_disks();
    }
    const std::vector<std::string> left = left_alone_counts(summary);
    append_fact("Left alone",
                grouped(summary.unchanged + summary.in_progress + summary.held + summary.protect + summary.exclude),
                left.empty() ? "No desktop." : join_and(left) + ".", "");
    out_ += "</dl>\n";
    out_ += fleet_chart(summary);
    out_ += "</section>\n";
  }

  void append_data_disks() {
    const auto [without, unknown] = data_disks_of(plan_);
    std::string sentence = data_disk_sentence(plan_);
    if (sentence.empty() && unknown == 0) sentence = "All that are wiped have one, as far as was recorded.";
    if (sentence.empty()) {
      sentence = fmt::format("Of {} it is not known: no refresh has looked.", plural(unknown, "desktop"));
    }
    const bool in_doubt = without == 0 && unknown > 0;
    append_fact("Without a data disk", in_doubt ? "?" : grouped(without), sentence, without > 0 ? "danger" : "");
  }

  void append_fact(std::string_view name, const std::string& value, const std::string& sentence,
                   std::string_view tone) {
    out_ += fmt::format("<div class=\"{}\"><dt>{}</dt><dd class=\"value\">{}</dd><dd>{}</dd></div>\n", tone, name,
                        value, sentence);
  }

  static std::string capital(std::string sentence) {
    if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
    return sentence;
  }

  // --- Groups ---

  void append_groups() {
    if (outline_.empty()) return;
    out_ += "<section aria-labelledby=\"groups\">\n<h2 id=\"groups\">Groups</h2>\n";
    const std::size_t shown = std::min(outline_.size(), kOpenGroups);
    append_table(0, shown);
    if (shown < outline_.size()) {
      begin_more(plural(outline_.size() - shown, "more group"));
      append_table(shown, outline_.size());
      out_ += "</details>\n";
    }
    out_ += "</section>\n";
  }

  void append_table(std::size_t from, std::size_t to) {
    out_ +=
        "<div class=\"wide\" role=\"region\" aria-label=\"Groups\" tabindex=\"0\">\n<table>\n<thead><tr>"
        "<th scope=\"col\">Group</th><th scope=\"col\" class=\"number\">Wiped</th><th scope=\"col\">Image</th>";
    for (const std::string_view name :
         {"Batches", "Worst case", "No data disk", "In progress", "Held", "Protected", "Excluded", "Unchanged"}) {
      out_ += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (std::size_t i = from; i < to; ++i) append_row(outline_[i]);
    out_ += "</tbody>\n</table>\n</div>\n";
  }

  void append_row(const GroupOutline& outline) {
    const GroupCounts& counts = outline.group->counts;
    out_ += fmt::format("<tr><th scope=\"row\">{}</th>", describe_group(outline));
    append_number(counts.rebuild, "number wiped");
    out_ += fmt::format("<td>{}</td>", describe_move(outline, image()));
    append_number(outline.batches, "number");
    append_number(outline.worst_case, "number");
    append_bare(outline);
    for (const std::size_t count :
         {counts.in_progress, counts.held, counts.protect, counts.exclude, counts.unchanged}) {
      append_number(count, "number");
    }
    out_ += "</tr>\n";
  }

  void append_number(std::size_t count, std::string_view look) {
    out_ += fmt::format("<td class=\"{}{}\">{}</td>", look, count == 0 ? " none" : "", grouped(count));
  }

  // What nobody has looked at is not told as none.
  void append_bare(const GroupOutline& outline) {
    std::size_t unknown = 0;
    for (const PlanKind& kind : outline.wiped) {
      unknown += static_cast<std::size_t>(
          std::count_if(kind.begin(), kind.end(), [](const PlannedDesktop* d) { return !d->data_disks; }));
    }
    const std::size_t without = outline.without_data_disk.size();
    if (unknown == 0) return append_number(without, "number");
    out_ += fmt::format("<td class=\"number\">{}<span title=\"not known\">{}?</span></td>",
                        without == 0 ? "" : fmt::format("{} + ", grouped(without)), grouped(unknown));
  }

  // A link to its desktops, where the list has any.
  std::string describe_group(const GroupOutline& outline) const {
    const PlannedGroup& group = *outline.group;
    std::string out = markup_text(group.name.str());
    if (!outline.wiped.empty() || !outline.left_alone.empty()) {
      out = fmt::format("<a href=\"#desktops\" data-group=\"{0}\">{0}</a>", out);
    }
    if (plan_.workspaces.size() > 1) out += fmt::format(" <small>in {}</small>", markup_text(group.workspace.str()));
    return out;
  }

  std::string describe_image(std::string_view id, const OptionalText<SharedText>& revision) const {
    const std::string shown = images_(id);
    std::string image =
        shown == id ? html_id(shown) : fmt::format("<code title=\"{}\">{}</code>", markup_text(id), markup_text(shown));
    return revision ? fmt::format("{}, revision {}", image, html_id(*revision)) : image;
  }

  DescribeImage image() const {
    return
        [this](std::string_view id, const OptionalText<SharedText>& revision) { return describe_image(id, revision); };
  }

  // --- Batches ---

  void append_time_line() {
    if (wiping_ == 0) return;
    out_ += "<section aria-labelledby=\"batches\">\n<h2 id=\"batches\">Batches</h2>\n";
    out_ += embedded::page("legend.html");
    const std::size_t shown = std::min(wiping_, kOpenGroups);
    std::size_t told = 0;
    for (const GroupOutline& outline : outline_) {
      if (outline.wiped.empty()) continue;
      if (told++ == shown) begin_more(plural(wiping_ - shown, "more group"));
      append_lane(outline);
    }
    if (shown < wiping_) out_ += "</details>\n";
    out_ += "</section>\n";
  }

  void append_lane(const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    out_ += fmt::format("<article class=\"lane\">\n<h3>{}</h3>\n<p class=\"count\"><b>{}</b> in {}</p>\n",
                        markup_text(group.name.str()), grouped(group.counts.rebuild),
                        plural(outline.batches, "batch", "batches"));
    out_ += lane_chart(plan_, outline);
    out_ += fmt::format("<p class=\"pace\">{}.</p>\n", capital(pace_of(outline)));
    begin_more("Users, images and reasons");
    out_ += "<ul>\n";
    append_request(outline);
    append_kinds(outline.wiped);
    if (!outline.without_data_disk.empty()) {
      out_ += fmt::format("<li><b>{}</b> {}</li>\n", grouped(outline.without_data_disk.size()), bare_of(outline));
    }
    append_kinds(outline.left_alone);
    out_ += "</ul>\n</details>\n</article>\n";
  }

  void append_request(const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    const ImageRef& image = group.target.image;
    out_ += fmt::format("<li>Onto {} ({}{}), in workspace {}{}.</li>\n",
                        describe_image(image.image_id.str(), group.target.revision), markup_text(image.image_type),
                        image.os_type ? ", " + markup_text(*image.os_type) : "", markup_text(group.workspace.str()),
                        outline.workspace == nullptr ? "" : ", " + markup_text(outline.workspace->region));
    out_ += fmt::format("<li>Users: {}; {}, {}.</li>\n",
                        group.sessions == SessionPolicy::skip ? "desktops in use are left alone"
                                                              : "<strong>desktops in use are wiped too</strong>",
                        time_to_save(group),
                        group.rebuild.message ? fmt::format("told <q>{}</q>", markup_text(*group.rebuild.message))
                                              : std::string{"told nothing"});
  }

  void append_kinds(const std::vector<PlanKind>& kinds) {
    const std::size_t shown = std::min(kinds.size(), kShownKinds);
    for (std::size_t i = 0; i < shown; ++i) {
      const PlannedDesktop& first = *kinds[i].front();
      out_ += fmt::format("<li><b>{}</b> {}</li>\n", grouped(kinds[i].size()),
                          first.action == Action::rebuild ? describe_wipe(first) : describe_left(first));
    }
    if (shown == kinds.size()) return;
    std::size_t rest = 0;
    for (std::size_t i = shown; i < kinds.size(); ++i) rest += kinds[i].size();
    out_ += fmt::format("<li><b>{}</b> for {}; the list has them all</li>\n", grouped(rest),
                        plural(kinds.size() - shown, "other reason"));
  }

  std::string describe_wipe(const PlannedDesktop& desktop) const {
    const std::string why = markup_text(desktop.reason);
    return desktop.from ? fmt::format("wiped, from {}: {}", describe_origin(desktop, image()), why)
                        : fmt::format("wiped, {}", why);
  }

  static std::string describe_left(const PlannedDesktop& desktop) {
    return fmt::format("left alone, {}{}", verdict_before_reason(desktop.action), markup_text(desktop.reason));
  }

  void append_desktops() {
    out_ += plan_.desktops.empty() ? std::string_view{"<section aria-labelledby=\"desktops\">\n<h2 id=\"desktops\">"
                                                      "Desktops</h2>\n<p>Every desktop has what is wanted.</p>\n"
                                                      "</section>\n"}
                                   : embedded::page("desktops.html");
  }

  // --- What the plan was made from ---

  void append_origin() {
    out_ += "<footer>\n<dl>\n";
    append_term("Digest of the manifests", html_id(plan_.manifest_digest));
    for (const Workspace& workspace : plan_.workspaces) {
      append_term("Workspace", fmt::format("{}, {}, project {}", markup_text(workspace.name.str()),
                                           markup_text(workspace.region), html_id(workspace.project_id)));
    }
    out_ +=
        "</dl>\n<p>Nothing has been sent. <code>gild apply</code> of the saved plan carries out this plan or less, "
        "never more.</p>\n</footer>\n";
  }

  void append_term(std::string_view name, const std::string& html) {
    out_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html);
  }

  const Plan& plan_;
  std::vector<GroupOutline> outline_;  // those that are affected first
  ShortIds images_;
  std::size_t wiping_ = 0;  // groups with something to wipe
  std::string out_;
};

}  // namespace

std::string render_plan_html(const Plan& plan, const PlanHtmlOptions& options) {
  return PlanHtml{plan, options}.render();
}

}  // namespace gild
