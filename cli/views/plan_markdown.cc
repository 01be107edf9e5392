// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_markdown.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/markdown.hpp"
#include "cli/views/plan_outline.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/plan/guardrail_rules.hpp"

namespace gild {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kOpenRows = 20;     // of the table, before the others are folded away: one screen
constexpr std::size_t kOpenWarnings = 8;  // likewise
constexpr std::size_t kNamedGroups = 20;  // of those without anything to wipe

constexpr std::size_t kShownRules = 5;  // which a comment is not about

// How much of a plan is told. Whatever is less than all of it is named as left out.
struct Extent {
  std::size_t desktops = kAll;  // of those that have the same said of them
  std::size_t details = kAll;   // groups whose desktops and pace are told
  std::size_t rows = kAll;
  std::size_t warnings = kAll;
  std::size_t rules = kShownRules;  // of the guardrails that apply will judge
};

class PlanMarkdown {
 public:
  PlanMarkdown(const Plan& plan, const PlanMarkdownOptions& options)
      : plan_(plan),
        options_(options),
        outline_(outline_of(plan)),
        images_(images_of({&plan}, options.whole_ids)),
        desktops_(desktops_of({&plan}, options.whole_ids)),
        digest_(plan_digest(plan)) {
    // Who is hit hardest is left out last.
    rows_ = put_hardest_hit_first(outline_);
    detailed_ = static_cast<std::size_t>(std::count_if(outline_.begin(), outline_.end(), has_details));
  }

  std::string render() {
    if (fits({})) return std::move(out_);
    Extent extent;
    if (fit(extent, &Extent::desktops, options_.max_bytes)) return std::move(out_);
    if (fit(extent, &Extent::details, detailed_)) return std::move(out_);
    if (fit(extent, &Extent::rows, rows_)) return std::move(out_);
    if (fit(extent, &Extent::warnings, plan_.warnings.size())) return std::move(out_);
    fit(extent, &Extent::rules, kShownRules);
    return std::move(out_);
  }

 private:
  static bool has_details(const GroupOutline& outline) { return !outline.wiped.empty() || !outline.left_alone.empty(); }

  // The most of one kind, up to `most`, with which it is short enough; `extent` has none of it where even that is not,
  // and false is returned.
  bool fit(Extent& extent, std::size_t Extent::*part, std::size_t most) {
    std::size_t fitting = 0;
    for (std::size_t too_many = most + 1; fitting + 1 < too_many;) {
      const std::size_t middle = fitting + (too_many - fitting) / 2;
      extent.*part = middle;
      (fits(extent) ? fitting : too_many) = middle;
    }
    extent.*part = fitting;
    return fits(extent);
  }

  bool fits(const Extent& extent) {
    extent_ = extent;
    unlisted_ = 0;
    out_.clear();
    append_verdict();
    out_ += options_.since;
    append_warnings();
    append_dated();
    append_table();
    const std::string details = all_details();
    append_left_out();
    out_ += details;
    append_origin();
    return out_.size() <= options_.max_bytes;
  }

  void append_verdict() {
    const PlanSummary& summary = plan_.summary;
    out_ += kPlanMarker;
    out_ += summary.rebuild == 0
                ? std::string{"\n### gild plan: nothing to wipe\n\n"}
                : fmt::format("\n### gild plan: {} will be WIPED\n\n", plural(summary.rebuild, "desktop"));
    std::vector<std::string> sentences;
    if (summary.rebuild > 0) sentences.push_back(fmt::format("In {}.", plural(summary.batches, "batch", "batches")));
    const std::vector<std::string> rest = left_alone_counts(summary);
    if (!rest.empty()) sentences.push_back(fmt::format("Left alone: {}.", join_and(rest)));
    if (summary.unmanaged > 0) sentences.push_back(unmanaged_sentence(summary));
    if (!sentences.empty()) out_ += fmt::format("{}\n\n", fmt::join(sentences, " "));
    if (summary.rebuild == 0) return;
    out_ += fmt::format("**Worst case:** {}\n\n", worst_case_sentence(summary));
    const std::string bare = data_disk_sentence(plan_);
    if (!bare.empty()) out_ += fmt::format("**Data disks:** {}\n\n", bare);
  }

  void append_warnings() {
    const std::size_t shown = std::min(plan_.warnings.size(), extent_.warnings);
    quote_warnings(0, std::min(shown, kOpenWarnings));
    if (shown <= kOpenWarnings) return;
    out_ += fmt::format("<details>\n<summary>{}</summary>\n\n", plural(shown - kOpenWarnings, "more warning"));
    quote_warnings(kOpenWarnings, shown);
    out_ += "</details>\n\n";
  }

