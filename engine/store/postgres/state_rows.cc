// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/state_rows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/journal_codec.hpp"
#include "engine/codec/model_json.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// From so many rows on they go by COPY into a table of the transaction's own.
constexpr std::size_t kBulk = 500;

template <class Write>
std::string document(Write write) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write(json);
  json.end_object();
  return text;
}

std::string rollout_group_document(const RolloutGroup& group) {
  return document([&](JsonWriter& json) { write_rollout_group_fields(json, group); });
}

// The group of the open request or job that has this desktop; empty: none has.
std::string open_group_of(const State& state, const DesktopKey& key, const DesktopRecord& desktop) {
  if (const Job* job = state.open_job_of(key)) return job->group.str();
  if (desktop.status != DesktopStatus::settling) return {};
  const auto intent = state.intents.find(desktop.intent);
  return intent == state.intents.end() ? std::string{} : std::string{intent->second.group.str()};
}

std::string group_of(const DesktopRecord& desktop) {
  return desktop.group ? std::string{desktop.group->str()} : std::string{};
}

std::string id_array(const std::vector<DesktopId>& ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const DesktopId& id : ids) texts.push_back(id.str());
  return postgres_array(texts);
}

Error written_by_another() {
  return {ErrorKind::storage, "Another run has recorded some of the same desktops",
          "Nothing of this step was stored, and nothing was sent for it. Two manifests name the same desktop in two "
          "groups, or it has moved from one group to another meanwhile. Run it again."};
}

}  // namespace

// A list of rows, each some columns of text.
class RowWriter::Columns {
 public:
  explicit Columns(std::size_t count) : columns_(count) {}
  void add(std::vector<std::string> row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(std::move(row[i]));
  }
  std::size_t size() const { return columns_.front().size(); }
  bool empty() const { return size() == 0; }
  std::string array(std::size_t column) const { return postgres_array(columns_[column]); }
  std::vector<std::string> row(std::size_t index) const {
    std::vector<std::string> row;
    for (const auto& column : columns_) row.push_back(column[index]);
    return row;
  }

 private:
  std::vector<std::vector<std::string>> columns_;
};

std::string group_array(const GroupNames& groups) {
  std::vector<std::string> names;
  for (const GroupName& group : groups) names.push_back(group.str());
  return postgres_array(names);
}

std::optional<StateHead> find_state(PostgresConnection& connection, const std::string& name) {
  const PostgresRows rows =
      connection.run("SELECT id, lineage, serial, base_serial, moved_to FROM @.states WHERE name = $1", {name});
  if (rows.empty()) return std::nullopt;
  StateHead head{rows.integer(0, 0), std::string(rows.text(0, 1)), rows.integer(0, 2), rows.integer(0, 3), {}};
  if (!rows.is_null(0, 4)) head.moved_to = std::string(rows.text(0, 4));
  return head;
}

GroupNames closed_groups(PostgresConnection& connection, std::int64_t state, const StateScope& scope) {
  const std::string id = std::to_string(state);
  GroupNames groups = scope.groups;
  const auto add = [&](const PostgresRows& rows) {
    const std::size_t before = groups.size();
    for (int row = 0; row < rows.count(); ++row) groups.insert(GroupName{rows.text(row, 0)});
    return groups.size() > before;
  };
  if (!scope.desktops.empty()) {
    add(connection.run("SELECT DISTINCT group_name FROM @.desktops WHERE state = $1 AND id = ANY($2::text[])",
                       {id, id_array(scope.desktops)}));
  }
  for (;;) {
    const std::string names = group_array(groups);
    const bool by_rollout = add(connection.run(
        "SELECT DISTINCT other.group_name FROM @.rollout_groups ours JOIN @.rollout_groups other USING (state, started)"
        " WHERE ours.state = $1 AND ours.group_name = ANY($2::text[])",
        {id, names}));
    const bool by_request = add(connection.run(
        "SELECT unnest(ARRAY[group_name, under_way]) FROM @.desktops WHERE state = $1 AND under_way IS NOT NULL"
        " AND under_way <> group_name AND (under_way = ANY($2::text[]) OR group_name = ANY($2::text[]))",
        {id, names}));
    if (!by_rollout && !by_request) return groups;
  }
}

