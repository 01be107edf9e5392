// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

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

bool confirmed(App& app, const StateUnlockOptions& options, const std::string& question) {
  if (options.force) return true;
  if (!app.in.is_terminal()) {
    throw Error(ErrorKind::usage, "gild state unlock asks, and standard input is no terminal.",
                fmt::format("Nothing was done. To do it without being asked:\n\n    {}",
                            CommandText("gild state unlock --force").option("--state", options.state).str()));
  }
  app.err.write(question + " Only yes will do: ");
  const std::optional<std::string> answer = app.in.read_line(app.stop.get_token());
  app.err.write("\n");
  return answer == "yes";
}

// The one that is meant: with the id that was given, else the only one.
LockHolder choose(const std::vector<LockHolder>& holders, const StateUnlockOptions& options, Time now) {
  const auto found = std::find_if(holders.begin(), holders.end(),
                                  [&](const LockHolder& holder) { return !options.id || holder.id == *options.id; });
  const bool one = options.id || holders.size() == 1;
  if (found != holders.end() && one) return *found;
  std::string known;
  for (const LockHolder& holder : holders) {
    known += fmt::format("\n    {}  {}", escape_controls(holder.id), describe_holder(holder, now));
  }
  if (options.id) {
    throw Error(ErrorKind::usage, fmt::format("No lock has the id \"{}\"", escape_controls(*options.id)),
                "Nothing was done. Somebody else has held it since. What there is now:\n" + known);
  }
  throw Error(ErrorKind::usage, "More than one run holds a part of this state",
              "Nothing was done. Say which one is meant by its id:\n" + known);
}

ExitCode run(App& app, const StateUnlockOptions& options) {
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  const std::string name = escape_controls(store->describe());
  const std::vector<LockHolder> holders = store->lock_holders(LockLook::probing);
  if (holders.empty()) {
    app.out.write(fmt::format("{} is not locked.\n", name));
    return ExitCode::ok;
  }
  const Time now = app.clock.now();
  const LockHolder holder = choose(holders, options, now);
  const auto say = [&](const std::string& text) { app.err.write(wrap(text, app.err.width(), "", "")); };
  switch (holder.hold) {
    case LockHold::process:
      fail_held(store->describe(), holder, now);
    case LockHold::gone:
      say(
          fmt::format("{} is not locked, but has the record of {}. That process is gone without having ended in order. "
                      "The record stops nobody.",
                      name, describe_holder(holder, now)));
      if (confirmed(app, options, "Forget this record?")) break;
      app.out.write("The record was left as it is.\n");
      return ExitCode::error;
    case LockHold::lease:
      say(
          fmt::format("{} is locked by {}. Taking the lock away stops that run: it can record nothing more and sends "
                      "nothing more. Do it only where that run has certainly ended or hangs.",
                      name, describe_holder(holder, now)));
      if (confirmed(app, options, "Take the lock away?")) break;
      app.out.write("The lock was left as it is.\n");
      return ExitCode::error;
  }
  if (!store->unlock(holder.id)) {
    app.out.write(wrap("It has ended by itself meanwhile; nothing was done.", app.out.width(), "", ""));
    return ExitCode::ok;
  }
  const std::string_view done = holder.hold == LockHold::gone ? "The record is gone." : "The lock is free.";
  app.out.write(wrap(fmt::format("{} What that run had under way is still in the state; gild apply follows it.", done),
                     app.out.width(), "", ""));
  return ExitCode::ok;
}

}  // namespace

Command state_unlock_command() {
  return make_command<StateUnlockOptions>("state unlock", "forget the lock record of a run that was killed",
                                          CommandGroup::watch, declare, run);
}

}  // namespace gild