  // What apply alone can judge.
  void append_dated() {
    const std::vector<std::string> rules = describe_dated(plan_.guardrails);
    const std::size_t shown = std::min(rules.size(), extent_.rules);
    for (std::size_t i = 0; i < shown; ++i) {
      out_ += fmt::format("**Judged by apply:** {}\n\n", markdown_prose(rules[i]));
    }
    if (rules.size() > shown) {
      out_ +=
          fmt::format("**Judged by apply:** {}\n\n", plural(rules.size() - shown, shown == 0 ? "rule" : "more rule"));
    }
  }

  void quote_warnings(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      out_ += fmt::format("{}> **Warning:** {}\n", i == from ? "" : ">\n", markdown_prose(plan_.warnings[i]));
    }
    if (from < to) out_ += '\n';
  }

  // The groups that anything happens to, and then the names of the others.
  void append_table() {
    const std::size_t shown = std::min(rows_, extent_.rows);
    append_rows(0, std::min(shown, kOpenRows));
    if (shown > kOpenRows) {
      out_ += fmt::format("<details>\n<summary>{}</summary>\n\n", plural(shown - kOpenRows, "more group"));
      append_rows(kOpenRows, shown);
      out_ += "</details>\n\n";
    }
    append_quiet_groups();
  }

  void append_rows(std::size_t from, std::size_t to) {
    if (from == to) return;
    out_ +=
        "| Group | Image | Wiped | Batches | Worst case | Held | Protected | Others left alone |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n";
    for (std::size_t i = from; i < to; ++i) append_row(outline_[i]);
    out_ += '\n';
  }

  void append_row(const GroupOutline& outline) {
    const GroupCounts& counts = outline.group->counts;
    GroupCounts others = counts;
    others.held = others.protect = 0;
    out_ += fmt::format("| {} | {} | **{}** | {} | {} | {} | {} | {} |\n", describe_group(*outline.group),
                        describe_move(outline, image()), grouped(counts.rebuild), grouped(outline.batches),
                        grouped(outline.worst_case), grouped(counts.held), grouped(counts.protect),
                        fmt::join(left_alone_counts(others), ", "));
  }

  std::string describe_group(const PlannedGroup& group) const {
    const std::string name = markdown_code(group.name.str());
    return plan_.workspaces.size() < 2 ? name : fmt::format("{} in {}", name, markdown_code(group.workspace.str()));
  }

  std::string describe_image(std::string_view id, const OptionalText<SharedText>& revision) const {
    const std::string image = markdown_code(images_(id));
    return revision ? fmt::format("{}, revision {}", image, markdown_code(*revision)) : image;
  }

  DescribeImage image() const {
    return
        [this](std::string_view id, const OptionalText<SharedText>& revision) { return describe_image(id, revision); };
  }

  void append_quiet_groups() {
    const std::size_t quiet = outline_.size() - rows_;
    if (quiet == 0) return;
    out_ += fmt::format("Nothing to wipe in {}", plural(quiet, rows_ == 0 ? "group" : "other group"));
    const std::size_t named = extent_.rows < rows_ ? 0 : std::min(quiet, kNamedGroups);
    for (std::size_t i = 0; i < named; ++i) {
      out_ += fmt::format("{} {}", i == 0 ? ":" : ",", describe_group(*outline_[rows_ + i].group));
    }
    out_ += named > 0 && named < quiet ? fmt::format(" and {} more.\n\n", grouped(quiet - named)) : ".\n\n";
  }

  std::string all_details() {
    std::string out;
    std::size_t told = 0;
    for (const GroupOutline& outline : outline_) {
      // What is too long already is not going to be printed.
      if (told == extent_.details || out.size() > options_.max_bytes) break;
      if (!has_details(outline)) continue;
      append_details(out, outline);
      ++told;
    }
    return out;
  }

  void append_details(std::string& out, const GroupOutline& outline) {
    const GroupCounts& counts = outline.group->counts;
    std::vector<std::string> words = left_alone_counts(counts);
    if (counts.rebuild > 0) words.insert(words.begin(), fmt::format("{} wiped", grouped(counts.rebuild)));
    out += fmt::format("<details>\n<summary>{}: {}</summary>\n\n", html_code(outline.group->name.str()),
                       fmt::join(words, ", "));
    if (counts.rebuild > 0) append_request(out, outline);
    for (const PlanKind& kind : outline.wiped) {
      append_kind(out, fmt::format("wiped**, {}", describe_wipe(*kind.front())), kind);
      unlisted_ += kind.size() - std::min(kind.size(), extent_.desktops);
    }
    if (!outline.without_data_disk.empty()) append_bare(out, outline);
    for (const PlanKind& kind : outline.left_alone) {
      append_kind(out, fmt::format("left alone**, {}", describe_left(*kind.front())), kind);
      unlisted_ += kind.size() - std::min(kind.size(), extent_.desktops);
    }
    out += "</details>\n\n";
  }

