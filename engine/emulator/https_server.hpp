// SPDX-License-Identifier: Apache-2.0
// The socket in front of the emulated service, over TLS; the only file of the emulator that knows Poco/Net.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/emulator/certificates.hpp"
#include "engine/emulator/exchange.hpp"

namespace gild::emulator {

// "127.0.0.1:0", "[::1]:8443": an address, not a name. Throws Error(usage).
struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  bool loopback = true;
  bool any = false;  // 0.0.0.0 or ::
};
ListenAddress parse_listen_address(const std::string& text);

class HttpsServer {
 public:
  using Handler = std::function<Answer(const Request&)>;

  // Serves at once, on threads of its own; `handler` is called from several of them. Throws Error(service) where the
  // address cannot be listened on.
  HttpsServer(const ListenAddress& address, const CertificateFiles& files, Handler handler);
  ~HttpsServer();  // as stop()
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;

  std::uint16_t port() const;
  // Closes every connection; answers that wait for their time are dropped. May be called again.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gild::emulator
