// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/address.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/core/url.hpp"
#include "engine/store/postgres/libpq.hpp"

namespace gild {
namespace {

constexpr std::size_t kLongestName = 63;  // of anything in PostgreSQL

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::usage, fmt::format("This is no address of a state in PostgreSQL: {}", escape_controls(why)),
              "It looks like this; what is left out comes from PGHOST, PGDATABASE, PGSERVICE and the other variables "
              "of libpq, the password from PGPASSFILE or ~/.pgpass:\n\n    postgresql://user@host:5432/database\n");
}

std::string checked_name(std::string name, std::string_view parameter) {
  if (name.empty() || name.size() > kLongestName || !is_utf8(name)) {
    fail(fmt::format("{} takes a name of 1 to {} bytes", parameter, kLongestName));
  }
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < ' ') fail(fmt::format("{} holds a control character", parameter));
  }
  return name;
}

// Takes our own parameters out of the query; the rest is libpq's.
std::string take_own(std::string_view url, PostgresAddress& address) {
  const std::size_t mark = url.find('?');
  std::string rest(url.substr(0, mark));
  if (mark == std::string_view::npos) return rest;
  std::string_view query = url.substr(mark + 1);
  char separator = '?';
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    const std::string_view key = item.substr(0, equals);
    const std::string value =
        equals == std::string_view::npos ? std::string{} : percent_decode(item.substr(equals + 1));
    if (key == "gild_schema") {
      address.schema = checked_name(value, key);
    } else if (key == "gild_state") {
      address.state = checked_name(value, key);
    } else {
      rest += separator;
      rest += item;
      separator = '&';
    }
  }
  return rest;
}

// A password with a character that ends it: what libpq takes for host, port or database then is the rest of it, which
// would be shown.
void check_password_ended(std::string_view url, const PostgresAddress& address) {
  std::string_view place = url.substr(0, url.find('?'));
  place.remove_prefix(std::min(place.find("://") + 3, place.size()));
  const std::size_t at = place.find('@');
  const bool odd =
      at != std::string_view::npos && (place.find('/') < at || place.find('@', at + 1) != std::string_view::npos);
  const auto host = address.parameters.find("host");
  // At its beginning it stands for a socket without a file.
  if (!odd && (host == address.parameters.end() || host->second.find('@', 1) == std::string::npos)) return;
  throw Error(ErrorKind::usage, "This is no address of a state in PostgreSQL: there is an @ where none can be",
              "Where that is of a password, keep it in PGPASSWORD, PGPASSFILE or ~/.pgpass, out of the address. In an "
              "address an @ is written as %40, and a / in a password or name as %2F.");
}

// Only what says where: no password, whatever the parameter that carried it.
std::string shown_url(const PostgresAddress& address) {
  const auto find = [&](const char* key) {
    const auto found = address.parameters.find(key);
    return found == address.parameters.end() ? std::string{} : found->second;
  };
  std::string url = "postgresql://";
  if (const std::string user = find("user"); !user.empty()) url += percent_encode(user) + "@";
  const std::string host = find("host");
  Query query;
  // A folder of sockets and a list of hosts stand in the query as they are in libpq's own examples.
  if (!host.empty() && host.find_first_of("/,@") == std::string::npos) {
    url += host.find(':') == std::string::npos ? percent_encode(host) : fmt::format("[{}]", host);
    if (const std::string port = find("port"); !port.empty()) url += ":" + port;
  } else {
    if (!host.empty()) query.emplace_back("host", host);
    if (const std::string port = find("port"); !port.empty()) query.emplace_back("port", port);
  }
  if (const std::string database = find("dbname"); !database.empty()) url += "/" + percent_encode(database);
  for (const char* key : {"service", "sslmode", "sslrootcert"}) {
    if (const std::string value = find(key); !value.empty()) query.emplace_back(key, value);
  }
  if (address.schema != "gild") query.emplace_back("gild_schema", address.schema);
  if (address.state != "default") query.emplace_back("gild_state", address.state);
  if (!query.empty()) url += "?" + encode_query(query);
  return url;
}

}  // namespace

PostgresAddress for_writing(PostgresAddress address) {
  if (address.any_server) address.parameters["target_session_attrs"] = "read-write";
  return address;
}

PostgresAddress postgres_address(std::string_view url, const Environment& environment) {
  PostgresAddress address;
  if (url.find('\0') != std::string_view::npos) fail("it holds a NUL");
  const std::string rest = take_own(url, address);
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      pq().PQconninfoParse(rest.c_str(), &message), pq().PQconninfoFree};
  const std::unique_ptr<char, decltype(&PQfreemem)> owned{message, pq().PQfreemem};
  // libpq quotes the URL in some of its messages, and the URL may hold a password.
  if (!options) fail("libpq does not understand it");
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) address.parameters[option->keyword] = option->val;
  }
  check_password_ended(rest, address);
  address.any_server =
      !variable(environment, "PGTARGETSESSIONATTRS") && !address.parameters.contains("target_session_attrs");
  const auto by_default = [&](const char* key, const char* value) { address.parameters.try_emplace(key, value); };
  address.shown = shown_url(address);
  by_default("fallback_application_name", "gild");
  by_default("client_encoding", "UTF8");
  if (!variable(environment, "PGCONNECT_TIMEOUT")) by_default("connect_timeout", "10");
  // A server that vanished is noticed within a minute or so.
  by_default("keepalives_idle", "30");
  by_default("keepalives_interval", "10");
  by_default("keepalives_count", "3");
  by_default("tcp_user_timeout", "60000");
  address.ca_file = variable(environment, "GILD_CA_FILE").value_or("/etc/ssl/certs/ca-certificates.crt");
  const std::optional<std::string> home = variable(environment, "HOME");
  if (home && !variable(environment, "GILD_CA_FILE")) {
    std::error_code ignored;
    if (std::filesystem::exists(*home + "/.postgresql/root.crt", ignored)) address.ca_file.clear();
  }
  return address;
}

}  // namespace gild
