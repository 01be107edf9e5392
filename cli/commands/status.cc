// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "cli/command_text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/status_json.hpp"
#include "cli/views/status_text.hpp"
#include "cli/views/watch_text.hpp"
#include "engine/ops/state_scope.hpp"
#include "engine/ops/status_report.hpp"

namespace gild {
namespace {

struct StatusOptions {
  std::optional<std::string> state;
  Narrowing narrowing;
  OutputFormat format = OutputFormat::text;
  bool verbose = false;
  bool watch = false;
  Duration interval{-1};  // not given
};

constexpr Duration kInterval = std::chrono::seconds{5};
constexpr Duration kLeastInterval = std::chrono::seconds{1};
// How long nobody may follow what is under way before the watch ends: a run that lost its database for a moment holds
// its lock again within 90 s.
constexpr Duration kAlone = std::chrono::minutes{2};

void declare(Arguments& arguments, StatusOptions& options) {
  add_state(arguments, options.state);
  arguments.values("--group", "NAME", options.narrowing.groups, "only this group (repeatable)");
  arguments.values("--exclude-group", "NAME", options.narrowing.exclude_groups, "not this group (repeatable)");
  add_format(arguments, options.format);
  add_verbose(arguments, options.verbose, "show every desktop, and ids in full");
  arguments.flag("--watch", options.watch, "look again and again until nothing is under way");
  arguments.value("--interval", "D", options.interval, "time between two looks of --watch, e.g. 30s (default 5s)");
}

struct Look {
  // Who holds the lock first: what that run does meanwhile is then in the state, never the other way round.
  Look(StateStore& from, const Narrowing& narrowing)
      : store(from.describe()),
        shows_holders(from.shows_holders()),
        holders(from.lock_holders()),
        state(from.read()),
        report(make_status(state, narrowing)) {}
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  std::string store;
  bool shows_holders;
  std::vector<LockHolder> holders;
  State state;
  StatusReport report;  // points into the state
};

std::string render(App& app, const StatusOptions& options, const Look& look) {
  return render_status({look.state, look.report, look.store, CommandText("").option("--state", options.state).str(),
                        look.holders, app.clock.now(), app.out.width(), options.verbose, look.shows_holders},
                       app.style_of(app.out));
}

// Locks of groups that are not watched say nothing about those that are.
std::vector<LockHolder> holders_of_interest(const std::vector<LockHolder>& all, const Narrowing& narrowing) {
  std::vector<LockHolder> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const LockHolder& holder) {
    const bool covers =
        holder.groups.empty() || std::any_of(holder.groups.begin(), holder.groups.end(),
                                             [&](const GroupName& group) { return narrowing.takes(group); });
    return holder.hold != LockHold::gone && covers;
  });
  return out;
}

std::string nobody_follows(const StatusOptions& options) {
  const CommandText command = CommandText("gild apply").option("--state", options.state).narrowing(options.narrowing);
  return fmt::format("Nobody follows what is under way: no run holds the lock. Follow it, and go on:\n\n    {}\n",
                     command.str());
}

// What is on the terminal is written over; elsewhere lines follow each other.
class WatchDisplay {
 public:
  explicit WatchDisplay(App& app) : app_(app), redraws_(app.can_redraw(app.out)) {}

  void show(const WatchLook& look) {
    if (!redraws_) {
      for (const std::string& line : lines_.take(look)) app_.out.write(line + "\n");
      return;
    }
    std::string text = up();
    const std::vector<std::string> lines = render_watch(look, app_.out.width(), kRows, app_.style_of(app_.out));
    for (const std::string& line : lines) text += line + "\n";
    drawn_ = lines.size();
    app_.out.write(text);
  }
  // In place of the picture, or after the lines.
  void end(const std::string& on_terminal, const std::string& elsewhere) {
    app_.out.write(redraws_ ? up() + on_terminal : elsewhere);
  }

 private:
  static constexpr std::size_t kRows = 12;

  std::string up() const { return drawn_ > 0 ? fmt::format("\x1b[{}A\r\x1b[J", drawn_) : std::string{}; }

  App& app_;
  bool redraws_;
  WatchLines lines_;
  std::size_t drawn_ = 0;  // lines on the screen
};

// Since when nobody has held the lock and nothing was recorded.
struct Quiet {
  std::int64_t serial = 0;
  Instant since{};
};

ExitCode watch(App& app, const StatusOptions& options) {
  const Duration interval = options.interval < Duration{0} ? kInterval : options.interval;
  if (app.watch_signals) app.watch_signals(app.stop);
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  WatchDisplay display(app);
  std::optional<Quiet> quiet;  // as the last look saw it
  for (;;) {
    const Look look(*store, options.narrowing);
    check_lives_here(look.state, look.store);
    const std::vector<LockHolder> holders = holders_of_interest(look.holders, options.narrowing);
    display.show({look.state, look.report, look.store, holders, app.clock.now(), look.shows_holders});
    const bool open = look.report.under_way();
    const bool goes_on = !holders.empty() || (open && !look.shows_holders);
    const Instant now = app.clock.instant();
    const bool as_before = !goes_on && quiet && quiet->serial == look.state.serial;
    if (as_before && open && now - quiet->since >= kAlone) {
      display.end(render(app, options, look), nobody_follows(options));
      return ExitCode::incomplete;
    }
    // Some stores do not show who holds their lock, and between two requests nothing is open: one look is too few.
    if (as_before && !open) {
      const bool unfinished = look.report.unfinished();
      display.end(render(app, options, look), unfinished
                                                  ? "Nothing is under way, and not all is done: see gild status.\n"
                                                  : "Nothing is under way, and no desktop needs anybody.\n");
      return unfinished ? ExitCode::incomplete : ExitCode::ok;
    }
    if (goes_on) {
      quiet.reset();
    } else if (!as_before) {
      quiet = Quiet{look.state.serial, now};
    }
    app.clock.sleep_until(app.clock.instant() + interval, app.stop.get_token());
    if (app.stop.stop_requested()) throw Interrupted{};
  }
}

void check(const StatusOptions& options) {
  const std::string advice = "See what it takes:\n\n    gild status --help";
  if (!options.watch) {
    if (options.interval >= Duration{0}) {
      throw Error(ErrorKind::usage, "--interval is of use with --watch only.", advice);
    }
    return;
  }
  if (options.format == OutputFormat::json) {
    throw Error(ErrorKind::usage, "--watch writes for people, and --format json is one document.",
                "Programs ask as often as they like:\n\n    gild status --format json");
  }
  if (options.interval >= Duration{0} && options.interval < kLeastInterval) {
    throw Error(ErrorKind::usage, "--interval needs at least 1 second: the state's server has others to serve.",
                advice);
  }
}

ExitCode run(App& app, const StatusOptions& options) {
  check(options);
  if (options.watch) return watch(app, options);
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  const Look look(*store, options.narrowing);
  warn_if_moved(app, look.state, *store);
  app.out.write(options.format == OutputFormat::json ? write_status({look.state, look.report, look.store, look.holders})
                                                     : render(app, options, look));
  return ExitCode::ok;
}

}  // namespace

Command status_command() {
  return make_command<StatusOptions>("status", "how far every group is, and what is in the way", CommandGroup::watch,
                                     declare, run);
}

}  // namespace gild