StatePart read_part(PostgresConnection& connection, const StateHead& head, const StateScope& scope,
                    const GroupNames& closed, const std::string& name) {
  StatePart part;
  if (head.empty()) return part;
  const std::string id = std::to_string(head.id);
  const std::string closed_list = connection.quote(group_array(closed));
  std::int64_t serial = head.serial;
  if (!scope.whole) {
    const PostgresRows rows =
        connection.run("SELECT coalesce(max(serial), 0) FROM @.groups WHERE state = $1 AND name = ANY($2::text[])",
                       {id, group_array(scope.groups)});
    serial = std::max(head.base_serial, rows.integer(0, 0));
  }

  // Read as the document that it would be in a file, so that there is one reader.
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("format", "gild.state/1");
  json.field("serial", serial);
  json.field("lineage", head.lineage);
  json.field("gild_version", "");
  json.field("moved_to", head.moved_to);
  const auto list = [&](const char* key, const std::string& query,
                        const std::function<void(const std::vector<std::string_view>&)>& also = {}) {
    json.key(key);
    json.begin_array();
    connection.copy_out(query, [&](const std::vector<std::string_view>& row) {
      json.raw(row.front());
      if (also) also(row);
    });
    json.end_array();
  };

  if (scope.whole) {
    list("desktops", fmt::format("SELECT doc FROM @.desktops WHERE state = {} ORDER BY workspace, id", id));
  } else {
    const auto where = [&](const std::string& condition) {
      return fmt::format("SELECT doc, workspace, id, serial FROM @.desktops WHERE state = {} AND {}", id, condition);
    };
    list("desktops",
         fmt::format("{} UNION {} UNION {} ORDER BY workspace, id",
                     where(fmt::format("group_name = ANY({}::text[])", connection.quote(group_array(scope.groups)))),
                     where(fmt::format("id = ANY({}::text[])", connection.quote(id_array(scope.desktops)))),
                     where(fmt::format("under_way IS NOT NULL AND under_way = ANY({}::text[])", closed_list))),
         [&](const std::vector<std::string_view>& row) {
           part.serials.emplace_hint(part.serials.end(), DesktopKey{WorkspaceName{row[1]}, DesktopId{row[2]}},
                                     std::stoll(std::string(row[3])));
         });
  }
  const std::string in_groups =
      scope.whole ? std::string{"true"} : fmt::format("group_name = ANY({}::text[])", closed_list);
  list("intents", fmt::format("SELECT doc FROM @.intents WHERE state = {} AND {} ORDER BY number", id, in_groups));
  list("jobs", fmt::format("SELECT doc FROM @.jobs WHERE state = {} AND {} ORDER BY id, workspace", id, in_groups));
  // Whole, whichever of its groups are ours: they are all locked together.
  json.key("rollouts");
  json.begin_array();
  const PostgresRows rollouts = connection.run(
      fmt::format("SELECT started, plan_digest, started_at, (SELECT string_agg(doc, ',' ORDER BY position) FROM "
                  "@.rollout_groups g WHERE g.state = r.state AND g.started = r.started) FROM @.rollouts r WHERE state "
                  "= {} AND ({} OR EXISTS (SELECT FROM @.rollout_groups g WHERE g.state = r.state AND g.started = "
                  "r.started AND g.{})) ORDER BY started",
                  id, scope.whole, scope.whole ? "group_name IS NOT NULL" : in_groups));
  for (int row = 0; row < rollouts.count(); ++row) {
    json.begin_object();
    json.field("plan_digest", rollouts.text(row, 1));
    json.field("started", rollouts.integer(row, 0));
    json.field("started_at", rollouts.text(row, 2));
    json.key("groups");
    json.raw(fmt::format("[{}]", rollouts.text(row, 3)));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  part.state = read_state(text, name);
  if (!scope.whole) {
    const PostgresRows rows =
        connection.run("SELECT coalesce(sum(desktops), 0)::bigint FROM @.groups WHERE state = $1", {id});
    part.state.unread = {static_cast<std::size_t>(rows.integer(0, 0)) - part.state.desktops.size(), head.serial};
  }
  return part;
}

StoredRollouts rollout_documents(const State& state) {
  StoredRollouts documents;
  for (const Rollout& rollout : state.rollouts) {
    auto& groups = documents[rollout.started];
    for (const RolloutGroup& group : rollout.groups) groups.push_back(rollout_group_document(group));
  }
  return documents;
}

// What the rows are taken FROM in a statement: a list of arrays among its values, or, where they are many, a table of
// this transaction into which they are copied.
std::string RowWriter::stage(const std::string& table, const std::vector<Column>& columns, const Columns& rows,
                             PostgresValues& values) {
  std::string arrays, names, types;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const char* comma = i == 0 ? "" : ", ";
    arrays += fmt::format("{}${}::{}[]", comma, values.size() + i + 1, columns[i].type);
    names += fmt::format("{}{}", comma, columns[i].name);
    types += fmt::format("{}{} {}", comma, columns[i].name, columns[i].type);
  }
  if (rows.size() <= kBulk) {
    for (std::size_t i = 0; i < columns.size(); ++i) values.push_back(rows.array(i));
    return fmt::format("unnest({}) AS u({})", arrays, names);
  }
  connection_.run(fmt::format("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP", table, types));
  std::size_t next = 0;
  connection_.copy_in("pg_temp." + table, [&](std::vector<std::string>& row) {
    if (next == rows.size()) return false;
    row = rows.row(next++);
    return true;
  });
  connection_.run(fmt::format("ANALYZE pg_temp.{}", table));
  return fmt::format("pg_temp.{} AS u", table);
}

