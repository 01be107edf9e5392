// SPDX-License-Identifier: Apache-2.0
// One connection to a host: TCP, a tunnel through a proxy where there is one, TLS. Every wait ends at a deadline, and
// a failure says whether a byte of what was to be sent had left this machine.
//
// TLS runs over memory buffers and not over OpenSSL's own socket calls: so the host name is checked inside the
// handshake and not after it, no signal can cut a handshake in half, and a write to a dead connection is an error here
// and never a SIGPIPE for the whole process.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/cloud/proxy.hpp"
#include "engine/core/url.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

struct ConnectionFailure {
  std::string why;
  bool certificate = false;  // it, or the host's name in it, did not verify
};

// What certificates are checked against. Reading the system's roots takes some 20 ms: made at the first connection.
class TlsTrust {
 public:
  // Throws Error(input) where a file of `ca_files` cannot be read or holds no certificate, and Error(usage) where the
  // texts in PEM form do not hold what they should.
  explicit TlsTrust(const TransportOptions& options);
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;
  void* context() const { return context_; }  // SSL_CTX*

 private:
  void* context_;
};

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // `trust` may be null for plain http. Throws ConnectionFailure.
  static std::unique_ptr<Connection> open(const Url& url, const std::optional<Proxy>& proxy, const TlsTrust* trust,
                                          Deadline deadline);
  virtual ~Connection() = default;

  // Throws ConnectionFailure; `*sent` is set once a byte of it has left.
  virtual void send(std::string_view bytes, Deadline deadline, bool* sent) = 0;
  struct Received {
    std::string bytes;       // empty: the connection ended
    bool clean_end = false;  // and the other side said so
  };
  // Waits for some bytes. Throws ConnectionFailure where it was reset or the deadline passed.
  virtual Received receive(Deadline deadline) = 0;
  // Nothing has come in and nobody has hung up since the last exchange.
  virtual bool is_idle() = 0;
};

}  // namespace gild
