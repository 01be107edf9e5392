// SPDX-License-Identifier: Apache-2.0
#include "engine/store/state_files.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/shell_word.hpp"
#include "engine/core/text.hpp"
#include "engine/store/journal_file.hpp"
#include "engine/store/journal_fold.hpp"

namespace gild {
namespace {

// A holder folds once at its end, so two folds in a row within one read are rare, and this many a sign of something
// else.
constexpr int kMostReads = 50;

struct Found {
  // Both stay what they are, also when others take their places; read only when it is their turn.
  std::unique_ptr<DiskFile> snapshot;
  std::unique_ptr<DiskFile> journal;
  HistoryIndex history;
};

bool same_file(const DiskFile* one, const DiskFile* other) {
  if (one == nullptr || other == nullptr) return one == other;
  return one->identity() == other->identity();
}

// Everything while one and the same snapshot was in place. The journal is moved away only after a newer snapshot has
// come, so what was opened in between continues this snapshot, wherever it is moved and whatever is appended to it.
Found read_files(Disk& disk, const StatePaths& paths) {
  for (int i = 0; i < kMostReads; ++i) {
    Found found;
    found.snapshot = disk.open(paths.state, FileAccess::read);
    found.journal = disk.open(paths.journal, FileAccess::read);
    found.history = list_history(disk, paths.history);
    if (same_file(found.snapshot.get(), disk.open(paths.state, FileAccess::read).get())) return found;
  }
  throw Error(ErrorKind::storage,
              fmt::format("{} was replaced {} times while it was read", escape_controls(paths.shown), kMostReads),
              "Find out which program writes it all the time, then run this again.");
}

std::string move_away(const std::string& path) {
  return fmt::format("    mv {} {}\n", shell_word(path), shell_word(path + ".damaged"));
}

// Reads the journal without folding it: damage to it is told before anything else that is wrong.
JournalExtent check_journal(const StatePaths& paths, const Found& found) {
  if (!found.journal) return {};
  return scan_journal_file(*found.journal, paths.journal, TornEnd::allowed, [](const JournalRecord&) {});
}

// Whether the history and the journal make a state without a snapshot. Only asked for an advice.
bool can_rebuild(Disk& disk, const Found& found, const JournalExtent& journal) {
  try {
    const std::optional<State> state = rebuild_from_history(disk, found.history);
    return state && (journal.empty() || journal.first <= state->serial + 1);
  } catch (const Error&) {
    return false;
  }
}

[[noreturn]] void fail_snapshot(Disk& disk, const StatePaths& paths, const Found& found, const JournalExtent& journal,
                                const std::string& what) {
  const std::string shown = escape_controls(paths.shown);
  if (can_rebuild(disk, found, journal)) {
    throw Error(
        ErrorKind::input, fmt::format("{} {}", shown, what),
        fmt::format("Nothing was changed. Its history and journal hold the whole state. Move the damaged file away, "
                    "and the next command puts the state together from them:\n\n{}",
                    move_away(paths.state)));
  }
  throw Error(
      ErrorKind::input, fmt::format("{} {}", shown, what),
      fmt::format("Nothing was changed. Put the file back from a backup or from Git. Without one, move it away and "
                  "begin a new state from what the desktops show; make sure in the service's console that no rebuild "
                  "runs, since gild does not know of it then:\n\n"
                  "    mkdir damaged-state && mv {}* damaged-state/\n    gild refresh\n",
                  shell_word(paths.state)));
}

State parse_snapshot(Disk& disk, const StatePaths& paths, const Found& found) {
  try {
    return read_state([&](std::uint64_t offset, std::span<char> into) { return found.snapshot->read(offset, into); },
                      paths.shown);
  } catch (Error& error) {
    if (error.kind() != ErrorKind::input) throw;  // the disk's
    const JournalExtent journal = check_journal(paths, found);
    if (!error.advice().empty()) throw;  // it knows better what to do: a newer format
    const std::string text = found.snapshot->read();
    if (text.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == std::string::npos) {
      fail_snapshot(disk, paths, found, journal, "is empty");
    }
    if (text.find("\"terraform_version\"") != std::string::npos) {
      throw Error(ErrorKind::input, fmt::format("{} is a state of Terraform or OpenTofu", escape_controls(paths.shown)),
                  "gild keeps a state of its own. Name another file with --state.");
    }
    fail_snapshot(disk, paths, found, journal, fmt::format("is no state that gild can read ({})", error.what()));
  }
}

[[noreturn]] void fail_missing(const StatePaths& paths, std::int64_t first) {
  const std::string shown = escape_controls(paths.shown);
  throw Error(
      ErrorKind::input, fmt::format("{} is missing, but its journal is there, from record {} on", shown, first),
      fmt::format("The journal holds what happened after the state was written, so it is of no use without it. Put "
                  "{} back from a backup or from Git. To begin anew instead, make sure in the service's console "
                  "that no rebuild runs, then move the journal away:\n\n{}",
                  shown, move_away(paths.journal)));
}

[[noreturn]] void fail_gap(Disk& disk, const StatePaths& paths, const Found& found, std::int64_t serial,
                           const JournalExtent& journal) {
  fail_snapshot(
      disk, paths, found, journal,
      fmt::format("is at serial {}, and its journal begins with record {}: the records in between are missing", serial,
                  journal.first));
}

// The history is written after the snapshot and never ahead of it. Going on from an older state would forget requests
// that were sent since, and give their serials to others.
void check_not_older(const StatePaths& paths, const StateFiles& files) {
  const std::int64_t newest = files.history.last().value_or(0);
  if (newest <= files.state.serial) return;
  const std::string older = shell_word(paths.state + ".older");
  throw Error(
      ErrorKind::input,
      fmt::format("{} is at serial {}, but its history goes on to {}: an older state was put in the place of a newer "
                  "one",
                  escape_controls(paths.shown), files.state.serial, newest),
      fmt::format("Going on from it would forget requests that were sent since. Move it away, and the next command "
                  "puts the newest state together from the history:\n\n    mv {0} {1}\n\n"
                  "If you want the older one all the same, push it after that:\n\n"
                  "    gild state push --force --state {0} {1}\n",
                  shell_word(paths.state), older));
}

// The state without the journal.
void read_base(Disk& disk, const StatePaths& paths, Found& found, StateFiles& files) {
  if (found.snapshot) {
    files.state = parse_snapshot(disk, paths, found);
    files.has_snapshot = true;
    files.snapshot_serial = files.state.serial;
    found.snapshot.reset();
    return;
  }
  const JournalExtent journal = check_journal(paths, found);
  if (auto rebuilt = rebuild_from_history(disk, found.history)) {
    files.state = std::move(*rebuilt);
  } else if (!journal.empty()) {
    fail_missing(paths, journal.first);
  }
}

StateFiles put_together(Disk& disk, const StatePaths& paths, Found found) {
  StateFiles files;
  files.has_journal = found.journal != nullptr;
  read_base(disk, paths, found, files);
  if (found.journal) {
    const std::int64_t serial = files.state.serial;
    JournalFold folded(files.state);
    files.journal = scan_journal_file(*found.journal, paths.journal, TornEnd::allowed,
                                      [&](const JournalRecord& record) { folded.take(record); });
    if (folded.is_gap(files.journal.first)) fail_gap(disk, paths, found, serial, files.journal);
    try {
      folded.finish();
    } catch (Error& error) {
      error.while_doing(
          fmt::format("folding {} into {}", escape_controls(paths.journal), escape_controls(paths.shown)));
      throw;
    }
  }
  files.history = std::move(found.history);
  check_not_older(paths, files);
  return files;
}

}  // namespace

StatePaths state_paths(Disk& disk, const std::string& path) {
  StatePaths paths;
  paths.shown = path;
  paths.state = disk.resolve(path);
  paths.journal = paths.state + ".journal";
  paths.lock = paths.state + ".lock";
  paths.history = paths.state + ".history";
  paths.folder = folder_of(paths.state);
  if (!disk.is_folder(paths.folder)) {
    throw Error(ErrorKind::storage,
                fmt::format("The folder of the state {} does not exist", escape_controls(paths.shown)),
                fmt::format("Check the path, or make the folder:\n\n    mkdir -p {}\n", shell_word(paths.folder)));
  }
  return paths;
}

StateFiles read_state_files(Disk& disk, const StatePaths& paths) {
  return put_together(disk, paths, read_files(disk, paths));
}

}  // namespace gild