void RowWriter::journal(const std::vector<JournalRecord>& records, const std::string& lock_id, IfThere if_there) {
  Columns rows(3);
  for (const JournalRecord& record : records) {
    rows.add({std::to_string(record.serial), format_time(record.at), write_record(record)});
  }
  if (rows.empty()) return;
  PostgresValues values{state_, lock_id};
  const std::string from =
      stage("gild_journal", {{"serial", "bigint"}, {"at", "timestamptz"}, {"record", "text"}}, rows, values);
  connection_.run(fmt::format("INSERT INTO @.journal (state, serial, at, lock_id, record) SELECT $1::bigint, serial, "
                              "at, $2, record FROM {} {}",
                              from, if_there == IfThere::leave ? "ON CONFLICT (state, serial) DO NOTHING" : ""),
                  values);
}

void RowWriter::changed(const State& state, const ChangedRows& rows, std::int64_t row_serial, std::int64_t state_serial,
                        const std::map<DesktopKey, std::int64_t>& serials, StoredRollouts& stored) {
  std::map<GroupName, std::int64_t> counts;
  for (const GroupName& group : rows.groups) counts[group];
  desktops(state, rows.desktops, row_serial, serials, counts);
  intents(state, rows.intents);
  jobs(state, rows.jobs);
  if (rows.rollouts || !rows.rollout_groups.empty()) rollouts(state, rows, stored);
  groups(counts, state_serial);
}

