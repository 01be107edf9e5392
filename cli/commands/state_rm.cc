// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/desktop_text.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/state_ops.hpp"

namespace gild {
namespace {

struct StateRmOptions {
  NamedDesktops desktops;
  std::optional<std::string> state;
  Duration lock_timeout{0};
};

void declare(Arguments& arguments, StateRmOptions& options) {
  add_desktop_ids(arguments, options.desktops.ids, options.desktops.workspace);
  add_state(arguments, options.state);
  add_lock_timeout(arguments, options.lock_timeout);
}

ExitCode run(App& app, const StateRmOptions& options) {
  OpInputs inputs(app, options.state, "state rm", options.lock_timeout);
  const std::vector<StoredDesktop> removed = remove_desktops(inputs.deps(), options.desktops);
  const std::size_t width = app.out.width();
  const Style style = app.style_of(app.out);
  const ShortIds whole({}, 0);
  std::string out = fmt::format("Removed from the state, and nowhere else: {}\n", plural(removed.size(), "desktop"));
  bool doubtful = false;
  for (const auto& [key, record] : removed) {
    doubtful = doubtful || record.status != DesktopStatus::ready;
    out += wrap(fmt::format("{}: {}, {}", describe_desktop(whole, key.id, record),
                            paint(style, record.status, name_of(record.status)),
                            describe_image(whole, record.image.image_id, record.image.revision)),
                width, "  ", "    ");
  }
  out += '\n';
  out +=
      wrap(fmt::format("A plan whose manifests name {} takes {} for never seen: where the service then shows another "
                       "image than the wanted one, the disk is WIPED.",
                       removed.size() == 1 ? "it" : "one of them", removed.size() == 1 ? "it" : "that"),
           width, "", "");
  if (doubtful) {
    out += wrap(
        "That a rebuild did not end well is forgotten too: from now on the image that the service shows is "
        "believed.",
        width, "", "");
  }
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_rm_command() {
  return make_command<StateRmOptions>("state rm", "forget desktops, for example deleted ones", CommandGroup::watch,
                                      declare, run);
}

}  // namespace gild
