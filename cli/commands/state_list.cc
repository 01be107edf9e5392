// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/desktop_csv.hpp"
#include "cli/views/desktop_json.hpp"
#include "cli/views/desktop_text.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

enum class ListFormat { text, json, csv };

struct StateListOptions {
  std::optional<std::string> state;
  Narrowing narrowing;
  std::vector<DesktopStatus> statuses;
  ListFormat format = ListFormat::text;
};

std::vector<std::pair<std::string, DesktopStatus>> status_words() {
  std::vector<std::pair<std::string, DesktopStatus>> words;
  for (const DesktopStatus status : {DesktopStatus::ready, DesktopStatus::rebuilding, DesktopStatus::settling,
                                     DesktopStatus::failed, DesktopStatus::unhealthy, DesktopStatus::unknown}) {
    words.emplace_back(name_of(status), status);
  }
  return words;
}

void declare(Arguments& arguments, StateListOptions& options) {
  add_state(arguments, options.state);
  add_narrowing(arguments, options.narrowing);
  arguments.choices<DesktopStatus>("--status", "STATUS", options.statuses, status_words(),
                                   "only desktops in this status (repeatable)");
  arguments.choice<ListFormat>("--format", "FORMAT", options.format,
                               {{"text", ListFormat::text}, {"json", ListFormat::json}, {"csv", ListFormat::csv}},
                               "text for people (the default), json for programs, or csv for spreadsheets");
}

ExitCode run(App& app, const StateListOptions& options) {
  const State state = look_at_state(app, *open_state(app, options.state));
  check_names(options.narrowing, state);
  std::vector<DesktopRow> rows;
  for (const auto& [key, desktop] : state.desktops) {
    const bool wanted = options.statuses.empty() || std::find(options.statuses.begin(), options.statuses.end(),
                                                              desktop.status) != options.statuses.end();
    if (wanted && options.narrowing.takes(desktop.group, key.id)) rows.push_back({&key, &desktop});
  }
  switch (options.format) {
    case ListFormat::text:
      app.out.write(
          render_desktop_table(rows, image_ids(state, IdLength::cut), app.out.width(), app.style_of(app.out)));
      break;
    case ListFormat::json:
      app.out.write(write_desktops(state, rows));
      break;
    case ListFormat::csv:
      app.out.write(write_desktops_csv(rows));
      break;
  }
  return ExitCode::ok;
}

}  // namespace

Command state_list_command() {
  return make_command<StateListOptions>("state list", "list the desktops that are recorded", CommandGroup::watch,
                                        declare, run);
}

}  // namespace gild
