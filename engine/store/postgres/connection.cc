// SPDX-License-Identifier: Apache-2.0
#include "engine/store/postgres/connection.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "engine/core/text.hpp"
#include "engine/core/url.hpp"
#include "engine/store/postgres/libpq.hpp"

namespace gild {
namespace {

// A server that says nothing for so long is taken for dead, though its machine still answers.
constexpr int kPatience = 300'000;  // milliseconds
constexpr std::size_t kCopyChunk = 65'536;

std::string one_line(std::string_view message) {
  std::string text;
  for (const char c : message) {
    if (c == '\n' && (text.empty() || text.back() == ' ')) continue;
    text += c == '\n' || c == '\t' ? ' ' : c;
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return escape_controls(text);
}

// All hosts of a list are this machine: a folder of sockets, or loopback.
bool is_local(const std::string& host, const std::string& address) {
  const std::string& list = address.empty() ? host : address;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = list.find(',', begin);
    const std::string item = list.substr(begin, end == std::string::npos ? end : end - begin);
    const bool socket = item.empty() || item.front() == '/' || item.front() == '@';
    if (!socket && !is_loopback(item)) return false;
    if (end == std::string::npos) return true;
    begin = end + 1;
  }
}

std::map<std::string, std::string> settings_of(PGconn* connection) {
  std::map<std::string, std::string> settings;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{pq().PQconninfo(connection),
                                                                             pq().PQconninfoFree};
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) settings[option->keyword] = option->val;
  }
  return settings;
}

std::shared_ptr<PGconn> start(const std::map<std::string, std::string>& parameters) {
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : parameters) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  std::shared_ptr<PGconn> connection{pq().PQconnectStartParams(keys.data(), values.data(), 0), pq().PQfinish};
  if (!connection) throw std::bad_alloc();
  return connection;
}

int poll_for(int socket, short events, int milliseconds) {
  pollfd entry{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready;
}

// libpq tries one address after the other; this is for all of them together.
void complete(PGconn* connection, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  PostgresPollingStatusType status =
      pq().PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) throw std::runtime_error(fmt::format("no answer within {} s", patience.count()));
    poll_for(pq().PQsocket(connection), status == PGRES_POLLING_READING ? POLLIN : POLLOUT, static_cast<int>(left));
    status = pq().PQconnectPoll(connection);
  }
  if (status == PGRES_POLLING_FAILED) throw std::runtime_error(pq().PQerrorMessage(connection));
}

std::vector<std::string_view> split_row(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  fields.emplace_back();
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '\t') {
      fields.emplace_back();
      continue;
    }
    if (c == '\\' && i + 1 < line.size()) {
      c = line[++i];
      constexpr std::string_view kNames = "bfnrtv";
      constexpr std::string_view kMeant = "\b\f\n\r\t\v";
      if (const std::size_t at = kNames.find(c); at != std::string_view::npos) c = kMeant[at];
    }
    fields.back() += c;
  }
  return {fields.begin(), fields.end()};
}

void add_row(std::string& out, const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += '\t';
    for (const char c : row[i]) {
      switch (c) {
        case '\\':
          out += "\\\\";
          break;
        case '\t':
          out += "\\t";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        default:
          out += c;
      }
    }
  }
  out += '\n';
}

}  // namespace

PostgresRows::PostgresRows(pg_result* result) : result_(result, pq().PQclear) {}
int PostgresRows::count() const {
  return pq().PQntuples(result_.get());
}
std::string_view PostgresRows::text(int row, int column) const {
  return {pq().PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(pq().PQgetlength(result_.get(), row, column))};
}
std::int64_t PostgresRows::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
bool PostgresRows::is_null(int row, int column) const {
  return pq().PQgetisnull(result_.get(), row, column) != 0;
}
std::int64_t PostgresRows::affected() const {
  return std::atoll(pq().PQcmdTuples(result_.get()));
}

std::string postgres_array(const std::vector<std::string>& items) {
  std::string text = "{";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : item) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

PostgresConnection::PostgresConnection(const PostgresAddress& address) : shown_(escape_controls(address.shown)) {
  std::map<std::string, std::string> parameters = address.parameters;
  connection_ = start(parameters);
  const std::map<std::string, std::string> settings = settings_of(connection_.get());
  const auto setting = [&](const char* key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string{} : found->second;
  };
  // What libpq was not told, it would try without TLS, and it would believe any certificate.
  if (!is_local(setting("host"), setting("hostaddr"))) {
    const std::string mode = setting("sslmode");
    if (mode != "verify-full" && mode != "prefer") {
      throw Error(
          ErrorKind::refused,
          fmt::format("With sslmode={} nothing makes sure that {} is who it says it is", escape_controls(mode), shown_),
          "Nothing was sent. Leave sslmode out, or say verify-full; the certificate of an authority of your "
          "own is named by sslrootcert, PGSSLROOTCERT or GILD_CA_FILE. Other modes are for a server on this "
          "machine.");
    }
    parameters["sslmode"] = "verify-full";
    if (setting("sslrootcert").empty() && !address.ca_file.empty()) parameters["sslrootcert"] = address.ca_file;
    connection_ = start(parameters);
  }
  try {
    const int patience = std::atoi(setting("connect_timeout").c_str());
    complete(connection_.get(), std::chrono::seconds{patience > 0 ? patience : 60});
  } catch (const std::runtime_error& error) {
    throw PostgresError(fmt::format("{} cannot be reached: {}", shown_, one_line(error.what())), "",
                        "The state lives there, so nothing was done.");
  }
  pq().PQsetnonblocking(connection_.get(), 1);
  // Notices are for the server's own tools.
  pq().PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<char, decltype(&PQfreemem)> name{
      pq().PQescapeIdentifier(connection_.get(), address.schema.data(), address.schema.size()), pq().PQfreemem};
  schema_ = name.get();
}

