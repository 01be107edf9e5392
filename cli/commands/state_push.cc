// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/layout.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/state_ops.hpp"

namespace gild {
namespace {

struct StatePushOptions {
  std::string file;
  bool force = false;
  std::optional<std::string> state;
  Duration lock_timeout{0};
};

void declare(Arguments& arguments, StatePushOptions& options) {
  arguments.positional("FILE", options.file, "the state to push, as gild state pull prints it; - is standard input",
                       ValueHint::file);
  arguments.flag("--force", options.force, "also another state, an older one, or one that went another way");
  add_state(arguments, options.state);
  add_lock_timeout(arguments, options.lock_timeout);
}

// A snapshot with a journal beside it is half a state: the newest requests are in the other half.
void check_no_journal(App& app, const std::string& path) {
  const auto journal = app.disk.open(app.disk.resolve(path) + ".journal", FileAccess::read);
  if (journal == nullptr || journal->size() == 0) return;
  throw Error(
      ErrorKind::input,
      fmt::format("{} is not all of its state: {}.journal beside it holds what happened since", escape_controls(path),
                  escape_controls(path)),
      fmt::format("Nothing was written. Push both as one:\n\n    {} > whole.json\n    gild state push whole.json",
                  CommandText("gild state pull").option("--state", path).str()));
}

PushRequest read_request(App& app, const StatePushOptions& options) {
  if (options.file == "-") return {read_state(app.in.read_all(), "standard input"), "The state", options.force};
  check_no_journal(app, options.file);
  return {read_state(read_file(app, options.file), options.file), escape_controls(options.file), options.force};
}

bool is_errored_state(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.rfind("errored.gild.state", 0) == 0;
}

ExitCode run(App& app, const StatePushOptions& options) {
  const PushRequest request = read_request(app, options);
  OpInputs inputs(app, options.state, "state push", options.lock_timeout);
  const PushReport report = push_state(inputs.deps(), request);
  const std::string store = escape_controls(inputs.store().describe());
  std::string out;
  if (report.same) {
    out = wrap(fmt::format("{} is what {} holds already, at serial {}. Nothing was written.", request.name, store,
                           report.serial),
               app.out.width(), "", "");
  } else {
    out = wrap(fmt::format("{} now holds it, at serial {}: {}. Compared with what it held before, {} new, {} recorded "
                           "differently and {} no longer recorded.",
                           store, report.serial, plural(report.desktops, "desktop"), grouped(report.added),
                           grouped(report.changed), grouped(report.removed)),
               app.out.width(), "", "");
  }
  if (is_errored_state(options.file)) {
    out += fmt::format("\nThe file has served its purpose:\n\n    {}\n", CommandText("rm").words({options.file}).str());
  }
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_push_command() {
  return make_command<StatePushOptions>("state push", "put another state in the place of this one", CommandGroup::watch,
                                        declare, run);
}

}  // namespace gild
