// SPDX-License-Identifier: Apache-2.0
// A server that means ill, or is broken: whatever it does, an exchange comes to an end, and what was sent without a
// whole answer is said to be that. Each server here goes on until the client hangs up, so a client that does not hangs
// the test.
#include <array>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/cloud/poco_transport.hpp"

namespace gild {
namespace {

// The socket to one client.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { ::close(socket_); }

  // False where the client has hung up.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  // Sends a byte of `bytes`, over and over, each some moments after the other.
  void drip(std::string_view bytes) const {
    for (std::size_t i = 0;; ++i) {
      pollfd entry{socket_, POLLRDHUP, 0};
      if (::poll(&entry, 1, 10) != 0 || !send(bytes.substr(i % bytes.size(), 1))) return;
    }
  }
  void flood(std::string_view bytes) const {
    while (send(bytes)) {
    }
  }
  void await_request() const {
    std::string request;
    std::array<char, 4096> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  bool gets_a_byte() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) > 0;
  }
  void await_end() const {
    pollfd entry{socket_, POLLRDHUP, 0};
    ::poll(&entry, 1, -1);
  }

 private:
  int socket_;
};

// Serves one client on a free port of this machine.
class HostileServer {
 public:
  explicit HostileServer(std::function<void(const Peer&)> behave) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([listener = listener_, behave = std::move(behave)] {
      const int client = ::accept(listener, nullptr, nullptr);
      if (client >= 0) behave(Peer(client));
    });
  }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends an accept() that nobody came for
    thread_.join();
    ::close(listener_);
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

HttpRequest request_to(std::string url) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = "{}";
  request.timeout = Duration{300};
  request.fresh_connection = true;
  return request;
}

// What becomes of a request to a server that behaves so once it has read the request.
std::string outcome_of(std::function<void(const Peer&)> answer) {
  const HostileServer server([answer = std::move(answer)](const Peer& peer) {
    peer.await_request();
    answer(peer);
  });
  const auto transport = make_poco_transport({}, {});
  const HttpOutcome outcome = transport->exchange(request_to("http://" + server.address()));
  if (const auto* silence = std::get_if<NoAnswer>(&outcome)) return "no answer: " + silence->why;
  if (const auto* failure = std::get_if<NotSent>(&outcome)) return "not sent: " + failure->why;
  return fmt::format("{}", std::get<HttpResponse>(outcome).status);
}

// Whether the server got a single byte.
bool got_any(HttpRequest request) {
  std::promise<bool> got;
  const HostileServer server([&](const Peer& peer) { got.set_value(peer.gets_a_byte()); });
  request.url = "http://" + server.address();
  const HttpOutcome outcome = make_poco_transport({}, {})->exchange(request);
  CHECK(std::holds_alternative<NotSent>(outcome));
  return got.get_future().get();
}

const std::string kTooLate = "no answer: no whole answer came in time";

}  // namespace

TEST_CASE("a request that is no longer wanted once the connection stands is not sent", "[hostile]") {
  HttpRequest request = request_to({});
  request.still_wanted = [] { return false; };
  CHECK_FALSE(got_any(std::move(request)));
}

TEST_CASE("an answer that drips is not waited for longer than for none", "[hostile]") {
  CHECK(outcome_of([](const Peer& peer) { peer.await_end(); }) == kTooLate);
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\n");
          peer.drip("A: b\r\n");
        }) == kTooLate);
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n{\"job_id\":\"a\"}");
          peer.drip(" ");
        }) == kTooLate);
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          peer.drip("1\r\n \r\n");
        }) == kTooLate);
  CHECK(outcome_of([](const Peer& peer) { peer.drip("HTTP/1.1 100 Continue\r\n\r\n"); }) == kTooLate);
}

TEST_CASE("an answer that never pauses comes to an end too", "[hostile]") {
  CHECK(outcome_of([](const Peer& peer) { peer.flood("HTTP/1.1 100 Continue\r\n\r\n"); }) ==
        "no answer: the answer is announced over and over");
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\n");
          peer.flood("A: b\r\n");
        }) == "no answer: the answer's header is too long");
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\n\r\n");
          peer.flood(std::string(10000, ' '));
        }) == "no answer: the answer is larger than 16 MiB");
  // Some 60 GiB until the body is too large: here only time makes an end.
  CHECK(outcome_of([](const Peer& peer) {
          peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          peer.flood("1;" + std::string(4000, 'x') + "\r\n \r\n");
        }) == kTooLate);
}

TEST_CASE("a server that does not read is not written to for ever", "[hostile]") {
  // It would not even see that the client hangs up, behind all that it has not read.
  std::promise<void> over;
  const HostileServer server([&over](const Peer&) { over.get_future().wait(); });
  HttpRequest request = request_to("http://" + server.address());
  request.body = std::string(64 * 1024 * 1024, 'x');
  const HttpOutcome outcome = make_poco_transport({}, {})->exchange(request);
  over.set_value();
  REQUIRE(std::holds_alternative<NoAnswer>(outcome));
  CHECK(std::get<NoAnswer>(outcome).why == "the request could not be sent in time");
}

TEST_CASE("a handshake that drips sends nothing", "[hostile]") {
  const HostileServer server([](const Peer& peer) {
    peer.send(std::string("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03", 11));  // a server hello of 16 KiB begins
    peer.drip("x");
  });
  const HttpOutcome outcome = make_poco_transport({}, {})->exchange(request_to("https://" + server.address()));
  REQUIRE(std::holds_alternative<NotSent>(outcome));
  CHECK_FALSE(std::get<NotSent>(outcome).certificate);
}

TEST_CASE("a proxy that announces its answer for ever, or lets it drip, leads nowhere", "[hostile]") {
  const auto through = [](std::function<void(const Peer&)> behave) {
    const HostileServer proxy(std::move(behave));
    const Environment environment = [address = proxy.address()](std::string_view name) -> std::optional<std::string> {
      if (name == "HTTPS_PROXY") return "http://" + address;
      return std::nullopt;
    };
    const HttpOutcome outcome = make_poco_transport({}, environment)->exchange(request_to("https://service.invalid"));
    REQUIRE(std::holds_alternative<NotSent>(outcome));
    return std::get<NotSent>(outcome).why.find("does not lead there") != std::string::npos;
  };
  CHECK(through([](const Peer& peer) { peer.flood("HTTP/1.1 100 Continue\r\n\r\n"); }));
  CHECK(through([](const Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    peer.drip("A: b\r\n");
  }));
}

}  // namespace gild
