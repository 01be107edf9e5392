// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange. Knows nothing of the service; follows no redirect; verifies certificates and host names always.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/secret.hpp"
#include "engine/core/text.hpp"
#include "engine/core/time.hpp"

namespace gild {

struct HttpRequest {
  std::string method;
  std::string url;  // absolute; path and query percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration timeout{60000};  // for each of connecting, sending and receiving
  // Of the answer's body; more is no answer. A page of 1,000 sub-jobs takes some 1 MiB.
  std::size_t most_bytes = 16 * 1024 * 1024;
  bool fresh_connection = false;  // a kept-alive session may resend on its own; what must go once asks for a new one
  // Asked when the connection stands, right before the first byte: where it says false, none is written (NotSent).
  std::function<bool()> still_wanted{};
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool complete = true;  // false: the body ended before its Content-Length or its last chunk

  // Case-insensitive; empty where there is none.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (same_ignoring_case(key, name)) return value;
    }
    return {};
  }
};

// Not a byte of the request was written: name resolution, connect or TLS handshake failed, or it was no longer wanted.
struct NotSent {
  std::string why;
  bool certificate = false;  // the server's certificate or host name did not verify: never worth another try
};
// The request went out, at least in part, and no whole answer came back.
struct NoAnswer {
  std::string why;
};
using HttpOutcome = std::variant<HttpResponse, NotSent, NoAnswer>;

struct TransportOptions {
  std::vector<std::string> ca_files{};  // beside the system's own certificates
  std::string ca_pem{};                 // certificates as text, beside those
  // By which the client shows who it is; both or neither.
  std::string client_certificate_pem{};
  Secret client_key_pem{};
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Sends at most once, whatever happens.
  virtual HttpOutcome exchange(const HttpRequest& request) = 0;
};

}  // namespace gild
