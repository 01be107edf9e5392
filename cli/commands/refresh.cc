// SPDX-License-Identifier: Apache-2.0
// `gild refresh` and `gild drift`: one look, recorded or not.
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/refresh_text.hpp"
#include "engine/ops/refresh_op.hpp"

namespace gild {
namespace {

struct RefreshOptions {
  std::vector<std::string> paths;
  std::optional<std::string> state;
  Narrowing narrowing;
  OutputFormat format = OutputFormat::text;
  Duration lock_timeout{0};
  bool all = false;
  bool quiet = false;
  bool verbose = false;
};

void declare_common(Arguments& arguments, RefreshOptions& options) {
  add_paths(arguments, options.paths);
  add_state(arguments, options.state);
  add_narrowing(arguments, options.narrowing);
  arguments.flag("--all", options.all, "every desktop of the Workspaces, also those that no manifest names");
  add_format(arguments, options.format);
  add_verbose(arguments, options.verbose, "show every desktop, and ids in full");
}

void declare_refresh(Arguments& arguments, RefreshOptions& options) {
  declare_common(arguments, options);
  add_lock_timeout(arguments, options.lock_timeout);
  add_quiet(arguments, options.quiet, "print nothing but errors");
}

void declare_drift(Arguments& arguments, RefreshOptions& options) {
  declare_common(arguments, options);
  add_quiet(arguments, options.quiet, "print nothing but errors; the exit status tells");
}

using RefreshOperation = RefreshResult (*)(const OpDeps&, const RefreshRequest&, std::stop_token);

RefreshReport look(App& app, const RefreshOptions& options, RefreshKind kind, RefreshOperation operation) {
  const bool drift = kind == RefreshKind::drift;
  const Manifest manifest = require_manifest(app, options.paths, drift ? "nothing was read" : "nothing was refreshed");
  OpInputs inputs(app, options.state, drift ? "drift" : "refresh", options.lock_timeout);
  if (app.watch_signals) app.watch_signals(app.stop);
  RefreshResult result = operation(
      inputs.deps(), {manifest, options.all ? RefreshScope::everything : RefreshScope::named, options.narrowing},
      app.stop.get_token());
  if (options.format == OutputFormat::json) {
    app.out.write(write_refresh(result.report, kind));
  } else if (!options.quiet && !(result.failure && result.report.saw_nothing())) {
    app.out.write(render_refresh(result.report, {kind, app.out.width(), options.verbose}, app.style_of(app.out)));
  }
  if (result.failure) throw *result.failure;
  if (result.interrupted) throw Interrupted{};
  return std::move(result.report);
}

ExitCode refresh(App& app, const RefreshOptions& options) {
  (void)look(app, options, RefreshKind::refresh, refresh_op);
  return ExitCode::ok;
}

ExitCode drift(App& app, const RefreshOptions& options) {
  return look(app, options, RefreshKind::drift, drift_op).drift() ? ExitCode::changes_pending : ExitCode::ok;
}

}  // namespace

Command refresh_command() {
  return make_command<RefreshOptions>("refresh", "read the live desktops into the state", CommandGroup::watch,
                                      declare_refresh, refresh);
}

Command drift_command() {
  return make_command<RefreshOptions>("drift", "what refresh would change; writes nothing", CommandGroup::watch,
                                      declare_drift, drift);
}

}  // namespace gild
