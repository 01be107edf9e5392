// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/source_paths.hpp"
#include "cli/views/diagnostic_text.hpp"
#include "cli/views/validate_github.hpp"
#include "cli/views/validate_json.hpp"
#include "cli/views/validate_sarif.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

enum class ValidateFormat { text, json, github, sarif };

struct ValidateOptions {
  std::vector<std::string> paths;
  std::vector<std::string> guardrails;
  ValidateFormat format = ValidateFormat::text;
  bool quiet = false;
};

void declare(Arguments& arguments, ValidateOptions& options) {
  add_paths(arguments, options.paths);
  add_guardrails(arguments, options.guardrails);
  arguments.choice<ValidateFormat>(
      "--format", "FORMAT", options.format,
      {{"text", ValidateFormat::text},
       {"json", ValidateFormat::json},
       {"github", ValidateFormat::github},
       {"sarif", ValidateFormat::sarif}},
      "text for people (the default), json for programs, github for marks on the lines of a "
      "pull request, or sarif for code scanning");
  add_quiet(arguments, options.quiet, "print problems only, no summary");
}

// "2 Workspaces and 5 groups with 412 desktops"
std::string describe(const Manifest& manifest) {
  std::size_t desktops = 0;
  for (const DesktopGroup& group : manifest.groups) desktops += group.desktops.size();
  return fmt::format("{} and {} with {}", plural(manifest.workspaces.size(), "Workspace"),
                     plural(manifest.groups.size(), "group"), plural(desktops, "desktop"));
}

ExitCode run(App& app, const ValidateOptions& options) {
  require_guardrails(app, options.guardrails, "the manifests were not looked at");
  const LoadedManifest loaded = load_manifest(options.paths.empty() ? std::vector<std::string>{"."} : options.paths);
  const Diagnostics& problems = loaded.diagnostics;
  const ExitCode exit = problems.has_errors() ? ExitCode::error : ExitCode::ok;
  switch (options.format) {
    case ValidateFormat::json:
      app.out.write(write_validation(problems, loaded.sources));
      return exit;
    case ValidateFormat::sarif:
      app.out.write(write_sarif(problems, loaded.sources, repository_paths(app)));
      return exit;
    case ValidateFormat::github:
      app.out.write_command(render_workflow_commands(problems, loaded.sources, repository_paths(app)));
      break;
    case ValidateFormat::text:
      if (problems.empty()) break;
      app.err.write(render_diagnostics(problems, loaded.sources, app.sentence_width(), app.style_of(app.err)));
      break;
  }
  if (options.quiet) return exit;
  const std::string counts = count_problems(problems, loaded.sources.size());
  const Style style = app.style_of(app.out);
  app.out.write(loaded.manifest ? fmt::format("{}: {}\n", problems.empty() ? style.good(counts) : counts,
                                              describe(*loaded.manifest))
                                : fmt::format("{}\n", style.error(counts)));
  return exit;
}

}  // namespace

Command validate_command() {
  return make_command<ValidateOptions>("validate", "check manifests; needs no state", CommandGroup::describe, declare,
                                       run);
}

}  // namespace gild
