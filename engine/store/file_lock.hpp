// SPDX-License-Identifier: Apache-2.0
// STATE.lock: who may write. An advisory flock, which the kernel ends with the process, and beside it, in the file, a
// readable record of who holds it. The file is never unlinked: two processes that lock two files of one name would both
// hold "the" lock.
//
// The record tells people; the lock alone decides. A record without a lock is what a holder left who was killed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/time.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/disk.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

class FileLock {
 public:
  // Throws Error(locked), naming the holder and `state`, where somebody else has it after that time;
  // Interrupted on a stop.
  static std::unique_ptr<FileLock> acquire(Disk& disk, const std::string& path, const std::string& state, Clock& clock,
                                           LockHolder us, const LockWait& wait);
  // Takes the record back and lets go.
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // As StateStore::holder() and clear_leftover_lock().
  static std::optional<LockHolder> holder(Disk& disk, const std::string& path, std::optional<LockHolder>* leftover);
  static bool clear_leftover(Disk& disk, const std::string& path);

 private:
  explicit FileLock(std::unique_ptr<DiskFile> file) : file_(std::move(file)) {}

  std::unique_ptr<DiskFile> file_;
};

// One line of JSON: {"id":…,"user":…,"host":…,"pid":…,"command":…,"since":…}
std::string write_lock_record(const LockHolder& holder);
// What can be read of it; an empty LockHolder where it is no such record, for example half of one.
LockHolder read_lock_record(std::string_view text);

}  // namespace gild
