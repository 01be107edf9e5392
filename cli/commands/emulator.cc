// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/emulator.hpp"

#include "cli/commands/commands.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

void declare(Arguments& arguments, EmulatorOptions& options) {
  arguments.value("--listen", "ADDRESS:PORT", options.listen,
                  "where to listen (default 127.0.0.1:0: a port that is free)");
  arguments.value("--inventory", "FILE", options.inventory, "the tenant, as JSON (default: a small made-up one)",
                  ValueHint::file);
  arguments.value("--faults", "FILE", options.faults, "what is to go wrong, as JSON", ValueHint::file);
  arguments.value("--dir", "DIR", options.dir, "where to put its certificates (default: a temporary folder)",
                  ValueHint::folder);
  arguments.range("--job-seconds", "MIN..MAX", options.job_min, options.job_max,
                  "how long a rebuild takes, in seconds (default 3..12)");
}

ExitCode run(App& app, const EmulatorOptions& options) {
  if (app.watch_signals) app.watch_signals(app.stop);
  Emulator emulator(options);
  app.out.write(emulator.ready_line() + "\n");
  emulator.wait(app.stop.get_token());
  emulator.stop();
  return ExitCode::ok;  // a signal is how it is meant to end
}

}  // namespace

Command emulator_command() {
  return make_command<EmulatorOptions>("emulator", "the Workspace service on this machine, for trying things out",
                                       CommandGroup::tools, declare, run);
}

}  // namespace gild
