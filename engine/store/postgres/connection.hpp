// SPDX-License-Identifier: Apache-2.0
// One session with a PostgreSQL server, over libpq: statements, COPY, and errors that say whether the session is lost.
// Only it and address.cc
// know libpq.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/store/postgres/address.hpp"

struct pg_conn;
struct pg_result;

namespace gild {

// The server said no, or the session is lost.
class PostgresError : public Error {
 public:
  // `code`: SQLSTATE; empty where the session is lost: what was sent last may or may not have been done.
  PostgresError(std::string message, std::string code, std::string advice = {})
      : Error(ErrorKind::storage, std::move(message), std::move(advice)), code_(std::move(code)) {}
  const std::string& code() const { return code_; }
  // 57P01…57P03: the server ended the session itself.
  bool session_lost() const { return code_.empty() || code_.starts_with("57P0"); }

 private:
  std::string code_;
};

// Values by place; all as text.
class PostgresRows {
 public:
  explicit PostgresRows(pg_result* result);
  int count() const;
  bool empty() const { return count() == 0; }
  std::string_view text(int row, int column) const;
  std::int64_t integer(int row, int column) const;
  bool is_null(int row, int column) const;
  bool flag(int row, int column) const { return text(row, column) == "t"; }
  std::int64_t affected() const;  // rows inserted, updated or deleted

 private:
  std::shared_ptr<pg_result> result_;
};

using PostgresValues = std::vector<std::optional<std::string>>;

// The text of an array, for a parameter of type text[] or bigint[].
std::string postgres_array(const std::vector<std::string>& items);

class PostgresConnection {
 public:
  // Connects. TLS with a verified certificate, except on this machine. Throws PostgresError, and Error(refused) where
  // the connection would not be safe.
  explicit PostgresConnection(const PostgresAddress& address);

  // "@." in a statement stands for the schema. Throws PostgresError.
  PostgresRows run(std::string_view sql, const PostgresValues& values = {});
  // Several statements in one, without values or rows.
  void run_script(std::string_view sql);
  // COPY (…) TO STDOUT: calls take(fields) for each row, none of them null.
  void copy_out(std::string_view query, const std::function<void(const std::vector<std::string_view>&)>& take);
  // COPY … FROM STDIN of rows that next() gives until it says false.
  void copy_in(std::string_view target, const std::function<bool(std::vector<std::string>& row)>& next);

  std::string quote(std::string_view text) const;  // a literal
  const std::string& schema() const { return schema_; }
  // The process that serves us, as it was told when we connected. A pooler tells another than pg_backend_pid() does.
  std::int64_t told_pid() const;
  bool lost() const;

 private:
  std::string prepared(std::string_view sql) const;
  PostgresRows finish();
  void wait(bool for_writing) const;
  void flush();
  [[noreturn]] void fail_lost() const;

  std::shared_ptr<pg_conn> connection_;
  std::string shown_;
  std::string schema_;  // quoted
};

// BEGIN … COMMIT around a piece of work; rolls back where it ends without commit().
class PostgresTransaction {
 public:
  explicit PostgresTransaction(PostgresConnection& connection, std::string_view begin = "BEGIN");
  ~PostgresTransaction();
  PostgresTransaction(const PostgresTransaction&) = delete;
  PostgresTransaction& operator=(const PostgresTransaction&) = delete;
  void commit();

 private:
  PostgresConnection& connection_;
  bool open_ = true;
};

}  // namespace gild
