// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/postgres_state_store.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/codec/journal_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/buffered_state.hpp"
#include "engine/store/postgres/advisory_key.hpp"
#include "engine/store/postgres/postgres_lock.hpp"
#include "engine/store/postgres/schema.hpp"
#include "engine/store/postgres/state_rows.hpp"

namespace gild {
namespace {

constexpr const char* kOneMoment = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

class LockedPostgresState : public BufferedState {
 public:
  LockedPostgresState(std::unique_ptr<PostgresLock> lock, StateHead head, Clock& clock, Began who, StatePart part,
                      std::string shown)
      : BufferedState(clock, std::move(who), std::move(part.state), [lineage = head.lineage] { return lineage; }),
        lock_(std::move(lock)),
        head_(std::move(head)),
        shown_(std::move(shown)),
        confirmed_{0, head_.serial},
        serials_(std::move(part.serials)),
        rollouts_(rollout_documents(state())),
        tracker_(state()) {
    if (!lock_->whole()) std::tie(next_, end_) = lock_->take_serials();
  }
  bool store_forgot() const override { return forgot_; }
  ~LockedPostgresState() override {
    if (lock_->whole() || next_ == end_) return;
    try {
      lock_->give_back(next_, end_);
    } catch (const Error&) {
      // Numbers that nobody has are no harm.
    }
  }
  LockedPostgresState(const LockedPostgresState&) = delete;
  LockedPostgresState& operator=(const LockedPostgresState&) = delete;

  std::size_t under_way_elsewhere(const WorkspaceName& workspace) override {
    if (lock_->whole()) return 0;
    for (int attempt = 1;; ++attempt) {
      try {
        const PostgresRows rows = lock_->connection().run(
            "SELECT count(*) FROM @.desktops WHERE state = $1 AND workspace = $2 AND under_way IS NOT NULL AND NOT "
            "(under_way = ANY($3::text[]))",
            {std::to_string(head_.id), workspace.str(), group_array(lock_->groups())});
        return static_cast<std::size_t>(rows.integer(0, 0));
      } catch (const PostgresError& error) {
        if ((!error.session_lost() && !lock_->connection().lost()) || attempt == 3) throw;
        // A claim went with its session. Taken again before the count, it is as good as the first one.
        const bool claimed = lock_->has_claims();
        recover(error);
        if (claimed) lock_->claim(workspace);
      }
    }
  }

  void claim(const WorkspaceName& workspace) override {
    if (lock_->whole()) return;
    if (!lock_->has_claims()) prove_held();
    lock_->claim(workspace);
  }

 protected:
  void prove_held() override {
    try {
      lock_->prove();
    } catch (const PostgresError& error) {
      if (!error.session_lost() && !lock_->connection().lost()) throw;
      recover(error);
    }
  }

  void write_records(const std::vector<JournalRecord>& records) override {
    const ChangedRows rows = tracker_.take(records);
    const std::int64_t last = records.back().serial;
    StoredRollouts rollouts;
    std::int64_t state_serial = 0;
    commit(last, [&](RowWriter& writer) {
      rollouts = rollouts_;
      writer.journal(records, lock_->id());
      const PostgresRows now = lock_->connection().run(
          "UPDATE @.states SET lineage = $3, serial = greatest(serial + 1, $2::bigint), next_serial = "
          "greatest(next_serial, serial + 2, $2::bigint + 1), moved_to = $4 WHERE id = $1 RETURNING serial",
          {std::to_string(head_.id), std::to_string(last), state().lineage, state().moved_to});
      state_serial = now.integer(0, 0);
      writer.changed(state(), rows, last, state_serial, serials_, rollouts);
    });
    confirmed_ = {last, std::max(confirmed_.of_state, state_serial)};
    rollouts_ = std::move(rollouts);
    if (lock_->whole()) return;
    for (const DesktopKey& key : rows.desktops) {
      if (state().desktops.contains(key)) {
        serials_[key] = last;
      } else {
        serials_.erase(key);
      }
    }
  }

  void write_snapshot() override {}  // the rows are one