void RowWriter::desktops(const State& state, const std::set<DesktopKey>& keys, std::int64_t row_serial,
                         const std::map<DesktopKey, std::int64_t>& serials, std::map<GroupName, std::int64_t>& counts) {
  if (keys.empty()) return;
  Columns named(2), known(6), added(5);
  for (const DesktopKey& key : keys) {
    named.add({key.workspace.str(), key.id.str()});
    const auto entry = state.desktops.find(key);
    const auto serial = serials.find(key);
    if (entry == state.desktops.end()) continue;
    const DesktopRecord& desktop = entry->second;
    ++counts[GroupName{group_of(desktop)}];
    std::vector<std::string> row{key.workspace.str(), key.id.str(), group_of(desktop),
                                 open_group_of(state, key, desktop),
                                 document([&](JsonWriter& json) { write_desktop(json, key, desktop); })};
    if (locked_ != nullptr && serial != serials.end()) {
      row.push_back(std::to_string(serial->second));
      known.add(std::move(row));
    } else {
      added.add(std::move(row));
    }
  }
  {
    // In which groups they were; those whose number changes are counted by it. Nobody else moves them: see below.
    PostgresValues values{state_};
    const std::string from = stage("gild_named", {{"workspace", "text"}, {"id", "text"}}, named, values);
    const PostgresRows before = connection_.run(
        fmt::format("SELECT d.group_name, count(*) FROM {} JOIN @.desktops d ON d.state = $1 AND d.workspace = "
                    "u.workspace AND d.id = u.id GROUP BY 1",
                    from),
        values);
    for (int row = 0; row < before.count(); ++row) {
      counts[GroupName{before.text(row, 0)}] -= before.integer(row, 1);
    }
    if (locked_ != nullptr) {
      for (const auto& [group, change] : counts) {
        if (!locked_->contains(group)) throw written_by_another();
      }
    }
  }
  const std::vector<Column> columns{
      {"workspace", "text"}, {"id", "text"}, {"group_name", "text"}, {"under_way", "text"}, {"doc", "text"}};
  if (!known.empty()) {
    std::vector<Column> with_serial = columns;
    with_serial.push_back({"known", "bigint"});
    PostgresValues values{state_, std::to_string(row_serial)};
    const std::string from = stage("gild_known", with_serial, known, values);
    const PostgresRows updated = connection_.run(
        fmt::format("UPDATE @.desktops d SET group_name = u.group_name, under_way = nullif(u.under_way, ''), doc = "
                    "u.doc, serial = $2 FROM {} WHERE d.state = $1 AND d.workspace = u.workspace AND d.id = u.id AND "
                    "d.serial = u.known",
                    from),
        values);
    if (updated.affected() != static_cast<std::int64_t>(known.size())) throw written_by_another();
  }
  if (!added.empty()) {
    PostgresValues values{state_, std::to_string(row_serial)};
    const std::string from = stage("gild_added", columns, added, values);
    // The lock of the whole state is nobody else's, so what is there is ours to write over.
    const std::string conflict =
        locked_ != nullptr ? std::string{}
                           : "ON CONFLICT (state, workspace, id) DO UPDATE SET group_name = excluded.group_name, "
                             "under_way = excluded.under_way, doc = excluded.doc, serial = excluded.serial";
    try {
      connection_.run(fmt::format("INSERT INTO @.desktops (state, workspace, id, group_name, under_way, doc, serial) "
                                  "SELECT $1::bigint, workspace, id, group_name, nullif(under_way, ''), doc, "
                                  "$2::bigint FROM {} {}",
                                  from, conflict),
                      values);
    } catch (const PostgresError& error) {
      if (error.code() == "23505") throw written_by_another();
      throw;
    }
  }
  Columns removed(3);
  for (const DesktopKey& key : keys) {
    if (state.desktops.contains(key)) continue;
    const auto serial = serials.find(key);
    if (locked_ != nullptr && serial == serials.end()) continue;
    removed.add({key.workspace.str(), key.id.str(), locked_ != nullptr ? std::to_string(serial->second) : "0"});
  }
  if (removed.empty()) return;
  PostgresValues values{state_};
  const std::string from =
      stage("gild_removed", {{"workspace", "text"}, {"id", "text"}, {"known", "bigint"}}, removed, values);
  const PostgresRows deleted = connection_.run(
      fmt::format("DELETE FROM @.desktops d USING {} WHERE d.state = $1 AND d.workspace = u.workspace AND d.id = u.id "
                  "AND u.known IN (0, d.serial)",
                  from),
      values);
  if (locked_ != nullptr && deleted.affected() != static_cast<std::int64_t>(removed.size())) {
    throw written_by_another();
  }
}

void RowWriter::intents(const State& state, const std::set<std::int64_t>& numbers) {
  Columns rows(3);
  std::vector<std::string> gone;
  for (const std::int64_t number : numbers) {
    const auto found = state.intents.find(number);
    if (found == state.intents.end()) {
      gone.push_back(std::to_string(number));
      continue;
    }
    rows.add({std::to_string(number), found->second.group.str(),
              document([&](JsonWriter& json) { write_intent(json, found->second); })});
  }
  if (!gone.empty()) {
    connection_.run("DELETE FROM @.intents WHERE state = $1 AND number = ANY($2::bigint[])",
                    {state_, postgres_array(gone)});
  }
  if (rows.empty()) return;
  PostgresValues values{state_};
  const std::string from =
      stage("gild_intents", {{"number", "bigint"}, {"group_name", "text"}, {"doc", "text"}}, rows, values);
  connection_.run(fmt::format("INSERT INTO @.intents (state, number, group_name, doc) SELECT $1::bigint, number, "
                              "group_name, doc FROM {} ON CONFLICT (state, number) DO UPDATE SET doc = excluded.doc",
                              from),
                  values);
}

void RowWriter::jobs(const State& state, const std::set<JobKey>& keys) {
  Columns rows(4), gone(2);
  for (const JobKey& key : keys) {
    const auto found = state.jobs.find(key);
    if (found == state.jobs.end()) {
      gone.add({key.id.str(), key.workspace.str()});
      continue;
    }
    rows.add({key.id.str(), key.workspace.str(), found->second.group.str(),
              document([&](JsonWriter& json) { write_job(json, found->second); })});
  }
  if (!gone.empty()) {
    PostgresValues values{state_};
    const std::string from = stage("gild_ended", {{"id", "text"}, {"workspace", "text"}}, gone, values);
    connection_.run(
        fmt::format("DELETE FROM @.jobs j USING {} WHERE j.state = $1 AND j.id = u.id AND j.workspace = u.workspace",
                    from),
        values);
  }
  if (rows.empty()) return;
  PostgresValues values{state_};
  const std::string from = stage(
      "gild_jobs", {{"id", "text"}, {"workspace", "text"}, {"group_name", "text"}, {"doc", "text"}}, rows, values);
  connection_.run(fmt::format("INSERT INTO @.jobs (state, id, workspace, group_name, doc) SELECT $1::bigint, id, "
                              "workspace, group_name, doc FROM {} ON CONFLICT (state, id, workspace) DO UPDATE SET "
                              "doc = excluded.doc, group_name = excluded.group_name",
                              from),
                  values);
}

