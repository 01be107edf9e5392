// SPDX-License-Identifier: Apache-2.0
// Where a state in PostgreSQL is: a URL as libpq takes it, with the schema and the state's name as two parameters more.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/core/environment.hpp"

namespace gild {

struct PostgresAddress {
  // libpq's keywords. May hold a password: for libpq alone. What is missing comes from where libpq looks for it: PG*
  // variables, the service file, the password file.
  std::map<std::string, std::string> parameters;
  std::string schema = "gild";
  std::string state = "default";
  std::string shown;       // the URL without password, for people and for --state
  bool any_server = true;  // nothing was said about which of several servers is meant, and in which role
  std::string ca_file;     // what a server's certificate is verified by where libpq is told nothing else
};

// The same, but a standby is no such server: among several hosts the one that takes writes is looked for.
PostgresAddress for_writing(PostgresAddress address);

// postgresql://… or postgres://… Throws Error(usage) for what libpq does not understand.
PostgresAddress postgres_address(std::string_view url, const Environment& environment);

}  // namespace gild
