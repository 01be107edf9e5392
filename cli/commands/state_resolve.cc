// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/op_inputs.hpp"
#include "cli/views/desktop_text.hpp"
#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/state_ops.hpp"

namespace gild {
namespace {

struct StateResolveOptions {
  NamedDesktops desktops;
  std::optional<Resolution> as;
  std::optional<std::string> reason;
  std::optional<std::string> state;
  Duration lock_timeout{0};
};

void declare(Arguments& arguments, StateResolveOptions& options) {
  add_desktop_ids(arguments, options.desktops.ids, options.desktops.workspace);
  arguments.choice<std::optional<Resolution>>(
      "--as", "WHAT", options.as,
      {{"ready", Resolution::ready}, {"failed", Resolution::failed}, {"not-received", Resolution::not_received}},
      "what became of them: ready, failed or not-received (required)");
  arguments.value("--reason", "TEXT", options.reason, "how you know, for the journal (required)");
  add_state(arguments, options.state);
  add_lock_timeout(arguments, options.lock_timeout);
}

void check(const StateResolveOptions& options) {
  if (!options.as) {
    throw Error(ErrorKind::usage, "gild state resolve needs --as: what became of the desktops.",
                "Nothing was changed. One of these:\n\n"
                "    --as ready          the rebuild was carried out and the desktop is fine\n"
                "    --as failed         it was begun and did not end well: the next plan WIPES it again\n"
                "    --as not-received   it never began: the desktop is as it was, and the next plan may WIPE it");
  }
  if (!options.reason || options.reason->find_first_not_of(" \t\n") == std::string::npos) {
    throw Error(ErrorKind::usage, "gild state resolve needs --reason: how you know.",
                "Nothing was changed. Whoever asks gild history later why this desktop is as it is will read it.");
  }
}

// What the decision means for this desktop, and for the plans to come.
std::string consequence(const ResolvedDesktop& desktop, Resolution as, const Style& style) {
  const ShortIds whole({}, 0);
  const std::string image = describe_image(whole, desktop.after.image.image_id, desktop.after.image.revision);
  if (desktop.after.status == DesktopStatus::failed) {
    return fmt::format("recorded as failed{}; the next plan {} it again",
                       as == Resolution::not_received ? ", as it was before the request" : "", style.danger("WIPES"));
  }
  if (as == Resolution::ready) {
    return fmt::format("recorded as ready on {}; a plan that wants that leaves it alone", image);
  }
  return fmt::format("recorded as never sent for: it counts as ready on {}, and the next plan may {} it", image,
                     style.danger("WIPE"));
}

ExitCode run(App& app, const StateResolveOptions& options) {
  check(options);
  OpInputs inputs(app, options.state, "state resolve", options.lock_timeout);
  const std::vector<ResolvedDesktop> resolved =
      resolve_desktops(inputs.deps(), options.desktops, *options.as, *options.reason);
  const std::size_t width = app.out.width();
  const Style style = app.style_of(app.out);
  const ShortIds whole({}, 0);
  std::string out = fmt::format("Resolved as {}: {}\n", name_of(*options.as), plural(resolved.size(), "desktop"));
  for (const ResolvedDesktop& desktop : resolved) {
    out += wrap(fmt::format("{}, until now {}: {}.", describe_desktop(whole, desktop.key.id, desktop.after),
                            paint(style, desktop.before.status, name_of(desktop.before.status)),
                            consequence(desktop, *options.as, style)),
                width, "  ", "    ");
    if (!desktop.running_job) continue;
    out += wrap(fmt::format("{} the service accepted job {} for it, which is not known to have ended. gild does not "
                            "follow it for this desktop any more; if it still runs, it is wiping the disk now.",
                            style.warning("Warning:"), escape_controls(desktop.running_job->str())),
                width, "    ", "      ");
  }
  app.out.write(out);
  return ExitCode::ok;
}

}  // namespace

Command state_resolve_command() {
  return make_command<StateResolveOptions>("state resolve", "decide what became of desktops that gild cannot tell",
                                           CommandGroup::watch, declare, run);
}

}  // namespace gild
