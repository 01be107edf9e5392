// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/layout.hpp"
#include "cli/views/status_text.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

struct StateUnlockOptions {
  std::optional<std::string> id;
  bool force = false;
  std::optional<std::string> state;
};

void declare(Arguments& arguments, StateUnlockOptions& options) {
  arguments.positional("ID", options.id, "only if the record has this id");
  arguments.flag("--force", options.force, "do not ask");
  add_state(arguments, options.state);
}

// A lock lives in its process and dies with it: there is no taking it away, and nobody may want to.
[[noreturn]] void fail_held(const std::string& store, const LockHolder& holder, Time now) {
  std::string advice =
      "Nothing was done. The lock belongs to that process and ends with it, however it ends; it cannot "
      "be taken away. Wait for it with --lock-timeout";
  advice += holder.pid > 0
                ? fmt::format(", or, on {}, ask it to stop in order:\n\n    kill -INT {}", holder.host, holder.pid)
                : std::string{"."};
  throw Error(
      ErrorKind::locked,
      fmt::format("{} is locked by {}; that process still runs", escape_controls(store), describe_holder(holder, now)),
      std::move(advice));
}

bool confirmed(App& app, const StateUnlockOptions& options) {
  if (options.force) return true;
  if (!app.in.is_terminal()) {
    throw Error(ErrorKind::usage, "gild state unlock asks, and standard input is no terminal.",
                fmt::format("Nothing was done. To forget the record without being asked:\n\n    {}",
                            CommandText("gild state unlock --force").option("--state", options.state).str()));
  }
  app.err.write("Forget this record? Only yes will do: ");
  const std::optional<std::string> answer = app.in.read_line(app.stop.get_token());
  app.err.write("\n");
  return answer == "yes";
}

ExitCode run(App& app, const StateUnlockOptions& options) {
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  std::optional<LockHolder> leftover;
  if (const auto holder = store->holder(&leftover)) fail_held(store->describe(), *holder, app.clock.now());
  const std::string name = escape_controls(store->describe());
  if (!leftover) {
    app.out.write(fmt::format("{} is not locked.\n", name));
    return ExitCode::ok;
  }
  if (options.id && *options.id != leftover->id) {
    throw Error(ErrorKind::usage,
                fmt::format("The lock's record has the id \"{}\", not \"{}\"", escape_controls(leftover->id),
                            escape_controls(*options.id)),
                "Nothing was done. Somebody else has held the lock since; look again with gild status.");
  }
  app.err.write(
      wrap(fmt::format("{} is not locked, but has the record of {}. That process is gone without having ended "
                       "in order. The record stops nobody.",
                       name, describe_holder(*leftover, app.clock.now())),
           app.err.width(), "", ""));
  if (!confirmed(app, options)) {
    app.out.write("The record was left as it is.\n");
    return ExitCode::error;
  }
  if (!store->clear_leftover_lock()) {
    // Between the two looks somebody took the lock, and may have given it back.
    if (const auto holder = store->holder(nullptr)) fail_held(store->describe(), *holder, app.clock.now());
  }
  app.out.write(wrap("The record is gone. What that run had under way is still in the state; gild apply follows it.",
                     app.out.width(), "", ""));
  return ExitCode::ok;
}

}  // namespace

Command state_unlock_command() {
  return make_command<StateUnlockOptions>("state unlock", "forget the lock record of a run that was killed",
                                          CommandGroup::watch, declare, run);
}

}  // namespace gild
