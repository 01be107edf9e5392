// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/version.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

struct StatePullOptions {
  std::optional<std::string> state;
};

void declare(Arguments& arguments, StatePullOptions& options) {
  add_state(arguments, options.state);
}

ExitCode run(App& app, const StatePullOptions& options) {
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  const State state = look_at_state(app, *store);
  if (state.lineage.empty()) {
    throw Error(ErrorKind::input, fmt::format("Nothing is stored in {}", escape_controls(store->describe())),
                "Check --state (or GILD_STATE). gild refresh makes a state where there is none.");
  }
  app.out.write(write_state(state, version()));
  return ExitCode::ok;
}

}  // namespace

Command state_pull_command() {
  return make_command<StatePullOptions>("state pull", "print the whole state, journal included", CommandGroup::watch,
                                        declare, run);
}

}  // namespace gild
