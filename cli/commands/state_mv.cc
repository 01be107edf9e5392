// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/state_ops.hpp"

namespace gild {
namespace {

struct StateMvOptions {
  NamedDesktops desktops;
  std::optional<GroupName> group;
  std::optional<std::string> state;
  Duration lock_timeout{0};
};

void declare(Arguments& arguments, StateMvOptions& options) {
  add_desktop_ids(arguments, options.desktops.ids, options.desktops.workspace);
  arguments.value("--to-group", "NAME", options.group, "the group they belong to from now on; required");
  add_state(arguments, options.state);
  add_lock_timeout(arguments, options.lock_timeout);
}

ExitCode run(App& app, const StateMvOptions& options) {
  if (!options.group) {
    throw Error(ErrorKind::usage, "gild state mv needs --to-group NAME",
                "It says which group the desktops belong to from now on.");
  }
  OpInputs inputs(app, options.state, "state mv", options.lock_timeout);
  const std::vector<StoredDesktop> moved = regroup_desktops(inputs.deps(), options.desktops, *options.group);
  const std::string group = escape_controls(options.group->str());
  if (moved.empty()) {
    app.out.write(fmt::format("All of them are in group {} already.\n", group));
    return ExitCode::ok;
  }
  std::string out =
      fmt::format("Moved to group {} in the state, and nowhere else: {}\n", group, plural(moved.size(), "desktop"));
  for (const auto& [key, record] : moved) {
    out += fmt::format("  {}  from {}\n", escape_controls(key.id.str()),
                       record.group ? "group " + escape_controls(record.group->str()) : std::string{"no group"});
  }
  out += "\n" + wrap(
                    "Move them in the manifests too: what a plan does is decided by the group that names a desktop "
                    "there.",
                    app.out.width(), "", "");
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_mv_command() {
  return make_command<StateMvOptions>("state mv", "move desktops to another group", CommandGroup::watch, declare, run);
}

}  // namespace gild