std::int64_t PostgresConnection::told_pid() const {
  return pq().PQbackendPID(connection_.get());
}

bool PostgresConnection::lost() const {
  return pq().PQstatus(connection_.get()) != CONNECTION_OK;
}

std::string PostgresConnection::quote(std::string_view text) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> literal{
      pq().PQescapeLiteral(connection_.get(), text.data(), text.size()), pq().PQfreemem};
  if (!literal) fail_lost();
  return literal.get();
}

std::string PostgresConnection::prepared(std::string_view sql) const {
  std::string text;
  text.reserve(sql.size() + 64);
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '@' && i + 1 < sql.size() && sql[i + 1] == '.') {
      text += schema_;
    } else {
      text += sql[i];
    }
  }
  return text;
}

void PostgresConnection::fail_lost() const {
  throw PostgresError(
      fmt::format("The connection to {} is lost: {}", shown_, one_line(pq().PQerrorMessage(connection_.get()))), "");
}

void PostgresConnection::wait(bool for_writing) const {
  const int socket = pq().PQsocket(connection_.get());
  if (socket < 0) fail_lost();
  const short events = for_writing ? POLLIN | POLLOUT : POLLIN;
  if (poll_for(socket, events, kPatience) > 0) return;
  throw PostgresError(fmt::format("{} has not answered for {} s", shown_, kPatience / 1000), "");
}

void PostgresConnection::flush() {
  for (;;) {
    const int left = pq().PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) fail_lost();
    wait(true);
    if (pq().PQconsumeInput(connection_.get()) == 0) fail_lost();
  }
}

PostgresRows PostgresConnection::finish() {
  flush();
  std::optional<PostgresRows> rows;
  std::optional<PostgresError> failure;
  for (;;) {
    while (pq().PQisBusy(connection_.get()) != 0) {
      wait(false);
      if (pq().PQconsumeInput(connection_.get()) == 0) fail_lost();
    }
    PGresult* result = pq().PQgetResult(connection_.get());
    if (result == nullptr) break;
    const ExecStatusType status = pq().PQresultStatus(result);
    PostgresRows owned(result);
    if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN) return owned;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
      rows = std::move(owned);
      continue;
    }
    const char* code = pq().PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* text = pq().PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (failure) continue;
    failure.emplace(fmt::format("{}: {}", shown_, one_line(text != nullptr ? text : pq().PQresultErrorMessage(result))),
                    code != nullptr ? code : "");
  }
  if (failure) throw *failure;
  if (!rows || lost()) fail_lost();
  return *rows;
}

PostgresRows PostgresConnection::run(std::string_view sql, const PostgresValues& values) {
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const auto& value : values) pointers.push_back(value ? value->c_str() : nullptr);
  if (pq().PQsendQueryParams(connection_.get(), prepared(sql).c_str(), static_cast<int>(pointers.size()), nullptr,
                             pointers.data(), nullptr, nullptr, 0) == 0) {
    fail_lost();
  }
  return finish();
}

void PostgresConnection::run_script(std::string_view sql) {
  if (pq().PQsendQuery(connection_.get(), prepared(sql).c_str()) == 0) fail_lost();
  finish();
}

void PostgresConnection::copy_out(std::string_view query,
                                  const std::function<void(const std::vector<std::string_view>&)>& take) {
  if (pq().PQsendQuery(connection_.get(), prepared(fmt::format("COPY ({}) TO STDOUT", query)).c_str()) == 0)
    fail_lost();
  finish();
  std::vector<std::string> fields;
  for (;;) {
    char* line = nullptr;
    const int length = pq().PQgetCopyData(connection_.get(), &line, 1);
    if (length > 0) {
      const std::unique_ptr<char, decltype(&PQfreemem)> owned{line, pq().PQfreemem};
      take(split_row({line, static_cast<std::size_t>(length) - 1}, fields));
      continue;
    }
    if (length < 0) break;
    wait(false);
    if (pq().PQconsumeInput(connection_.get()) == 0) fail_lost();
  }
  finish();
}

void PostgresConnection::copy_in(std::string_view target, const std::function<bool(std::vector<std::string>&)>& next) {
  if (pq().PQsendQuery(connection_.get(), prepared(fmt::format("COPY {} FROM STDIN", target)).c_str()) == 0)
    fail_lost();
  finish();
  std::string chunk;
  std::vector<std::string> row;
  const auto send = [&] {
    while (pq().PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1) {
      if (lost()) fail_lost();
      wait(true);
      if (pq().PQconsumeInput(connection_.get()) == 0) fail_lost();
    }
    chunk.clear();
    flush();
  };
  while (next(row)) {
    add_row(chunk, row);
    row.clear();
    if (chunk.size() >= kCopyChunk) send();
  }
  if (!chunk.empty()) send();
  if (pq().PQputCopyEnd(connection_.get(), nullptr) < 0) fail_lost();
  finish();
}

PostgresTransaction::PostgresTransaction(PostgresConnection& connection, std::string_view begin)
    : connection_(connection) {
  connection_.run(begin);
}

PostgresTransaction::~PostgresTransaction() {
  if (!open_ || connection_.lost()) return;
  try {
    connection_.run("ROLLBACK");
  } catch (const Error&) {
    // The server rolls back by itself when the session ends, and what went wrong first is what to tell.
  }
}

void PostgresTransaction::commit() {
  open_ = false;
  connection_.run("COMMIT");
}

}  // namespace gild
