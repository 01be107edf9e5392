// SPDX-License-Identifier: Apache-2.0
// The tables in which a state lives in PostgreSQL, and the steps by which they came to be. docs/state-postgresql.md
// holds the same statements for whoever may make tables where gild may not.
#pragma once

#include <string>
#include <vector>

#include "engine/store/postgres/connection.hpp"

namespace gild {

// Step n (from 1) leads from version n - 1 to n. "@." stands for the schema. A step that was once released stays as it
// is; what changes comes in a step more.
const std::vector<std::string>& postgres_schema_steps();

// 0 where there is nothing of ours. Throws Error(input) where a newer gild has made it.
int postgres_schema_version(PostgresConnection& connection);
// Makes what is missing. Throws Error(refused) where this role may not, with what to do.
void make_postgres_schema(PostgresConnection& connection);

}  // namespace gild
