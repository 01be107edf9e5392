// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of the test's own (tests/support/postgres_server.py), with a new schema for each section.
#pragma once

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/open_state_store.hpp"
#include "engine/store/postgres/connection.hpp"
#include "engine/store/postgres/postgres_state_store.hpp"
#include "tests/support/real_clock.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {

class PostgresServer {
 public:
  PostgresServer() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("socketpair");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pair[1], 0);
      ::dup2(pair[1], 1);
      ::execl("/usr/bin/python3", "python3", "-B", GILD_SOURCE_DIR "/tests/support/postgres_server.py",
              GILD_BINARY_DIR "/tests", nullptr);
      ::_exit(127);
    }
    ::close(pair[1]);
    socket_ = pair[0];
    const std::string line = read_line();
    const std::size_t begin = line.find("\"url\": \"") + 8;
    url_ = line.substr(begin, line.find('"', begin) - begin);
  }
  ~PostgresServer() {
    ::close(socket_);
    ::waitpid(pid_, nullptr, 0);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string ask(const std::string& word) {
    const std::string line = word + "\n";
    if (::write(socket_, line.data(), line.size()) < 0) throw std::runtime_error("write");
    return read_line();
  }
  void kill() { ask("kill"); }
  void start() { ask("start"); }

  // postgresql://gild@/DATABASE?host=…&port=…
  std::string url(const std::string& database, const std::string& user = "gild") const {
    std::string url = url_;
    url.replace(url.find("/postgres?") + 1, 8, database);
    url.replace(url.find("gild@"), 4, user);
    return url;
  }
  std::string new_schema() { return "place" + std::to_string(++schemas_); }
  static PostgresAddress address(const std::string& url) {
    return postgres_address(url, [](std::string_view) { return std::nullopt; });
  }

 private:
  std::string read_line() {
    std::string line;
    char c = 0;
    while (::read(socket_, &c, 1) == 1 && c != '\n') line += c;
    if (c != '\n') throw std::runtime_error("the PostgreSQL server of the test has ended: " + line);
    return line;
  }

  pid_t pid_ = 0;
  int socket_ = -1;
  int schemas_ = 0;
  std::string url_;
};

// One for the whole program: each schema is new, and that is what matters.
inline PostgresServer& server() {
  static PostgresServer the_server;
  return the_server;
}

// A schema, and stores in it as several runs of the program would open them.
struct PostgresPlace {
  PostgresPlace() : url(server().url("postgres") + "&gild_schema=" + server().new_schema()) {}
  std::unique_ptr<StateStore> open(const std::string& more = {}) {
    return std::make_unique<PostgresStateStore>(PostgresServer::address(url + more), clock);
  }
  PostgresConnection connect() { return PostgresConnection(PostgresServer::address(url)); }

  std::string url;
  RealClock clock;
};

}  // namespace gild
