// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_html_charts.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/views/html_page.hpp"
#include "cli/views/markup.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kWidth = 100'000;     // of a picture, in units of its own
constexpr std::size_t kShownBatches = 100;  // more would be narrower than the gaps between them

std::size_t across(std::size_t part, std::size_t whole) {
  return std::min(part, whole) * kWidth / std::max<std::size_t>(whole, 1);
}

std::string bar(std::string_view look, std::size_t from, std::size_t to, std::size_t height) {
  return fmt::format("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"{}\"/>", look, from, to - from, height);
}

std::string picture(std::string_view look, const std::string& description, std::size_t height, std::string content) {
  return fmt::format(
      "<svg class=\"{}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">{}</svg>\n",
      look, kWidth, height, markup_text(description), content);
}

std::vector<const PlannedBatch*> batches_of(const Plan& plan, const GroupName& group) {
  std::vector<const PlannedBatch*> out;
  for (const PlannedBatch& batch : plan.batches) {
    if (batch.group == group) out.push_back(&batch);
  }
  return out;
}

std::string describe_lane(const GroupOutline& outline) {
  const std::size_t all = outline.group->counts.rebuild;
  return fmt::format(
      "{} in {}, in the order of their requests; {} may be under way at once; the worst case reaches {}.",
      plural(all, "desktop"), plural(outline.batches, "batch", "batches"), grouped(std::min(outline.at_once, all)),
      grouped(outline.worst_case));
}

}  // namespace

std::string fleet_chart(const PlanSummary& summary) {
  const std::array<std::pair<std::string_view, std::size_t>, 6> parts{{{"wiped", summary.rebuild},
                                                                       {"in progress", summary.in_progress},
                                                                       {"held", summary.held},
                                                                       {"protected", summary.protect},
                                                                       {"excluded", summary.exclude},
                                                                       {"unchanged", summary.unchanged}}};
  std::size_t whole = 0;
  for (const auto& part : parts) whole += part.second;
  if (whole == 0) return {};
  std::string bars;
  std::string legend;
  std::vector<std::string> words;
  std::size_t before = 0;
  for (const auto& [name, count] : parts) {
    if (count == 0) continue;
    const std::string_view look = name == "in progress" ? "progress" : name;
    bars += bar(fmt::format("of-{}", look), across(before, whole), across(before + count, whole), 10);
    legend += fmt::format("<li><i class=\"of-{}\"></i><b>{}</b> {}</li>\n", look, grouped(count), name);
    words.push_back(fmt::format("{} {}", grouped(count), name));
    before += count;
  }
  return picture("fleet", fmt::format("Of {}: {}", plural(whole, "desktop"), join_and(words)), 10, bars) +
         "<ul class=\"legend\" aria-hidden=\"true\">\n" + legend + "</ul>\n";
}

std::string lane_chart(const Plan& plan, const GroupOutline& outline) {
  const std::size_t all = outline.group->counts.rebuild;
  const std::size_t worst = across(outline.worst_case, all);
  const std::size_t at_once = across(outline.at_once, all);
  std::string content = bar("reached", 0, worst, 20) + bar("later", worst, kWidth, 20);
  const std::vector<const PlannedBatch*> batches = batches_of(plan, outline.group->name);
  std::size_t before = 0;
  for (const PlannedBatch* batch : batches) {
    if (batches.size() > kShownBatches) break;
    const std::size_t size = batch->request.desktop_ids.size();
    const std::size_t from = across(before, all);
    content += fmt::format(
        "<rect class=\"batch\" x=\"{}\" width=\"{}\" height=\"20\" data-batch=\"{}\"><title>{}: {}</title></rect>",
        from, across(before + size, all) - from, markup_text(batch->id.str()), markup_text(batch->id.str()),
        plural(size, "desktop"));
    before += size;
  }
  content += fmt::format("<path class=\"at-once\" d=\"M0 25H{}M{} 22V28\"/>", at_once, at_once);
  return picture("lane-chart", describe_lane(outline), 28, content);
}

}  // namespace gild
