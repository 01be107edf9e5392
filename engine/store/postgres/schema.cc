// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/schema.hpp"

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/store/postgres/advisory_key.hpp"

namespace gild {
namespace {

// Names compare by their bytes, as they do in the program. `lock_id` is the fence: whoever writes holds the row of each
// group it writes for, and finds the id of its own lock in it. An empty group_name is a desktop without a group.
// under_way is the group of the open request or job that has the desktop.
constexpr const char* kTables = R"sql(
CREATE TABLE @.version (version integer NOT NULL);
INSERT INTO @.version VALUES (0);
CREATE TABLE @.states (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE,
  lineage     text NOT NULL,
  serial      bigint NOT NULL DEFAULT 0,
  base_serial bigint NOT NULL DEFAULT 0,
  next_serial bigint NOT NULL DEFAULT 1,
  moved_to    text,
  lock_id     text
);
CREATE TABLE @.groups (
  state    bigint NOT NULL REFERENCES @.states,
  name     text COLLATE "C" NOT NULL,
  serial   bigint NOT NULL DEFAULT 0,
  desktops bigint NOT NULL DEFAULT 0,
  lock_id  text,
  PRIMARY KEY (state, name)
);
CREATE TABLE @.locks (
  id        text PRIMARY KEY,
  state     bigint NOT NULL REFERENCES @.states,
  whole     boolean NOT NULL,
  groups    text[] NOT NULL,
  backend   integer NOT NULL,
  user_name text NOT NULL,
  host      text NOT NULL,
  pid       bigint NOT NULL,
  command   text NOT NULL,
  since     timestamptz NOT NULL
);
CREATE TABLE @.desktops (
  state      bigint NOT NULL REFERENCES @.states,
  workspace  text COLLATE "C" NOT NULL,
  id         text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  serial     bigint NOT NULL,
  under_way  text COLLATE "C",
  doc        text NOT NULL,
  PRIMARY KEY (state, workspace, id)
);
CREATE INDEX desktops_by_group ON @.desktops (state, group_name);
CREATE INDEX desktops_by_id ON @.desktops (state, id);
CREATE INDEX desktops_under_way ON @.desktops (state, workspace) WHERE under_way IS NOT NULL;
CREATE TABLE @.intents (
  state      bigint NOT NULL REFERENCES @.states,
  number     bigint NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  doc        text NOT NULL,
  PRIMARY KEY (state, number)
);
CREATE TABLE @.jobs (
  state      bigint NOT NULL REFERENCES @.states,
  id         text COLLATE "C" NOT NULL,
  workspace  text COLLATE "C" NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  doc        text NOT NULL,
  PRIMARY KEY (state, id, workspace)
);
CREATE TABLE @.rollouts (
  state       bigint NOT NULL REFERENCES @.states,
  started     bigint NOT NULL,
  plan_digest text NOT NULL,
  started_at  text NOT NULL,
  PRIMARY KEY (state, started)
);
CREATE TABLE @.rollout_groups (
  state      bigint NOT NULL,
  started    bigint NOT NULL,
  position   integer NOT NULL,
  group_name text COLLATE "C" NOT NULL,
  doc        text NOT NULL,
  PRIMARY KEY (state, started, position),
  FOREIGN KEY (state, started) REFERENCES @.rollouts ON DELETE CASCADE
);
CREATE INDEX rollout_groups_by_name ON @.rollout_groups (state, group_name);
CREATE TABLE @.journal (
  state   bigint NOT NULL REFERENCES @.states,
  serial  bigint NOT NULL,
  at      timestamptz NOT NULL,
  lock_id text NOT NULL,
  record  text NOT NULL,
  PRIMARY KEY (state, serial)
);
)sql";

int newest() {
  return static_cast<int>(postgres_schema_steps().size());
}

Error may_not(const PostgresConnection& connection, const std::string& why) {
  return {ErrorKind::refused,
          fmt::format("The tables of the state could not be made in the schema {}: {}",
                      escape_controls(connection.schema()), why),
          "Nothing was changed. Whoever may make tables in this database makes them, by the statements in "
          "docs/state-postgresql.md, and lets this role use them. After that no right to make anything is needed."};
}

}  // namespace

const std::vector<std::string>& postgres_schema_steps() {
  static const std::vector<std::string> kSteps{kTables};
  return kSteps;
}

int postgres_schema_version(PostgresConnection& connection) {
  if (connection.run("SELECT to_regclass($1) IS NOT NULL", {connection.schema() + ".version"}).text(0, 0) != "t") {
    return 0;
  }
  const PostgresRows rows = connection.run("SELECT max(version) FROM @.version");
  const auto version = static_cast<int>(rows.integer(0, 0));
  if (version > newest()) {
    throw Error(ErrorKind::input,
                fmt::format("The schema {} has version {}, and this gild knows {}",
                            escape_controls(connection.schema()), version, newest()),
                "A newer gild has made it. Nothing was changed; use that version, or a newer one.");
  }
  return version;
}

void make_postgres_schema(PostgresConnection& connection) {
  if (postgres_schema_version(connection) == newest()) return;
  try {
    PostgresTransaction transaction(connection);
    // Two that come first at the same time: the second one finds it made.
    connection.run("SELECT pg_advisory_xact_lock($1)",
                   {std::to_string(advisory_key({"schema", connection.schema()}).value)});
    const int version = postgres_schema_version(connection);
    if (connection.run("SELECT to_regnamespace($1) IS NOT NULL", {connection.schema()}).text(0, 0) != "t") {
      connection.run_script(fmt::format("CREATE SCHEMA {}", connection.schema()));
    }
    const std::vector<std::string>& steps = postgres_schema_steps();
    for (int step = version; step < newest(); ++step) {
      connection.run_script(steps[static_cast<std::size_t>(step)]);
      connection.run("UPDATE @.version SET version = $1", {std::to_string(step + 1)});
    }
    transaction.commit();
  } catch (const PostgresError& error) {
    if (error.code() == "42501") throw may_not(connection, error.what());
    throw;
  }
}

}  // namespace gild
