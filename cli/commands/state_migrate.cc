// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/migrate_op.hpp"

namespace gild {
namespace {

struct StateMigrateOptions {
  std::optional<std::string> to;
  std::optional<std::string> state;
  Duration lock_timeout{0};
};

void declare(Arguments& arguments, StateMigrateOptions& options) {
  arguments.value("--to", "URL", options.to, "the new place, as --state takes it; required", ValueHint::file);
  add_state(arguments, options.state);
  add_lock_timeout(arguments, options.lock_timeout);
}

ExitCode run(App& app, const StateMigrateOptions& options) {
  if (!options.to) {
    throw Error(ErrorKind::usage, "gild state migrate needs --to URL", "It says where the state is to live.");
  }
  OpInputs inputs(app, options.state, "state migrate", options.lock_timeout);
  const std::unique_ptr<StateStore> target = app.open_state(*options.to);
  const MigrateRequest request{*target, inputs.store().describe(), target->describe()};
  const MigrateReport report = migrate_state(inputs.deps(), request);
  const std::size_t width = app.out.width();
  const std::string_view how = report.already   ? " already, since an earlier migration"
                               : report.resumed ? " now, where an earlier migration had been cut short"
                                                : " now";
  std::string out = wrap(fmt::format("The state lives in {}{}: {}, {} of history.", escape_controls(request.to), how,
                                     plural(report.desktops, "desktop"), plural(report.records, "record")),
                         width, "", "");
  out += wrap(fmt::format("{} keeps what was there, says where it went, and refuses to plan and apply. Saved plans are "
                          "stale. Name the new place in every pipeline:",
                          escape_controls(request.from)),
              width, "", "");
  out += fmt::format("\n    GILD_STATE={}\n", shell_word(request.to));
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_migrate_command() {
  return make_command<StateMigrateOptions>("state migrate", "take the state to another place", CommandGroup::watch,
                                           declare, run);
}

}  // namespace gild
