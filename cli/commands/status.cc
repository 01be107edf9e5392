// SPDX-License-Identifier: Apache-2.0
#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/status_json.hpp"
#include "cli/views/status_text.hpp"
#include "engine/ops/status_report.hpp"

namespace gild {
namespace {

struct StatusOptions {
  std::optional<std::string> state;
  Narrowing narrowing;
  OutputFormat format = OutputFormat::text;
  bool verbose = false;
};

void declare(Arguments& arguments, StatusOptions& options) {
  add_state(arguments, options.state);
  arguments.values("--group", "NAME", options.narrowing.groups, "only this group (repeatable)");
  arguments.values("--exclude-group", "NAME", options.narrowing.exclude_groups, "not this group (repeatable)");
  add_format(arguments, options.format);
  add_verbose(arguments, options.verbose, "show every desktop, and ids in full");
}

ExitCode run(App& app, const StatusOptions& options) {
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  // Who holds the lock first: what that run does meanwhile is then in the state, never the other way round.
  const std::vector<LockHolder> holders = store->lock_holders();
  const State state = store->read();
  const StatusReport report = make_status(state, options.narrowing);
  if (options.format == OutputFormat::json) {
    app.out.write(write_status({state, report, store->describe(), holders}));
    return ExitCode::ok;
  }
  app.out.write(render_status({state, report, store->describe(), CommandText("").option("--state", options.state).str(),
                               holders, app.clock.now(), app.out.width(), options.verbose},
                              app.style_of(app.out)));
  return ExitCode::ok;
}

}  // namespace

Command status_command() {
  return make_command<StatusOptions>("status", "how far every group is, and what is in the way", CommandGroup::watch,
                                     declare, run);
}

}  // namespace gild
