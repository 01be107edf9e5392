// SPDX-License-Identifier: Apache-2.0
// A state as rows: which ones a part of it is made of, read into a State, and written from one. What a row holds beside
// its document is what is asked for by; the document is the JSON that stands in a state file.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/state.hpp"
#include "engine/seams/state_store.hpp"
#include "engine/store/postgres/changed_rows.hpp"
#include "engine/store/postgres/connection.hpp"

namespace gild {

using GroupNames = std::set<GroupName>;  // the empty name: desktops without a group

// The row of a state.
struct StateHead {
  std::int64_t id = 0;
  std::string lineage;           // made with the row, a state's own from the first record on
  std::int64_t serial = 0;       // grows with every commit
  std::int64_t base_serial = 0;  // of the last state that came as a whole: no group is older
  std::optional<std::string> moved_to;
  bool empty() const { return serial == 0; }
};
std::optional<StateHead> find_state(PostgresConnection& connection, const std::string& name);

std::string group_array(const GroupNames& groups);

// The groups that a run about `scope` has to itself: those named, those in which the desktops are recorded, and those
// that share with one of them an open rollout, or a desktop that a request of one has under way in another.
GroupNames closed_groups(PostgresConnection& connection, std::int64_t state, const StateScope& scope);

struct StatePart {
  State state;
  std::map<DesktopKey, std::int64_t> serials;  // of the rows of a part; of a whole state nobody else can write any
};
// Within a transaction that sees one moment. `closed` is closed_groups() of the scope.
StatePart read_part(PostgresConnection& connection, const StateHead& head, const StateScope& scope,
                    const GroupNames& closed, const std::string& name);

// What is stored of the open rollouts, by when they started: the documents of their groups.
using StoredRollouts = std::map<std::int64_t, std::vector<std::string>>;
StoredRollouts rollout_documents(const State& state);

enum class IfThere { fail, leave };

// Writes the rows of one state within a transaction of the lock's holder.
class RowWriter {
 public:
  // `locked`: nullptr is the whole state.
  RowWriter(PostgresConnection& connection, std::int64_t state, const GroupNames* locked)
      : connection_(connection), state_(std::to_string(state)), locked_(locked) {}

  void journal(const std::vector<JournalRecord>& records, const std::string& lock_id, IfThere if_there = IfThere::fail);
  // `serials` are those of the rows as we know them; `row_serial` is the one that all of these rows have from now on.
  // Throws Error(storage) where somebody else has written one of them. `stored` is brought up to date.
  void changed(const State& state, const ChangedRows& rows, std::int64_t row_serial, std::int64_t state_serial,
               const std::map<DesktopKey, std::int64_t>& serials, StoredRollouts& stored);
  // Takes the place of all that was there.
  void everything(const State& state);

 private:
  class Columns;
  struct Column {
    const char* name;
    const char* type;
  };
  std::string stage(const std::string& table, const std::vector<Column>& columns, const Columns& rows,
                    PostgresValues& values);
  void desktops(const State& state, const std::set<DesktopKey>& keys, std::int64_t row_serial,
                const std::map<DesktopKey, std::int64_t>& serials, std::map<GroupName, std::int64_t>& counts);
  void intents(const State& state, const std::set<std::int64_t>& numbers);
  void jobs(const State& state, const std::set<JobKey>& keys);
  void rollouts(const State& state, const ChangedRows& changes, StoredRollouts& stored);
  void groups(const std::map<GroupName, std::int64_t>& counts, std::int64_t state_serial);

  PostgresConnection& connection_;
  std::string state_;
  const GroupNames* locked_;
};

}  // namespace gild