  void write_replacement(const State& state, const std::vector<JournalRecord>& history) override {
    if (!lock_->whole()) {
      throw Error(ErrorKind::refused, "Only who holds the lock of the whole state may put another in its place");
    }
    commit(state.serial, [&](RowWriter& writer) {
      writer.journal(history, lock_->id(), IfThere::leave);
      lock_->connection().run(
          "UPDATE @.states SET lineage = $2, serial = $3, base_serial = $3, next_serial = $3::bigint + 1, moved_to = "
          "$4 WHERE id = $1",
          {std::to_string(head_.id), state.lineage, std::to_string(state.serial), state.moved_to});
      writer.everything(state);
    });
    confirmed_ = {state.serial, state.serial};
    rollouts_ = rollout_documents(state);
    tracker_ = RowTracker(state);
  }

  NextSerial next_serial() override {
    if (lock_->whole()) return BufferedState::next_serial();
    const std::int64_t expected = next_;
    if (next_ == end_ && !broken()) {
      try {
        std::tie(next_, end_) = lock_->take_serials();
      } catch (const Error&) {
        give_up();  // it is still part of state(), for who keeps that elsewhere
      }
    }
    if (next_ == end_) ++end_;
    return {next_++, next_ - 1 != expected};
  }

  void written() override {
    if (lock_->has_claims()) lock_->release_claims();
  }

 private:
  // One transaction, which has happened when this returns. Where the reply is lost that is found out, not guessed.
  void commit(std::int64_t last, const std::function<void(RowWriter&)>& write) {
    for (int attempt = 1;; ++attempt) {
      try {
        PostgresTransaction transaction(lock_->connection());
        lock_->fence();
        RowWriter writer(lock_->connection(), head_.id, lock_->whole() ? nullptr : &lock_->groups());
        write(writer);
        transaction.commit();
        return;
      } catch (const PostgresError& error) {
        if (!error.session_lost() && !lock_->connection().lost()) throw;
        const bool claimed = lock_->has_claims();
        recover(error);
        const PostgresRows rows = lock_->connection().run(
            "SELECT EXISTS (SELECT FROM @.journal WHERE state = $1 AND lock_id = $2 AND serial = $3) OR EXISTS (SELECT "
            "FROM @.states WHERE id = $1 AND base_serial = $3)",
            {std::to_string(head_.id), lock_->id(), std::to_string(last)});
        if (rows.flag(0, 0)) return;
        // Others may have recorded requests since the claim was lost with its session.
        if (claimed || attempt == 3) throw;
      }
    }
  }

  void recover(const PostgresError& error) {
    try {
      for (int attempt = 1;; ++attempt) {
        lock_->recover();
        try {
          return check_nothing_lost();
        } catch (const PostgresError&) {
          if (!lock_->connection().lost() || attempt == 3) throw;
        }
      }
    } catch (Error& failure) {
      // A standby that lagged behind may lack our lock as well.
      if (!forgot_ && !lock_->connection().lost()) check_nothing_lost();
      if (forgot_) throw;
      throw Error(ErrorKind::storage, fmt::format("{}. {}", error.what(), failure.what()),
                  "Nothing more is sent. What was recorded until then is in the database, and gild apply follows it.");
    }
  }

  // After a new connection, perhaps to another server: all that was confirmed before is there. Where even the last of
  // it is, the rest is too.
  void check_nothing_lost() {
    const PostgresRows rows = lock_->connection().run(
        "SELECT serial >= $2 AND ($3 = 0 OR base_serial = $3 OR EXISTS (SELECT FROM @.journal WHERE state = $1 AND "
        "serial = $3 AND lock_id = $4)) FROM @.states WHERE id = $1",
        {std::to_string(head_.id), std::to_string(confirmed_.of_state), std::to_string(confirmed_.record),
         lock_->id()});
    if (!rows.empty() && rows.flag(0, 0)) return;
    give_up();
    forgot_ = true;
    throw Error(
        ErrorKind::storage, fmt::format("{} has lost what it had confirmed", escape_controls(shown_)),
        "The server has been set back, or a standby has taken over to which the last commits had not come. What "
        "is replicated must be so synchronously (docs/state-postgresql.md).");
  }

  struct Confirmed {
    std::int64_t record = 0;  // the last one of ours; 0: none yet
    std::int64_t of_state = 0;
  };

