// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/diagnostic_text.hpp"
#include "cli/views/validate_json.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  std::vector<std::string> guardrails;
  OutputFormat format = OutputFormat::text;
  bool quiet = false;
};

void declare(Arguments& arguments, ValidateOptions& options) {
  add_paths(arguments, options.paths);
  add_guardrails(arguments, options.guardrails);
  add_format(arguments, options.format);
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
  const ExitCode exit = loaded.diagnostics.has_errors() ? ExitCode::error : ExitCode::ok;
  if (options.format == OutputFormat::json) {
    app.out.write(write_validation(loaded.diagnostics, loaded.sources));
    return exit;
  }
  if (!loaded.diagnostics.empty()) {
    app.err.write(render_diagnostics(loaded.diagnostics, loaded.sources, app.sentence_width(), app.style_of(app.err)));
  }
  if (options.quiet) return exit;
  const std::string counts = count_problems(loaded.diagnostics, loaded.sources.size());
  const Style style = app.style_of(app.out);
  app.out.write(loaded.manifest ? fmt::format("{}: {}\n", loaded.diagnostics.empty() ? style.good(counts) : counts,
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
