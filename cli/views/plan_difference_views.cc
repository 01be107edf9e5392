// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_difference_views.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "cli/views/difference_outline.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/markdown.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kShownDesktops = 8;  // of one line, before "and 204 more"
constexpr std::size_t kShownLines = 12;    // one screen
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

DifferenceWords markdown_words(const ShortIds& images) {
  return {[](std::string_view text) { return markdown_code(text); },
          [](std::string_view text) { return markdown_prose(text); },
          [&images](std::string_view id) { return markdown_code(images(id)); }};
}

DifferenceWords text_words(const ShortIds& images) {
  const auto plain = [](std::string_view text) { return escape_controls(text); };
  return {plain, plain, images};
}

// Of the first `count` desktops of each line, as many lines as fit, and what that leaves out.
std::string markdown_lines(const std::vector<DifferenceLine>& lines, const ShortIds& ids, std::size_t count,
                           std::size_t max_bytes) {
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const DifferenceLine& line = lines[i];
    std::string text = line.desktops.empty() ? fmt::format("- {}", line.text)
                                             : fmt::format("- **{}** {}", grouped(line.desktops.size()), line.text);
    if (count > 0 && !line.desktops.empty()) {
      text += ": " + list_desktops(line.desktops, count, [&](const PlannedDesktop& desktop) {
                const std::string id = markdown_code(ids(desktop.id.str()));
                return desktop.name ? fmt::format("{} {}", markdown_code(*desktop.name), id) : id;
              });
    }
    const std::string rest = fmt::format("- and {}\n", plural(lines.size() - i, "more difference"));
    if (out.size() + text.size() + 1 + rest.size() > max_bytes) return out + rest;
    out += text + '\n';
  }
  return out;
}

}  // namespace

std::string render_difference(const Plan& plan, const OlderPlan& older, const PlanTextOptions& options,
                              const Style& style) {
  const PlanDifference difference = compare_plans(older.plan, plan);
  const ShortIds images = images_of({&plan, &older.plan}, options.every_desktop);
  const ShortIds ids = desktops_of({&plan, &older.plan}, options.every_desktop);
  std::string out = wrap(fmt::format("{} {}", style.bold(fmt::format("Since {}:", escape_controls(older.name))),
                                     difference_summary(difference)),
                         options.width, "", "  ");
  const std::vector<DifferenceLine> lines = difference_lines(difference, text_words(images));
  const std::size_t shown = options.every_desktop ? lines.size() : std::min(lines.size(), kShownLines);
  for (std::size_t i = 0; i < shown; ++i) {
    const DifferenceLine& line = lines[i];
    const std::string text = line.alarming ? style.danger(line.text) : line.text;
    if (line.desktops.empty()) {
      out += wrap(text, options.width, "  ", "    ");
      continue;
    }
    out += wrap(text, options.width, fmt::format("    {:>7}  ", grouped(line.desktops.size())), std::string(13, ' '));
    const std::string indent(15, ' ');
    out += wrap(list_desktops(line.desktops, options.every_desktop ? kAll : kShownDesktops,
                              [&](const PlannedDesktop& desktop) {
                                const std::string id = ids(desktop.id.str());
                                return desktop.name ? fmt::format("{} ({})", escape_controls(*desktop.name), id) : id;
                              }),
                options.width, indent, indent);
  }
  if (shown < lines.size()) {
    out += fmt::format("  and {}; -v shows them all\n", plural(lines.size() - shown, "more difference"));
  }
  return out;
}

std::string render_difference_markdown(const Plan& plan, const OlderPlan& older, bool whole_ids,
                                       std::size_t max_bytes) {
  const PlanDifference difference = compare_plans(older.plan, plan);
  const ShortIds images = images_of({&plan, &older.plan}, whole_ids);
  const ShortIds ids = desktops_of({&plan, &older.plan}, whole_ids);
  std::string head = fmt::format("**Since {}:** {}\n\n", markdown_code(older.name), difference_summary(difference));
  const std::vector<DifferenceLine> lines = difference_lines(difference, markdown_words(images));
  if (lines.empty()) return head;
  std::string all;
  for (std::size_t count = kShownDesktops;; count /= 2) {
    all = markdown_lines(lines, ids, count, kAll);
    if (head.size() + all.size() < max_bytes) break;
    if (count == 0) {
      all = markdown_lines(lines, ids, 0, max_bytes - std::min(max_bytes, head.size() + 1));
      break;
    }
  }
  return head + all + '\n';
}

}  // namespace gild