  std::unique_ptr<PostgresLock> lock_;
  StateHead head_;
  std::string shown_;
  Confirmed confirmed_;
  bool forgot_ = false;
  std::map<DesktopKey, std::int64_t> serials_;
  StoredRollouts rollouts_;
  RowTracker tracker_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace

PostgresStateStore::PostgresStateStore(PostgresAddress address, Clock& clock, UuidSource make_uuid)
    : address_(std::move(address)), clock_(clock), make_uuid_(std::move(make_uuid)) {}

State PostgresStateStore::read(const StateScope& scope) {
  PostgresConnection connection(address_);
  PostgresTransaction moment(connection, kOneMoment);
  if (postgres_schema_version(connection) == 0) return {};
  const std::optional<StateHead> head = find_state(connection, address_.state);
  if (!head) return {};
  const GroupNames closed = scope.whole ? GroupNames{} : closed_groups(connection, head->id, scope);
  return read_part(connection, *head, scope, closed, describe()).state;
}

std::vector<JournalRecord> PostgresStateStore::read_history() {
  PostgresConnection connection(address_);
  PostgresTransaction moment(connection, kOneMoment);
  if (postgres_schema_version(connection) == 0) return {};
  const std::optional<StateHead> head = find_state(connection, address_.state);
  if (!head) return {};
  std::vector<JournalRecord> records;
  JsonParser parser;
  const std::string name = describe();
  connection.copy_out(
      fmt::format("SELECT record FROM @.journal WHERE state = {} ORDER BY serial", head->id),
      [&](const std::vector<std::string_view>& row) { records.push_back(read_record(row.front(), name, parser)); });
  return records;
}

std::vector<LockHolder> PostgresStateStore::lock_holders(LockLook) {
  PostgresConnection connection(address_);
  if (postgres_schema_version(connection) == 0) return {};
  const std::optional<StateHead> head = find_state(connection, address_.state);
  return head ? read_holders(connection, *head) : std::vector<LockHolder>{};
}

std::unique_ptr<LockedState> PostgresStateStore::lock(const Began& who, const LockWait& wait, const StateScope& scope) {
  const PostgresAddress address = for_writing(address_);
  auto connection = std::make_unique<PostgresConnection>(address);
  check_own_session(*connection, address);
  make_postgres_schema(*connection);
  prepare_session(*connection);
  connection->run("INSERT INTO @.states (name, lineage) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
                  {address_.state, make_uuid_()});
  StateHead head = find_state(*connection, address_.state).value();
  LockHolder us{make_uuid_(), who.user, who.host, ::getpid(), who.command, clock_.now(), {}, {}, LockHold::lease};
  auto lock = std::make_unique<PostgresLock>(address, std::move(connection), head, scope, std::move(us), clock_, wait);
  StatePart part;
  {
    PostgresTransaction moment(lock->connection(), kOneMoment);
    head = find_state(lock->connection(), address_.state).value();
    part = read_part(lock->connection(), head, scope, lock->groups(), describe());
    moment.commit();
  }
  return std::make_unique<LockedPostgresState>(std::move(lock), std::move(head), clock_, who, std::move(part),
                                               describe());
}

bool PostgresStateStore::unlock(const std::string& id) {
  PostgresConnection connection(address_);
  if (postgres_schema_version(connection) == 0) return false;
  const std::optional<StateHead> head = find_state(connection, address_.state);
  if (!head) return false;
  const std::string state = std::to_string(head->id);
  const PostgresRows rows = connection.run("SELECT backend FROM @.locks WHERE state = $1 AND id = $2", {state, id});
  if (rows.empty()) return false;
  bool held = false;
  for (const LockHolder& holder : read_holders(connection, *head)) {
    if (holder.id == id) held = holder.hold != LockHold::gone;
  }
  std::optional<PostgresError> may_not;
  if (held) {
    try {
      connection.run("SELECT pg_terminate_backend($1)", {std::string(rows.text(0, 0))});
    } catch (const PostgresError& error) {
      if (error.code() != "42501") throw;
      may_not = error;
    }
  }
  {
    // Whatever became of its session, it can write no more.
    PostgresTransaction transaction(connection);
    connection.run("UPDATE @.groups SET lock_id = NULL WHERE state = $1 AND lock_id = $2", {state, id});
    connection.run("UPDATE @.states SET lock_id = NULL WHERE id = $1 AND lock_id = $2", {state, id});
    if (!may_not) connection.run("DELETE FROM @.locks WHERE id = $1", {id});
    transaction.commit();
  }
  if (may_not) {
    throw Error(ErrorKind::locked, "That run can record nothing more, but its session could not be ended",
                fmt::format("Until it ends, its lock stays. Its own role or an administrator of the database ends it "
                            "by:\n\n    SELECT pg_terminate_backend({});\n",
                            rows.text(0, 0)));
  }
  return true;
}

}  // namespace gild