  void append_request(std::string& out, const GroupOutline& outline) {
    const PlannedGroup& group = *outline.group;
    const ImageRef& image = group.target.image;
    const std::string kind = image.os_type
                                 ? fmt::format("{}, {}", markdown_code(image.image_type), markdown_code(*image.os_type))
                                 : markdown_code(image.image_type);
    const std::string region =
        outline.workspace == nullptr ? "" : fmt::format(", {}", markdown_code(outline.workspace->region));
    out +=
        fmt::format("- Onto {} ({}), in workspace {}{}.\n", describe_image(image.image_id.str(), group.target.revision),
                    kind, markdown_code(group.workspace.str()), region);
    out += fmt::format("- Pace: {}.\n", pace_of(outline));
    out += fmt::format(
        "- Users: {}; {}, {}.\n\n",
        group.sessions == SessionPolicy::skip ? "desktops in use are left alone" : "**desktops in use are wiped too**",
        time_to_save(group),
        group.rebuild.message ? fmt::format("told {}", markdown_code(*group.rebuild.message)) : "told nothing");
  }

  std::string describe_wipe(const PlannedDesktop& desktop) const {
    const std::string why = markdown_prose(desktop.reason);
    return desktop.from ? fmt::format("from {}: {}", describe_origin(desktop, image()), why) : why;
  }

  static std::string describe_left(const PlannedDesktop& desktop) {
    return fmt::format("{}{}", verdict_before_reason(desktop.action), markdown_prose(desktop.reason));
  }

  // `text` begins in bold.
  void append_kind(std::string& out, const std::string& text, const PlannedDesktops& desktops) const {
    out += fmt::format("**{} {}", grouped(desktops.size()), text);
    append_list(out, desktops);
  }

  void append_bare(std::string& out, const GroupOutline& outline) const {
    const PlannedDesktops& bare = outline.without_data_disk;
    out += fmt::format("**{} {}**", grouped(bare.size()), bare_of(outline));
    append_list(out, outline.names_bare() ? bare : PlannedDesktops{});
  }

  void append_list(std::string& out, const PlannedDesktops& desktops) const {
    const std::size_t shown = std::min(desktops.size(), extent_.desktops);
    for (std::size_t i = 0; i < shown && out.size() <= options_.max_bytes; ++i) {
      out += i == 0 ? "  \n" : ", ";  // two blanks: a line break everywhere
      const PlannedDesktop& desktop = *desktops[i];
      if (desktop.name) out += markdown_code(*desktop.name) + ' ';
      out += markdown_code(desktops_(desktop.id.str()));
    }
    if (shown > 0 && shown < desktops.size()) out += fmt::format(" and {} more", grouped(desktops.size() - shown));
    out += "\n\n";
  }

  void append_left_out() {
    std::vector<std::string> parts;
    if (extent_.details < detailed_) {
      parts.push_back(fmt::format("the details of {}", plural(detailed_ - extent_.details, "group")));
    }
    if (unlisted_ > 0) parts.push_back(fmt::format("{} in the lists below", plural(unlisted_, "desktop")));
    if (extent_.rows < rows_) parts.push_back(fmt::format("{} of the table", plural(rows_ - extent_.rows, "row")));
    if (extent_.warnings < plan_.warnings.size()) {
      parts.push_back(plural(plan_.warnings.size() - extent_.warnings, "warning"));
    }
    if (parts.empty()) return;
    out_ += fmt::format(
        "**Left out**, since this text may have {} bytes: {}. `gild show -v` of the saved plan has all of it.\n\n",
        grouped(options_.max_bytes), join_and(parts));
  }

  void append_origin() {
    const Basis& basis = plan_.basis;
    out_ += fmt::format("Made from {}; digest `{}`\n",
                        basis.lineage ? fmt::format("state {}, serial {}", markdown_code(*basis.lineage), basis.serial)
                                      : std::string{"no state"},
                        digest_);
  }

  const Plan& plan_;
  const PlanMarkdownOptions& options_;
  std::vector<GroupOutline> outline_;  // those of the table first
  std::size_t rows_ = 0;               // how many these are
  std::size_t detailed_ = 0;           // groups that there is more to say of
  ShortIds images_;
  ShortIds desktops_;
  std::string digest_;
  Extent extent_;
  std::size_t unlisted_ = 0;  // desktops, with this extent
  std::string out_;
};

}  // namespace

std::string render_plan_markdown(const Plan& plan, const PlanMarkdownOptions& options) {
  return PlanMarkdown{plan, options}.render();
}

}  // namespace gild
