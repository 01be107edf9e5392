// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/postgres_lock.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/postgres/advisory_key.hpp"
#include "engine/store/unlock_command.hpp"

namespace gild {
namespace {

constexpr Duration kPoll{200};
// The server needs a moment to see that a process is gone, and its locks with it.
constexpr Duration kGrace{300};
// How long a server that restarts, or a standby that takes over, is waited for.
constexpr Duration kOutage = std::chrono::seconds{90};
constexpr Duration kLongestClaim = std::chrono::minutes{2};
constexpr std::int64_t kBlock = 1000;

AdvisoryKey whole_key(const PostgresConnection& connection, const StateHead& head) {
  return advisory_key({"state", connection.schema(), std::to_string(head.id)});
}
AdvisoryKey group_key(const PostgresConnection& connection, const StateHead& head, const GroupName& group) {
  return advisory_key({"group", connection.schema(), std::to_string(head.id), group.str()});
}
AdvisoryKey claim_key(const PostgresConnection& connection, const StateHead& head, const WorkspaceName& workspace) {
  return advisory_key({"claim", connection.schema(), std::to_string(head.id), workspace.str()});
}

Error refuse_pooler(const PostgresAddress& address) {
  return {ErrorKind::refused,
          fmt::format("A connection pooler stands before {} and gives each transaction to another session",
                      escape_controls(address.shown)),
          "Nothing was written. The state is locked by a session, and such a lock would be anybody's. Connect to the "
          "server itself, or to a pool with pool_mode = session. Looking (gild plan, gild status) works as it is."};
}

Error taken_away(const PostgresAddress& address) {
  return {ErrorKind::storage,
          fmt::format("The lock on {} was taken away from this run", escape_controls(address.shown)),
          "Nothing more was written or sent. What was recorded until then is in the state; gild apply follows it."};
}

}  // namespace

void check_own_session(PostgresConnection& connection, const PostgresAddress& address) {
  const auto pid_of = [](PostgresConnection& of) { return of.run("SELECT pg_backend_pid()").integer(0, 0); };
  const std::int64_t pid = pid_of(connection);
  if (pid == connection.told_pid()) return;  // nobody in between
  // A pool whose sessions take turns shows itself by itself; one that prefers the last used, to a second connection.
  for (int i = 0; i < 3; ++i) {
    if (pid_of(connection) != pid) throw refuse_pooler(address);
  }
  try {
    PostgresConnection second(address);
    second.run("BEGIN");
    if (pid_of(second) == pid || pid_of(connection) != pid) throw refuse_pooler(address);
    second.run("ROLLBACK");
    if (pid_of(connection) != pid) throw refuse_pooler(address);
  } catch (const PostgresError&) {
    // A pool of one session that is ours, or one in which nothing may last: not one to rely on.
    throw refuse_pooler(address);
  }
}

std::vector<LockHolder> read_holders(PostgresConnection& connection, const StateHead& head) {
  const AdvisoryKey key = whole_key(connection, head);
  const PostgresRows rows = connection.run(
      "SELECT id, user_name, host, pid, command, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
      "whole, array_to_string(groups, ','), EXISTS (SELECT FROM pg_locks k WHERE k.locktype = 'advisory' AND k.pid = "
      "l.backend AND k.classid = $2::oid AND k.objid = $3::oid AND k.objsubid = 1 AND k.granted AND k.database = "
      "(SELECT oid FROM pg_database WHERE datname = current_database())) AS alive FROM @.locks l WHERE state = $1 "
      "ORDER BY alive DESC, since, id",
      {std::to_string(head.id), key.high(), key.low()});
  std::vector<LockHolder> holders;
  for (int row = 0; row < rows.count(); ++row) {
    LockHolder holder;
    holder.id = rows.text(row, 0);
    holder.user = rows.text(row, 1);
    holder.host = rows.text(row, 2);
    holder.pid = rows.integer(row, 3);
    holder.command = rows.text(row, 4);
    holder.since = parse_time(rows.text(row, 5)).value_or(Time{});
    if (!rows.flag(row, 6)) {
      std::string_view names = rows.text(row, 7);
      for (;;) {
        const std::size_t comma = names.find(',');
        holder.groups.emplace_back(names.substr(0, comma));
        if (comma == std::string_view::npos) break;
        names.remove_prefix(comma + 1);
      }
    }
    holder.hold = rows.flag(row, 8) ? LockHold::lease : LockHold::gone;
    holders.push_back(std::move(holder));
  }
  return holders;
}

PostgresLock::PostgresLock(PostgresAddress address, std::unique_ptr<PostgresConnection> connection, StateHead head,
                           const StateScope& scope, LockHolder us, Clock& clock, const LockWait& wait)
    : address_(std::move(address)),
      connection_(std::move(connection)),
      head_(std::move(head)),
      us_(std::move(us)),
      clock_(clock),
      whole_(scope.whole) {
  take(scope, wait);
}

PostgresLock::~PostgresLock() {
  if (lost_ || connection_->lost()) return;
  try {
    connection_->run("UPDATE @.groups SET lock_id = NULL WHERE state = $1 AND lock_id = $2",
                     {std::to_string(head_.id), us_.id});
    connection_->run("UPDATE @.states SET lock_id = NULL WHERE id = $1 AND lock_id = $2",
                     {std::to_string(head_.id), us_.id});
    connection_->run("DELETE FROM @.locks WHERE id = $1", {us_.id});
    // Not left to the end of the session, which the server sees a moment later.
    connection_->run("SELECT pg_advisory_unlock_all()");
  } catch (const Error&) {
    // The locks end with the session; the record of a holder that is gone stops nobody.
  }
}

bool PostgresLock::try_groups(const GroupNames& groups) {
  for (const GroupName& group : groups) {
    const AdvisoryKey key = group_key(*connection_, head_, group);
    if (!connection_->run("SELECT pg_try_advisory_lock($1)", {std::to_string(key.value)}).flag(0, 0)) return false;
  }
  return true;
}

void PostgresLock::take(const StateScope& scope, const LockWait& wait) {
  const Instant begin = clock_.instant();
  const Instant deadline = begin + std::max(wait.at_most, kGrace);
  const std::string key = std::to_string(whole_key(*connection_, head_).value);
  bool told = wait.at_most <= kGrace || !wait.tell;
  for (;;) {
    GroupNames wanted;
    bool taken = false;
    if (whole_) {
      taken = connection_->run("SELECT pg_try_advisory_lock($1)", {key}).flag(0, 0);
    } else if (connection_->run("SELECT pg_try_advisory_lock_shared($1)", {key}).flag(0, 0)) {
      wanted = closed_groups(*connection_, head_.id, scope);
      taken = try_groups(wanted);
      groups_ = wanted;
      if (taken) {
        // Whoever had one of them before us may have tied another one to it.
        write_down();
        const GroupNames now = closed_groups(*connection_, head_.id, scope);
        if (std::includes(wanted.begin(), wanted.end(), now.begin(), now.end())) return;
        wanted = now;
        taken = false;
      }
    }
    if (taken) {
      write_down();
      return;
    }
    connection_->run("SELECT pg_advisory_unlock_all()");
    const Instant now = clock_.instant();
    if (now >= deadline) fail_locked(in_the_way(wanted));
    if (!told) {
      if (const std::optional<LockHolder> holder = in_the_way(wanted)) {
        told = true;
        wait.tell(*holder);
      }
    }
    clock_.sleep_until(std::min(deadline, now + (wait.at_most > kGrace ? kPoll : kGrace / 6)), wait.stop);
    if (wait.stop.stop_requested()) throw Interrupted{};
  }
}

// From here on whoever had the lock before can write no more, even where its session still lives in some way.
void PostgresLock::write_down() {
  const std::string state = std::to_string(head_.id);
  PostgresTransaction transaction(*connection_);
  if (whole_) {
    connection_->run("UPDATE @.states SET lock_id = $2 WHERE id = $1", {state, us_.id});
    connection_->run("UPDATE @.groups SET lock_id = NULL WHERE state = $1 AND lock_id IS NOT NULL", {state});
  } else {
    connection_->run("UPDATE @.states SET lock_id = NULL WHERE id = $1 AND lock_id IS NOT NULL", {state});
    connection_->run(
        "INSERT INTO @.groups (state, name, lock_id) SELECT $1::bigint, unnest($2::text[]), $3 ON CONFLICT (state, "
        "name) DO UPDATE SET lock_id = excluded.lock_id",
        {state, group_array(groups_), us_.id});
  }
  // Records of holders that are gone, where this lock is about the same.
  for (const LockHolder& holder : read_holders(*connection_, head_)) {
    const bool apart = !whole_ && !holder.groups.empty() &&
                       std::none_of(holder.groups.begin(), holder.groups.end(),
                                    [&](const GroupName& group) { return groups_.contains(group); });
    if (holder.hold == LockHold::gone && !apart) connection_->run("DELETE FROM @.locks WHERE id = $1", {holder.id});
  }
  // And of an earlier session whose number is ours now.
  connection_->run("DELETE FROM @.locks WHERE backend = pg_backend_pid() OR id = $1", {us_.id});
  connection_->run(
      "INSERT INTO @.locks (id, state, whole, groups, backend, user_name, host, pid, command, since) VALUES ($1, $2, "
      "$3, $4, pg_backend_pid(), $5, $6, $7, $8, $9)",
      {us_.id, state, whole_ ? "t" : "f", group_array(groups_), us_.user, us_.host, std::to_string(us_.pid),
       us_.command, format_time(us_.since)});
  transaction.commit();
}

std::optional<LockHolder> PostgresLock::in_the_way(const GroupNames& groups) {
  for (LockHolder& holder : read_holders(*connection_, head_)) {
    if (holder.hold == LockHold::gone || holder.id == us_.id) continue;
    const bool meets = whole_ || holder.groups.empty() ||
                       std::any_of(holder.groups.begin(), holder.groups.end(),
                                   [&](const GroupName& group) { return groups.contains(group); });
    if (meets) return std::move(holder);
  }
  return std::nullopt;
}

void PostgresLock::fail_locked(const std::optional<LockHolder>& holder) const {
  const std::string name = escape_controls(address_.shown);
  if (!holder) {
    throw Error(ErrorKind::locked, fmt::format("{} is locked by somebody who has not written down who it is", name),
                "Nothing was done. Run it again, or give --lock-timeout to wait for it, for example --lock-timeout "
                "10m.");
  }
  std::string what = name;
  if (!holder->groups.empty()) {
    std::vector<std::string> groups;
    for (const GroupName& group : holder->groups) {
      if (!group.empty() && (whole_ || groups_.contains(group))) groups.push_back(group.str());
    }
    if (!groups.empty()) {
      what = groups.size() > 3 ? fmt::format("A part of {} groups in {}", groups.size(), name)
                               : fmt::format("{} {} in {}", groups.size() == 1 ? "Group" : "The part with the groups",
                                             join_and(groups), name);
    }
  }
  throw Error(ErrorKind::locked,
              fmt::format("{} is locked by {} on {} (process {}) since {}: {}", what, escape_controls(holder->user),
                          escape_controls(holder->host), holder->pid, format_time(holder->since),
                          escape_controls(holder->command)),
              "Nothing was done. Run it again when that is over, or give --lock-timeout to wait for it, for example "
              "--lock-timeout 10m. The lock ends with that run's connection, however that ends. Where it hangs:" +
                  unlock_command(address_.shown));
}

void PostgresLock::fence() {
  const std::string state = std::to_string(head_.id);
  if (whole_) {
    if (connection_->run("SELECT FROM @.states WHERE id = $1 AND lock_id = $2 FOR UPDATE", {state, us_.id}).count() ==
        1) {
      return;
    }
  } else {
    const PostgresRows rows = connection_->run(
        "SELECT FROM @.groups WHERE state = $1 AND name = ANY($2::text[]) AND lock_id = $3 ORDER BY "
        "name FOR UPDATE",
        {state, group_array(groups_), us_.id});
    if (rows.count() == static_cast<int>(groups_.size())) return;
  }
  lost_ = true;
  connection_->run("SELECT pg_advisory_unlock_all()");  // they are no use to us, and would keep others waiting
  throw taken_away(address_);
}

void PostgresLock::prove() {
  const AdvisoryKey key = whole_key(*connection_, head_);
  const std::string fenced =
      whole_ ? "(SELECT count(*) FROM @.states WHERE id = $3 AND lock_id = $4)"
             : "(SELECT count(*) FROM @.groups WHERE state = $3 AND lock_id = $4 AND name = ANY($5::text[]))";
  PostgresValues values{key.high(), key.low(), std::to_string(head_.id), us_.id};
  if (!whole_) values.push_back(group_array(groups_));
  // In one call: it comes before each request.
  const PostgresRows rows = connection_->run(
      fmt::format("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND "
                  "classid = $1::oid AND objid = $2::oid AND objsubid = 1 AND granted) AND NOT pg_is_in_recovery(), {}",
                  fenced),
      values);
  if (rows.flag(0, 0) && rows.integer(0, 1) == (whole_ ? 1 : static_cast<std::int64_t>(groups_.size()))) return;
  lost_ = true;
  connection_->run("SELECT pg_advisory_unlock_all()");
  throw taken_away(address_);
}

void PostgresLock::recover() {
  lost_ = true;  // until it is not
  const Instant deadline = clock_.instant() + kOutage;
  for (;;) {
    try {
      auto connection = std::make_unique<PostgresConnection>(address_);
      prepare_session(*connection);
      connection_ = std::move(connection);
      const std::string key = std::to_string(whole_key(*connection_, head_).value);
      const bool taken =
          whole_ ? connection_->run("SELECT pg_try_advisory_lock($1)", {key}).flag(0, 0)
                 : connection_->run("SELECT pg_try_advisory_lock_shared($1)", {key}).flag(0, 0) && try_groups(groups_);
      if (taken) {
        check_own_session(*connection_, address_);
        PostgresTransaction transaction(*connection_);
        fence();
        connection_->run("UPDATE @.locks SET backend = pg_backend_pid() WHERE id = $1", {us_.id});
        transaction.commit();
        lost_ = false;
        claims_.clear();
        return;
      }
      connection_->run("SELECT pg_advisory_unlock_all()");
      if (clock_.instant() >= deadline) throw taken_away(address_);
    } catch (const PostgresError& error) {
      // Refused while it starts or shuts down, or not there at all.
      const bool passing = error.session_lost() || error.code().starts_with("08") || error.code() == "53300" ||
                           error.code() == "25006";  // a standby that has not taken over yet
      if (!passing || clock_.instant() >= deadline) throw;
    }
    clock_.sleep_until(clock_.instant() + kPoll, {});
  }
}

void PostgresLock::claim(const WorkspaceName& workspace) {
  const std::string key = std::to_string(claim_key(*connection_, head_, workspace).value);
  if (std::find(claims_.begin(), claims_.end(), key) != claims_.end()) return;
  const Instant deadline = clock_.instant() + kLongestClaim;
  while (!connection_->run("SELECT pg_try_advisory_lock($1)", {key}).flag(0, 0)) {
    if (clock_.instant() >= deadline) {
      throw Error(ErrorKind::storage,
                  fmt::format("Another run has kept Workspace {} to itself for {} in {}", workspace,
                              describe_duration(kLongestClaim), escape_controls(address_.shown)),
                  "Runs do that for moments, while they record a request. Nothing was sent. Where that run hangs:" +
                      unlock_command(address_.shown));
    }
    clock_.sleep_until(clock_.instant() + Duration{20}, {});
  }
  claims_.push_back(key);
}

void PostgresLock::release_claims() {
  for (const std::string& key : std::exchange(claims_, {})) {
    try {
      connection_->run("SELECT pg_advisory_unlock($1)", {key});
    } catch (const PostgresError& error) {
      // They end with the session, and what they were for is recorded.
      if (!error.session_lost() && !connection_->lost()) throw;
    }
  }
}

std::pair<std::int64_t, std::int64_t> PostgresLock::take_serials() {
  const PostgresRows rows = connection_->run(
      "UPDATE @.states SET next_serial = next_serial + $2 WHERE id = $1 RETURNING next_serial - $2, next_serial",
      {std::to_string(head_.id), std::to_string(kBlock)});
  return {rows.integer(0, 0), rows.integer(0, 1)};
}

void PostgresLock::give_back(std::int64_t unused, std::int64_t end) {
  if (lost_ || connection_->lost()) return;
  connection_->run(
      "UPDATE @.states SET next_serial = greatest($2::bigint, serial + 1) WHERE id = $1 AND next_serial = $3",
      {std::to_string(head_.id), std::to_string(unused), std::to_string(end)});
}

void prepare_session(PostgresConnection& connection) {
  // A runner whose machine has vanished is noticed by the server within a minute, and its locks are free. By way of
  // pg_settings, since not every version has all of them.
  connection.run(
      "SELECT set_config(s.name, w.value, false) FROM pg_settings s JOIN (VALUES ('tcp_keepalives_idle', '30'), "
      "('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'), ('idle_in_transaction_session_timeout', "
      "'60000'), ('idle_session_timeout', '0'), ('statement_timeout', '0')) AS w(name, value) USING (name)");
  // Recorded means on the disk, and on that of the standbys that the server waits for, whatever the default of this
  // database is; a stronger one stays.
  if (connection.run("SHOW synchronous_commit").text(0, 0) != "remote_apply") {
    connection.run("SELECT set_config('synchronous_commit', 'on', false)");
  }
}

}  // namespace gild
