// SPDX-License-Identifier: Apache-2.0
#include "engine/store/file_lock.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/json_writer.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr Duration kPoll{200};
// Whoever asks "is it held?" holds it for a moment, shared; without this, that question could fail a lock of timeout 0.
constexpr Duration kGrace{60};
constexpr Duration kGracePoll{20};

std::string who(const LockHolder& holder) {
  if (holder.id.empty()) return "somebody else, who has not written down who it is";
  return fmt::format("{} on {} (process {}) since {}", escape_controls(holder.user), escape_controls(holder.host),
                     holder.pid, format_time(holder.since));
}

[[noreturn]] void fail_locked(const std::string& state, const LockHolder& holder) {
  std::string message = fmt::format("{} is locked by {}", escape_controls(state), who(holder));
  if (!holder.command.empty()) message += fmt::format(": {}", escape_controls(holder.command));
  throw Error(ErrorKind::locked, std::move(message),
              "Nothing was done. Run it again when that is over, or give --lock-timeout to wait for it, for example "
              "--lock-timeout 10m. The lock ends with its process, however that ends: there is nothing to remove.");
}

// The lock counts only where the path still leads to the locked file: somebody may have removed it in spite of all.
bool still_there(Disk& disk, const std::string& path, const DiskFile& file) {
  const auto current = disk.open(path, FileAccess::read);
  return current && current->identity() == file.identity();
}

}  // namespace

std::unique_ptr<FileLock> FileLock::acquire(Disk& disk, const std::string& path, const std::string& state, Clock& clock,
                                            LockHolder us, const LockWait& wait) {
  const Instant begin = clock.instant();
  const Instant deadline = begin + std::max(wait.at_most, kGrace);
  bool told = wait.at_most <= kGrace || !wait.tell;
  const Duration poll = wait.at_most > kGrace ? kPoll : kGracePoll;
  for (;;) {
    auto file = disk.open_or_create(path);
    if (file->try_lock(FileLockKind::exclusive)) {
      if (!still_there(disk, path, *file)) continue;
      std::unique_ptr<FileLock> lock{new FileLock(std::move(file))};
      us.since = clock.now();
      lock->file_->truncate(0);
      lock->file_->write(0, write_lock_record(us));
      return lock;
    }
    const Instant now = clock.instant();
    if (now >= deadline) fail_locked(state, read_lock_record(file->read()));
    if (!std::exchange(told, true)) wait.tell(read_lock_record(file->read()));
    file.reset();
    clock.sleep_until(std::min(deadline, now + poll), wait.stop);
    if (wait.stop.stop_requested()) throw Interrupted{};
  }
}

FileLock::~FileLock() {
  try {
    file_->truncate(0);
  } catch (...) {
    // The record stays as a leftover, which decides nothing. A destructor has nobody to tell.
  }
}

std::optional<LockHolder> FileLock::holder(Disk& disk, const std::string& path, std::optional<LockHolder>* leftover) {
  if (leftover != nullptr) leftover->reset();
  const auto file = disk.open(path, FileAccess::read);
  // Without a record nobody holds it, or will have written one in a moment: then it need not be asked, and nobody is
  // kept from locking by the question.
  if (!file || file->size() == 0) return std::nullopt;
  if (!file->try_lock(FileLockKind::shared)) return read_lock_record(file->read());
  const std::string record = file->read();
  if (leftover != nullptr && !record.empty()) *leftover = read_lock_record(record);
  return std::nullopt;
}

bool FileLock::clear_leftover(Disk& disk, const std::string& path) {
  const auto file = disk.open(path, FileAccess::write);
  if (!file || file->size() == 0 || !file->try_lock(FileLockKind::exclusive)) return false;
  // It may have been taken and given back since we looked.
  if (file->size() == 0) return false;
  file->truncate(0);
  return true;
}

std::string write_lock_record(const LockHolder& holder) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("id", holder.id);
  json.field("user", holder.user);
  json.field("host", holder.host);
  json.field("pid", holder.pid);
  json.field("command", holder.command);
  json.field("since", format_time(holder.since));
  json.end_object();
  return text + "\n";
}

LockHolder read_lock_record(std::string_view text) {
  try {
    JsonParser parser;
    const JsonValue json = parser.parse(text, "the lock's record");
    json.expect_keys({"id", "user", "host", "pid", "command", "since"});
    LockHolder holder;
    holder.id = json.string("id");
    holder.user = json.string("user");
    holder.host = json.string("host");
    holder.pid = json.integer("pid", 0, std::numeric_limits<std::int64_t>::max());
    holder.command = json.string("command");
    holder.since = parse_time(json.string("since")).value_or(Time{});
    return holder;
  } catch (const Error&) {
    // A record for people: whoever reads it in the moment it is written, or after a crash, sees half of one.
    return {};
  }
}

}  // namespace gild
