// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_output.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/inputs.hpp"
#include "cli/views/plan_counts.hpp"
#include "cli/views/plan_difference_views.hpp"
#include "cli/views/plan_html.hpp"
#include "cli/views/plan_markdown.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {

void add_plan_output(Arguments& arguments, PlanOutput& output) {
  arguments.choice<PlanFormat>("--format", "FORMAT", output.format,
                               {{"text", PlanFormat::text},
                                {"json", PlanFormat::json},
                                {"markdown", PlanFormat::markdown},
                                {"html", PlanFormat::html},
                                {"gitlab", PlanFormat::gitlab}},
                               "text for people (the default), json for programs, markdown for a comment on a pull "
                               "request, html for a page to review, or gitlab for the widget in a merge request");
  arguments.value("--max-bytes", "N", output.max_bytes,
                  fmt::format("with --format markdown: leave out desktops, and then more, to print at most N bytes "
                              "(default {})",
                              kMarkdownBytes));
  arguments.value("--diff", "OLDPLAN", output.diff, "with text or markdown: tell what changed since that saved plan",
                  ValueHint::file);
  add_verbose(arguments, output.verbose, "show every desktop, and ids in full");
}

void check_plan_output(const PlanOutput& output) {
  if (output.diff && output.format != PlanFormat::text && output.format != PlanFormat::markdown) {
    throw Error(ErrorKind::usage, "--diff is for people: it goes with --format text and markdown.",
                "For programs, print both plans with --format json.");
  }
  if (!output.max_bytes) return;
  if (output.format != PlanFormat::markdown) {
    throw Error(ErrorKind::usage, "--max-bytes is about --format markdown, which alone leaves anything out.");
  }
  const std::size_t least = kLeastMarkdownBytes + (output.diff ? kLeastDifferenceBytes : 0);
  if (*output.max_bytes < least) {
    throw Error(ErrorKind::usage, fmt::format("--max-bytes {} is too little: {} are needed for the verdict alone.",
                                              *output.max_bytes, grouped(least)));
  }
}

std::optional<Plan> older_plan(App& app, const PlanOutput& output) {
  if (!output.diff) return std::nullopt;
  const std::string text = read_file(app, *output.diff);
  try {
    return read_plan(text, *output.diff);
  } catch (const Error& error) {
    throw Error(
        error.kind(), error.what(),
        "--diff compares with a plan that gild plan --out saved, by this version of gild. Make it anew from the "
        "older manifests, or leave --diff out.");
  }
}

std::string render_for_programs(const Plan& plan, const PlanOutput& output, const std::optional<Plan>& older) {
  switch (output.format) {
    case PlanFormat::markdown: {
      const std::size_t most = output.max_bytes.value_or(kMarkdownBytes);
      // The plan itself keeps the larger part.
      const std::size_t for_since = std::min(most / 3, most - kLeastMarkdownBytes);
      return render_plan_markdown(
          plan, {most, output.verbose,
                 older ? render_difference_markdown(plan, {*older, *output.diff}, output.verbose, for_since)
                       : std::string{}});
    }
    case PlanFormat::html:
      return render_plan_html(plan, {output.verbose});
    case PlanFormat::gitlab:
      return render_plan_gitlab(plan);
    case PlanFormat::json:
    case PlanFormat::text:
      break;
  }
  return write_plan(plan);
}

std::string render_since(const Plan& plan, const PlanOutput& output, const std::optional<Plan>& older,
                         std::size_t width, const Style& style) {
  if (!older) return {};
  return "\n" + render_difference(plan, {*older, *output.diff}, {width, output.verbose}, style);
}

}  // namespace gild
