// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/desktop_json.hpp"
#include "cli/views/desktop_text.hpp"
#include "engine/ops/desktop_lookup.hpp"

namespace gild {
namespace {

struct StateShowOptions {
  std::vector<DesktopId> ids;
  std::optional<std::string> state;
  std::optional<WorkspaceName> workspace;
  OutputFormat format = OutputFormat::text;
};

void declare(Arguments& arguments, StateShowOptions& options) {
  add_desktop_ids(arguments, options.ids, options.workspace);
  add_state(arguments, options.state);
  add_format(arguments, options.format);
}

ExitCode run(App& app, const StateShowOptions& options) {
  const State state = look_at_state(app, *open_state(app, options.state));
  std::vector<DesktopKey> keys = find_desktops(state, options.ids, options.workspace);
  if (options.format == OutputFormat::json) {
    std::sort(keys.begin(), keys.end());
    std::vector<DesktopRow> rows;
    rows.reserve(keys.size());
    for (const DesktopKey& key : keys) rows.push_back({&key, &state.desktops.at(key)});
    app.out.write(write_desktops(state, rows));
    return ExitCode::ok;
  }
  std::string out;
  for (const DesktopKey& key : keys) {
    if (!out.empty()) out += '\n';
    out += render_desktop(state, key, app.clock.now(), app.out.width(), app.style_of(app.out));
  }
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_show_command() {
  return make_command<StateShowOptions>("state show", "show all that is recorded of a desktop", CommandGroup::watch,
                                        declare, run);
}

}  // namespace gild
