// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/inputs.hpp"
#include "cli/views/history_json.hpp"
#include "cli/views/history_text.hpp"
#include "engine/codec/journal_codec.hpp"
#include "engine/core/text.hpp"
#include "engine/ops/desktop_lookup.hpp"
#include "engine/ops/history_report.hpp"

namespace gild {
namespace {

struct HistoryOptions {
  std::optional<std::string> state;
  std::vector<GroupName> groups;
  std::vector<DesktopId> desktops;
  std::optional<std::string> since;
  std::optional<std::size_t> limit;
  OutputFormat format = OutputFormat::text;
  bool verbose = false;
};

void declare(Arguments& arguments, HistoryOptions& options) {
  add_state(arguments, options.state);
  arguments.values("--group", "NAME", options.groups, "only this group (repeatable)");
  arguments.values("--desktop", "ID", options.desktops, "the story of this desktop (repeatable)");
  arguments.value("--since", "TIME", options.since,
                  "nothing older: 90m, 12h, 7d, 2026-11-01 or 2026-11-01T20:00:00Z (UTC)");
  arguments.value("--limit", "N", options.limit, "only the newest N entries");
  add_format(arguments, options.format);
  add_verbose(arguments, options.verbose, "every record of the journal, with its evidence");
}

Time parse_since(const App& app, const std::string& text) {
  if (const auto age = parse_duration(text)) return app.clock.now() - std::chrono::ceil<std::chrono::seconds>(*age);
  if (const auto time = parse_time(text)) return *time;
  if (const auto day = parse_time(text + "T00:00:00Z")) return *day;
  throw Error(ErrorKind::usage, fmt::format("--since cannot be \"{}\".", escape_controls(text)),
              "Give how long ago (90m, 12h, 7d), a day (2026-11-01) or a time in UTC (2026-11-01T20:00:00Z).");
}

// A name that neither the history nor the state has is a slip, not an empty answer.
void check_known(const HistoryOptions& options, const HistoryNames& names, const State& state) {
  for (const GroupName& group : options.groups) {
    if (!names.groups.contains(group)) check_names(Narrowing{{group}, {}, {}}, state);
  }
  for (const DesktopId& id : options.desktops) {
    const bool known =
        std::any_of(names.desktops.begin(), names.desktops.end(), [&](const DesktopKey& key) { return key.id == id; });
    if (!known) check_names(Narrowing{{}, {}, {id}}, state);
  }
}

// The asked-for desktops, in every Workspace that has or had them.
std::vector<DesktopKey> keys_of(const HistoryOptions& options, const HistoryNames& names, const State& state) {
  std::vector<DesktopKey> keys;
  for (const DesktopId& id : options.desktops) {
    std::set<DesktopKey> found;
    for (const DesktopKey& key : names.desktops) {
      if (key.id == id) found.insert(key);
    }
    for (const auto& [key, desktop] : state.desktops) {
      if (key.id == id) found.insert(key);
    }
    keys.insert(keys.end(), found.begin(), found.end());
  }
  return keys;
}

std::string as_text(const App& app, const HistoryOptions& options, const std::vector<JournalRecord>& records,
                    const HistoryFilter& filter, const HistoryNames& names, const State& state) {
  const std::size_t width = app.out.width();
  const Style style = app.style_of(app.out);
  if (options.verbose) return render_records(tell_records(records, filter), width, style);
  if (options.desktops.empty()) return render_history(make_history(records, filter), width, style);
  const std::vector<ToldRecord> told = tell_records(records, filter);
  std::string out;
  for (const DesktopKey& key : keys_of(options, names, state)) {
    if (!out.empty()) out += '\n';
    out += render_story(told, key, state, width, style);
  }
  return out;
}

std::string as_json(const HistoryOptions& options, const std::vector<JournalRecord>& records,
                    const HistoryFilter& filter) {
  if (!options.verbose) return write_history(make_history(records, filter));
  std::string out;
  for (const ToldRecord& told : tell_records(records, filter)) out += write_record(*told.record) + "\n";
  return out;
}

ExitCode run(App& app, const HistoryOptions& options) {
  const std::unique_ptr<StateStore> store = open_state(app, options.state);
  const std::vector<JournalRecord> records = store->read_history();
  HistoryFilter filter{options.groups, options.desktops, std::nullopt, options.limit};
  if (options.since) filter.since = parse_since(app, *options.since);
  HistoryNames names;
  State state;
  if (!options.groups.empty() || !options.desktops.empty()) {
    names = names_in(records);
    state = look_at_state(app, *store);
    check_known(options, names, state);
  }
  if (options.format == OutputFormat::json) {
    app.out.write(as_json(options, records, filter));
    return ExitCode::ok;
  }
  const std::string text = as_text(app, options, records, filter, names, state);
  app.out.write(text.empty() ? std::string{records.empty() ? "Nothing has happened yet.\n" : "Nothing of that kind.\n"}
                             : text);
  return ExitCode::ok;
}

}  // namespace

Command history_command() {
  return make_command<HistoryOptions>("history", "who rebuilt what, when, and how it ended", CommandGroup::watch,
                                      declare, run);
}

}  // namespace gild
