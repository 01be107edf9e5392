// SPDX-License-Identifier: Apache-2.0
#include "engine/store/file_state_store.hpp"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/file_lock.hpp"
#include "engine/store/journal_file.hpp"
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

State FileStateStore::read(const StateScope&) {
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
    scan_journal_file(*file, paths.journal, TornEnd::allowed, [&](JournalRecord&& record) {
      if (record.serial > newest) records.push_back(std::move(record));
    });
    return records;
  }
}

std::vector<LockHolder> FileStateStore::lock_holders(LockLook) {
  std::optional<LockHolder> left;
  const std::string lock = state_paths(disk_, path_).lock;
  if (std::optional<LockHolder> holder = FileLock::holder(disk_, lock, &left)) return {std::move(*holder)};
  if (!left) return {};
  left->hold = LockHold::gone;
  return {std::move(*left)};
}

std::unique_ptr<LockedState> FileStateStore::lock(const Began& who, const LockWait& wait, const StateScope&) {
  StatePaths paths = state_paths(disk_, path_);
  LockHolder us{make_uuid_(), who.user, who.host, ::getpid(), who.command, {}, {}, {}, LockHold::process};
  auto lock = FileLock::acquire(disk_, paths.lock, paths.shown, clock_, std::move(us), wait);
  return std::make_unique<LockedFileState>(disk_, clock_, std::move(paths), std::move(lock), who, make_uuid_);
}

bool FileStateStore::unlock(const std::string& id) {
  for (const LockHolder& holder : lock_holders()) {
    if (holder.id != id) continue;
    if (holder.hold == LockHold::gone) return FileLock::clear_leftover(disk_, state_paths(disk_, path_).lock);
    throw Error(ErrorKind::locked, fmt::format("{} is locked by a process that still runs", escape_controls(path_)),
                "Nothing was done. The lock belongs to that process and ends with it; it cannot be taken away.");
  }
  return false;
}

std::unique_ptr<StateStore> open_file_state_store(std::string path, Clock& clock) {
  return std::make_unique<LocalStateStore>(std::move(path), clock);
}

}  // namespace gild
