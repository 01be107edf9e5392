// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_output.hpp"

#include <fmt/format.h>

#include "cli/views/plan_counts.hpp"
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
  add_verbose(arguments, output.verbose, "show every desktop, and ids in full");
}

void check_plan_output(const PlanOutput& output) {
  if (!output.max_bytes) return;
  if (output.format != PlanFormat::markdown) {
    throw Error(ErrorKind::usage, "--max-bytes is about --format markdown, which alone leaves anything out.");
  }
  if (*output.max_bytes < kLeastMarkdownBytes) {
    throw Error(ErrorKind::usage, fmt::format("--max-bytes {} is too little: {} are needed for the verdict alone.",
                                              *output.max_bytes, grouped(kLeastMarkdownBytes)));
  }
}

std::string render_for_programs(const Plan& plan, const PlanOutput& output) {
  switch (output.format) {
    case PlanFormat::markdown:
      return render_plan_markdown(plan, {output.max_bytes.value_or(kMarkdownBytes), output.verbose});
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

}  // namespace gild
