// SPDX-License-Identifier: Apache-2.0
// The lock on a part of a state in PostgreSQL, or on all of it: advisory locks of one session, which end with it, and
// the id of the locking in the rows of the groups, by which every write finds out whether the lock is still its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/seams/clock.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/postgres/connection.hpp"
#include "engine/store/postgres/state_rows.hpp"

namespace gild {

// Throws Error(refused) where a pooler gives each transaction to another session, as PgBouncer does in transaction
// mode: a lock of a session would be anybody's then. Writes nothing.
void check_own_session(PostgresConnection& connection, const PostgresAddress& address);

// Settings of a session that holds a lock.
void prepare_session(PostgresConnection& connection);

// Who has written down that they hold a part of this state. Those that hold it come first.
std::vector<LockHolder> read_holders(PostgresConnection& connection, const StateHead& head);

class PostgresLock {
 public:
  // `scope` of the state `head`. Waits as long as `wait` says; throws Error(locked), naming the holder.
  PostgresLock(PostgresAddress address, std::unique_ptr<PostgresConnection> connection, StateHead head,
               const StateScope& scope, LockHolder us, Clock& clock, const LockWait& wait);
  // Gives it back.
  ~PostgresLock();
  PostgresLock(const PostgresLock&) = delete;
  PostgresLock& operator=(const PostgresLock&) = delete;

  PostgresConnection& connection() { return *connection_; }
  const std::string& id() const { return us_.id; }
  bool whole() const { return whole_; }
  const GroupNames& groups() const { return groups_; }  // nothing where it is whole

  // Within a transaction: holds the rows of the fence until it ends. Throws Error(storage) where the lock was taken
  // away.
  void fence();
  // The session is alive and has its locks.
  void prove();
  // After the session was lost: connects again, for as long as the server may take to restart, and takes the same
  // locks. That they can be had proves that the old session has ended, and the fence that nobody had them meanwhile.
  // Throws Error(storage) where that fails; the lock is lost then.
  void recover();

  // One of us at a time: between claim() and release_claims().
  void claim(const WorkspaceName& workspace);
  void release_claims();
  bool has_claims() const { return !claims_.empty(); }

  // The next numbers for records: from the first up to, without, the second.
  std::pair<std::int64_t, std::int64_t> take_serials();
  // Those from `unused` up to `end` were not needed.
  void give_back(std::int64_t unused, std::int64_t end);

 private:
  bool try_groups(const GroupNames& groups);
  void take(const StateScope& scope, const LockWait& wait);
  void write_down();
  [[noreturn]] void fail_locked(const std::optional<LockHolder>& holder) const;
  std::optional<LockHolder> in_the_way(const GroupNames& groups);

  PostgresAddress address_;
  std::unique_ptr<PostgresConnection> connection_;
  StateHead head_;
  LockHolder us_;
  Clock& clock_;
  bool whole_;
  GroupNames groups_;
  std::vector<std::string> claims_;
  bool lost_ = false;
};

}  // namespace gild
