// SPDX-License-Identifier: Apache-2.0
#include "engine/store/file_state_store.hpp"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/file_lock.hpp"
#include "engine/store/locked_file_state.hpp"
#include "engine/store/posix_disk.hpp"
#include "engine/store/state_files.hpp"

namespace gild {
namespace {

// Base from member: the disk must be there before the store that refers to it.
struct OwnDisk {
  PosixDisk disk;
};
class LocalStateStore : private OwnDisk, public FileStateStore {
 public:
  LocalStateStore(std::string path, Clock& clock) : FileStateStore(std::move(path), clock, disk) {}
};

}  // namespace

FileStateStore::FileStateStore(std::string path, Clock& clock, Disk& disk, UuidSource make_uuid)
    : path_(std::move(path)), clock_(clock), disk_(disk), make_uuid_(std::move(make_uuid)) {}

State FileStateStore::read() {
  return read_state_files(disk_, state_paths(disk_, path_)).state;
}

std::vector<JournalRecord> FileStateStore::read_history() {
  const StatePaths paths = state_paths(disk_, path_);
  for (;;) {
    const HistoryIndex before = list_history(disk_, paths.history);
    const auto file = disk_.open(paths.journal, FileAccess::read);
    // A journal that moves while we look is in both places, or in neither: then the list has changed.
    const HistoryIndex index = list_history(disk_, paths.history);
    if (index != before) continue;
    std::vector<JournalRecord> records = read_segments(disk_, index);
    if (!file) return records;
    const std::int64_t newest = records.empty() ? 0 : records.back().serial;
    for (JournalRecord& record : read_journal_file(*file, paths.journal).records) {
      if (record.serial > newest) records.push_back(std::move(record));
    }
    return records;
  }
}

std::optional<LockHolder> FileStateStore::holder(std::optional<LockHolder>* leftover) {
  return FileLock::holder(disk_, state_paths(disk_, path_).lock, leftover);
}

std::unique_ptr<LockedState> FileStateStore::lock(const Began& who, const LockWait& wait) {
  StatePaths paths = state_paths(disk_, path_);
  LockHolder us{make_uuid_(), who.user, who.host, ::getpid(), who.command, {}};
  auto lock = FileLock::acquire(disk_, paths.lock, paths.shown, clock_, std::move(us), wait);
  return std::make_unique<LockedFileState>(disk_, clock_, std::move(paths), std::move(lock), who, make_uuid_);
}

bool FileStateStore::clear_leftover_lock() {
  return FileLock::clear_leftover(disk_, state_paths(disk_, path_).lock);
}

std::unique_ptr<StateStore> open_state_store(std::string_view url, Clock& clock) {
  constexpr std::string_view kFile = "file:";
  std::string_view path = url;
  if (path.starts_with(kFile)) {
    path.remove_prefix(kFile.size());
    // file:///path has an empty host; file://host/path would be on another machine.
    if (path.starts_with("///")) path.remove_prefix(2);
  }
  const std::size_t scheme = path.find("://");
  if (scheme != std::string_view::npos || path.starts_with("//")) {
    // The rest of a URL may hold a password.
    const std::string where = scheme == std::string_view::npos
                                  ? "on another machine"
                                  : "at " + escape_controls(path.substr(0, scheme)) + "://…";
    throw Error(ErrorKind::usage, fmt::format("This version keeps its state in a local file only, not {}", where),
                "Give a path or file:PATH to --state (or GILD_STATE).");
  }
  if (path.empty() || path.ends_with('/')) {
    throw Error(ErrorKind::usage, fmt::format("\"{}\" names no file for the state", escape_controls(url)),
                "Give a path or file:PATH to --state (or GILD_STATE), for example gild.state.json.");
  }
  return std::make_unique<LocalStateStore>(std::string(path), clock);
}

}  // namespace gild