void RowWriter::rollouts(const State& state, const ChangedRows& changes, StoredRollouts& stored) {
  std::vector<std::string> gone;
  for (const auto& [started, groups] : stored) {
    const auto same = [number = started](const Rollout& rollout) { return rollout.started == number; };
    if (std::none_of(state.rollouts.begin(), state.rollouts.end(), same)) gone.push_back(std::to_string(started));
  }
  if (!gone.empty()) {
    connection_.run("DELETE FROM @.rollouts WHERE state = $1 AND started = ANY($2::bigint[])",
                    {state_, postgres_array(gone)});
    for (const std::string& started : gone) stored.erase(std::stoll(started));
  }
  Columns heads(3), rows(4);
  for (const Rollout& rollout : state.rollouts) {
    const bool is_new = !stored.contains(rollout.started);
    if (is_new) {
      heads.add({std::to_string(rollout.started), rollout.plan_digest, format_time(rollout.started_at)});
    }
    auto& documents = stored[rollout.started];
    documents.resize(rollout.groups.size());
    for (std::size_t i = 0; i < rollout.groups.size(); ++i) {
      const RolloutGroup& group = rollout.groups[i];
      if (!is_new && !changes.rollouts && !changes.rollout_groups.contains(group.name)) continue;
      std::string text = rollout_group_document(group);
      if (text == documents[i]) continue;
      documents[i] = text;
      rows.add({std::to_string(rollout.started), std::to_string(i), group.name.str(), std::move(text)});
    }
  }
  if (!heads.empty()) {
    PostgresValues values{state_};
    const std::string from =
        stage("gild_rollouts", {{"started", "bigint"}, {"plan_digest", "text"}, {"started_at", "text"}}, heads, values);
    connection_.run(fmt::format("INSERT INTO @.rollouts (state, started, plan_digest, started_at) SELECT $1::bigint, "
                                "started, plan_digest, started_at FROM {}",
                                from),
                    values);
  }
  if (rows.empty()) return;
  PostgresValues values{state_};
  const std::string from =
      stage("gild_rollout_groups",
            {{"started", "bigint"}, {"position", "integer"}, {"group_name", "text"}, {"doc", "text"}}, rows, values);
  connection_.run(fmt::format("INSERT INTO @.rollout_groups (state, started, position, group_name, doc) SELECT "
                              "$1::bigint, started, position, group_name, doc FROM {} ON CONFLICT (state, started, "
                              "position) DO UPDATE SET doc = excluded.doc",
                              from),
                  values);
}

void RowWriter::groups(const std::map<GroupName, std::int64_t>& counts, std::int64_t state_serial) {
  Columns rows(2);
  for (const auto& [group, change] : counts) rows.add({group.str(), std::to_string(change)});
  if (rows.empty()) return;
  PostgresValues values{state_, std::to_string(state_serial)};
  const std::string from = stage("gild_groups", {{"name", "text"}, {"change", "bigint"}}, rows, values);
  connection_.run(fmt::format("INSERT INTO @.groups AS g (state, name, serial, desktops) SELECT $1::bigint, name, "
                              "$2::bigint, change FROM {} ON CONFLICT (state, name) DO UPDATE SET serial = "
                              "excluded.serial, desktops = g.desktops + excluded.desktops",
                              from),
                  values);
}

void RowWriter::everything(const State& state) {
  for (const char* table : {"desktops", "intents", "jobs", "rollouts"}) {
    connection_.run(fmt::format("DELETE FROM @.{} WHERE state = $1", table), {state_});
  }
  connection_.run("UPDATE @.groups SET desktops = 0, serial = 0 WHERE state = $1", {state_});
  ChangedRows rows;
  for (const auto& [key, desktop] : state.desktops) rows.desktops.insert(rows.desktops.end(), key);
  for (const auto& [number, intent] : state.intents) rows.intents.insert(number);
  for (const auto& [key, job] : state.jobs) rows.jobs.insert(key);
  rows.rollouts = true;
  StoredRollouts stored;
  changed(state, rows, state.serial, state.serial, {}, stored);
}

}  // namespace gild
