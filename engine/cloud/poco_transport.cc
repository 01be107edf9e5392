// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/poco_transport.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/cloud/connection.hpp"
#include "engine/cloud/http_message.hpp"
#include "engine/cloud/proxy.hpp"
#include "engine/core/url.hpp"

namespace gild {
namespace {

using std::chrono::steady_clock;

// Servers and what stands before them drop idle connections; ours goes first, so that a request seldom meets a dead
// one.
constexpr std::chrono::seconds kIdleLimit{20};
constexpr std::chrono::seconds kLongestConnect{30};

class PocoTransport : public Transport {
 public:
  PocoTransport(TransportOptions options, Environment environment)
      : options_(std::move(options)), environment_(std::move(environment)) {}

  HttpOutcome exchange(const HttpRequest& request) override {
    const auto url = parse_url(request.url);
    if (!url) return NotSent{"the address of the request is malformed"};
    const bool keep = !request.fresh_connection;
    const auto bytes = write_request(request, *url, keep ? ConnectionUse::keep_alive : ConnectionUse::close);
    if (!bytes) return NotSent{"a header of the request holds a character that cannot be sent"};

    std::unique_ptr<Connection> connection = keep ? take_kept(*url) : nullptr;
    if (!connection) {
      try {
        connection = connect(*url, request.timeout);
      } catch (const ConnectionFailure& failure) {
        return NotSent{fmt::format("{}: {}", url->authority(), failure.why), failure.certificate};
      }
    }

    if (request.still_wanted && !request.still_wanted()) {
      return NotSent{"connecting took so long that it was not sent any more"};
    }
    bool sent = false;
    try {
      connection->send(*bytes, steady_clock::now() + request.timeout, &sent);
    } catch (const ConnectionFailure& failure) {
      if (!sent) return NotSent{fmt::format("{}: {}", url->authority(), failure.why)};
      return NoAnswer{failure.why};
    }
    return receive(*url, std::move(connection), request, keep);
  }

 private:
  struct Kept {
    std::unique_ptr<Connection> connection;
    steady_clock::time_point since;
  };

  std::unique_ptr<Connection> connect(const Url& url, Duration timeout) {
    if (url.tls() && !trust_) trust_.emplace(options_);
    const auto patience = std::min<std::chrono::milliseconds>(timeout, kLongestConnect);
    return Connection::open(url, proxy_for(url, environment_), trust_ ? &*trust_ : nullptr,
                            steady_clock::now() + patience);
  }

  std::unique_ptr<Connection> take_kept(const Url& url) {
    const auto found = kept_.find(url.scheme + "://" + url.authority());
    if (found == kept_.end()) return nullptr;
    Kept kept = std::move(found->second);
    kept_.erase(found);
    if (steady_clock::now() - kept.since > kIdleLimit || !kept.connection->is_idle()) return nullptr;
    return std::move(kept.connection);
  }

  HttpOutcome receive(const Url& url, std::unique_ptr<Connection> connection, const HttpRequest& request, bool keep) {
    const auto deadline = steady_clock::now() + request.timeout;
    ResponseReader reader(request.most_bytes);
    try {
      while (!reader.done() && !reader.failed()) {
        const auto received = connection->receive(deadline);
        if (received.bytes.empty()) {
          reader.end(received.clean_end);
        } else {
          reader.feed(received.bytes);
        }
      }
    } catch (const ConnectionFailure& failure) {
      return NoAnswer{failure.why};
    }
    if (reader.failed()) return NoAnswer{reader.failure()};
    if (keep && reader.may_keep_alive()) {
      kept_[url.scheme + "://" + url.authority()] = {std::move(connection), steady_clock::now()};
    }
    return reader.take();
  }

  TransportOptions options_;
  Environment environment_;
  std::optional<TlsTrust> trust_;
  std::map<std::string, Kept> kept_;
};

}  // namespace

std::unique_ptr<Transport> make_poco_transport(TransportOptions options, Environment environment) {
  return std::make_unique<PocoTransport>(std::move(options), std::move(environment));
}

}  // namespace gild
