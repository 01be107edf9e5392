// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "engine/cloud/http_message.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

using Deadline = Connection::Deadline;

constexpr off_t kLargestBundle = 16 * 1024 * 1024;  // the system's own has 0.2 MiB

Poco::Timespan until(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
  return Poco::Timespan(std::max<std::int64_t>(left.count(), 0));
}

// True where the socket is ready, false where the deadline passed. Signals only make it look at the time again.
bool wait_for(int socket, short events, Deadline deadline) {
  while (true) {
    pollfd entry{socket, events, 0};
    const auto left = until(deadline).totalMilliseconds();
    const int result = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left + 1, 60'000)));
    if (result > 0) return true;
    if (result == 0 && until(deadline).totalMicroseconds() == 0) return false;
    if (result < 0 && errno != EINTR) throw ConnectionFailure{std::generic_category().message(errno)};
  }
}

std::string reason_of(int error_number) {
  return std::generic_category().message(error_number);
}

std::string openssl_reason() {
  std::string reason = "the connection was closed";
  while (const unsigned long code = ERR_get_error()) {
    const char* text = ERR_reason_error_string(code);
    if (text != nullptr) reason = text;
  }
  return reason;
}

// Bytes over TCP. The socket does not block; every wait is a poll with a deadline.
class PlainConnection : public Connection {
 public:
  explicit PlainConnection(const Poco::Net::StreamSocket& socket) : socket_(socket) {
    socket_.setBlocking(false);
    socket_.setNoDelay(true);
  }

  void send(std::string_view bytes, Deadline deadline, bool* sent) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.impl()->sockfd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        if (count > 0 && sent != nullptr) *sent = true;
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait_for(socket_.impl()->sockfd(), POLLOUT, deadline)) {
          throw ConnectionFailure{"the request could not be sent in time"};
        }
      } else if (errno != EINTR) {
        throw ConnectionFailure{reason_of(errno)};
      }
    }
  }

  Received receive(Deadline deadline) override {
    // What lies here when the deadline passes is still taken: a process that was stopped for a while must not throw an
    // answer away. But a peer that never pauses could keep us for ever with that.
    if (until(deadline).totalMicroseconds() > 0) {
      late_reads_ = 0;
    } else if (++late_reads_ > kMaxLateReads) {
      throw ConnectionFailure{"no whole answer came in time"};
    }
    std::array<char, 16384> buffer{};
    while (true) {
      const ssize_t count = ::recv(socket_.impl()->sockfd(), buffer.data(), buffer.size(), 0);
      if (count >= 0) return {std::string(buffer.data(), static_cast<std::size_t>(count)), count == 0};
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait_for(socket_.impl()->sockfd(), POLLIN, deadline)) {
          throw ConnectionFailure{"no whole answer came in time"};
        }
      } else if (errno != EINTR) {
        throw ConnectionFailure{reason_of(errno)};
      }
    }
  }

  bool is_idle() override {
    pollfd entry{socket_.impl()->sockfd(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 0;
  }

 private:
  static constexpr int kMaxLateReads = 1100;  // of 16 KiB: the largest answer

  Poco::Net::StreamSocket socket_;
  int late_reads_ = 0;
};

class TlsConnection : public Connection {
 public:
  TlsConnection(std::unique_ptr<Connection> below, const std::string& host, const TlsTrust& trust, Deadline deadline)
      : below_(std::move(below)), ssl_(SSL_new(static_cast<SSL_CTX*>(trust.context())), SSL_free) {
    if (!ssl_) throw ConnectionFailure{"TLS could not be set up: " + openssl_reason()};
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);  // which takes ownership
    BIO_set_mem_eof_return(incoming_, -1);          // an empty buffer means "not yet", not the end
    name_peer(host);
    handshake(host, deadline);
  }

  // Says goodbye, without waiting for the answer.
  ~TlsConnection() override {
    if (broken_) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    try {
      flush(std::chrono::steady_clock::now(), nullptr);
    } catch (const ConnectionFailure&) {
      // It is over in any case.
    }
  }

  void send(std::string_view bytes, Deadline deadline, bool* sent) override {
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1 || written != bytes.size()) {
      broken_ = true;
      throw ConnectionFailure{openssl_reason()};
    }
    flush(deadline, sent);
  }

  Received receive(Deadline deadline) override {
    std::array<char, 16384> buffer{};
    while (true) {
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
      if (result == 1) return {std::string(buffer.data(), count), false};
      switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
          flush(deadline, nullptr);
          if (!fill(deadline)) return {{}, false};
          break;
        case SSL_ERROR_WANT_WRITE:
          flush(deadline, nullptr);
          break;
        case SSL_ERROR_ZERO_RETURN:
          return {{}, true};
        default:
          broken_ = true;
          throw ConnectionFailure{openssl_reason()};
      }
    }
  }

  bool is_idle() override {
    // A server of TLS 1.3 sends session tickets after its answer; they are no sign of life to be wary of.
    while (!below_->is_idle()) {
      std::array<char, 1> byte{};
      try {
        if (!fill(std::chrono::steady_clock::now())) return false;
      } catch (const ConnectionFailure&) {
        return false;
      }
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_peek_ex(ssl_.get(), byte.data(), byte.size(), &count);
      if (result == 1 || SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) return false;
    }
    return true;
  }

 private:
  void name_peer(const std::string& host) {
    if (is_ip_address(host)) {
      if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1) return;
    } else {
      SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
      if (SSL_set1_host(ssl_.get(), host.c_str()) == 1 &&
          SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(host.c_str())) == 1) {
        return;
      }
    }
    throw ConnectionFailure{"TLS could not be set up: " + openssl_reason()};
  }

  void handshake(const std::string& host, Deadline deadline) {
    while (true) {
      ERR_clear_error();
      const int result = SSL_connect(ssl_.get());
      if (result == 1) break;
      const int error = SSL_get_error(ssl_.get(), result);
      if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        flush(deadline, nullptr);
        if (error == SSL_ERROR_WANT_READ && !fill(deadline)) {
          broken_ = true;
          throw ConnectionFailure{"the server hung up while TLS was being set up"};
        }
        continue;
      }
      broken_ = true;
      const long verdict = SSL_get_verify_result(ssl_.get());
      if (verdict != X509_V_OK) {
        throw ConnectionFailure{
            fmt::format("its certificate does not verify: {}", X509_verify_cert_error_string(verdict)), true};
      }
      const std::string reason = openssl_reason();
      throw ConnectionFailure{reason == "wrong version number" ? "what answers there does not speak TLS"
                                                               : "TLS could not be set up: " + reason};
    }
    flush(deadline, nullptr);
    if (SSL_get_verify_result(ssl_.get()) != X509_V_OK || SSL_get0_peer_certificate(ssl_.get()) == nullptr) {
      broken_ = true;
      throw ConnectionFailure{fmt::format("{} showed no certificate", host), true};
    }
  }

  // From OpenSSL's buffer to the wire.
  void flush(Deadline deadline, bool* sent) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(outgoing_, &data);
    if (size <= 0) return;
    const std::string bytes(data, static_cast<std::size_t>(size));
    BIO_reset(outgoing_);
    try {
      below_->send(bytes, deadline, sent);
    } catch (const ConnectionFailure&) {
      broken_ = true;
      throw;
    }
  }

  // From the wire to OpenSSL's buffer; false where the connection ended.
  bool fill(Deadline deadline) {
    const Received received = below_->receive(deadline);
    if (received.bytes.empty()) {
      broken_ = true;
      return false;
    }
    BIO_write(incoming_, received.bytes.data(), static_cast<int>(received.bytes.size()));
    return true;
  }

  std::unique_ptr<Connection> below_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  BIO* incoming_ = nullptr;
  BIO* outgoing_ = nullptr;
  bool broken_ = false;
};

// The name "localhost" means this machine whatever a resolver says (RFC 6761): trust in it hangs on that.
std::vector<Poco::Net::IPAddress> addresses_of(const std::string& host) {
  Poco::Net::IPAddress literal;
  if (Poco::Net::IPAddress::tryParse(host, literal)) return {literal};
  if (host == "localhost") return {Poco::Net::IPAddress("127.0.0.1"), Poco::Net::IPAddress("::1")};
  try {
    return Poco::Net::DNS::hostByName(host).addresses();
  } catch (const Poco::Exception&) {
    throw ConnectionFailure{fmt::format("the name {} cannot be resolved", host)};
  }
}

std::unique_ptr<Connection> open_tcp(const std::string& host, std::uint16_t port, Deadline deadline) {
  std::string why = fmt::format("the name {} has no address", host);
  for (const Poco::Net::IPAddress& address : addresses_of(host)) {
    try {
      Poco::Net::StreamSocket socket;
      socket.connect(Poco::Net::SocketAddress(address, port), until(deadline));
      return std::make_unique<PlainConnection>(std::move(socket));
    } catch (const Poco::TimeoutException&) {
      why = "it did not answer in time";
    } catch (const Poco::Net::ConnectionRefusedException&) {
      why = "the connection was refused";
    } catch (const Poco::Exception& error) {
      why = error.code() > 0 ? reason_of(error.code()) : error.displayText();
    }
  }
  throw ConnectionFailure{why};
}

std::unique_ptr<Connection> open_through(const Proxy& proxy, const Url& url, Deadline deadline) {
  const std::string target = fmt::format("{}:{}", url.bracketed_host(), url.port);
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (proxy.authorization) request += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization->reveal());
  request += "\r\n";
  try {
    auto connection = open_tcp(proxy.host, proxy.port, deadline);
    connection->send(request, deadline, nullptr);
    ResponseReader reader;
    while (!reader.head_complete()) {
      const auto received = connection->receive(deadline);
      if (received.bytes.empty()) throw ConnectionFailure{"it hung up"};
      reader.feed(received.bytes);
    }
    if (reader.failed()) throw ConnectionFailure{reader.failure()};
    const int status = reader.take().status;
    if (status == 407) throw ConnectionFailure{"it wants another user and password (407)"};
    if (status < 200 || status > 299) throw ConnectionFailure{fmt::format("it answered {}", status)};
    return connection;
  } catch (const ConnectionFailure& failure) {
    throw ConnectionFailure{fmt::format("the proxy {} does not lead there: {}", proxy.origin, failure.why)};
  }
}

}  // namespace

namespace {

// OpenSSL would wait for ever for whoever writes into a pipe, and never stop reading a device.
bool is_readable_bundle(const std::string& file) {
  struct stat info = {};
  return ::stat(file.c_str(), &info) != 0 || (S_ISREG(info.st_mode) && info.st_size <= kLargestBundle);
}

using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Bytes = std::unique_ptr<BIO, int (*)(BIO*)>;

Bytes bytes_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), std::size_t{INT_MAX}))), BIO_free};
}

Certificate next_certificate(BIO* bytes) {
  return {PEM_read_bio_X509(bytes, nullptr, nullptr, nullptr), X509_free};
}

[[noreturn]] void fail_pem(const std::string& what) {
  throw Error(ErrorKind::usage, fmt::format("{}: {}", what, openssl_reason()), "It must be text in PEM form.");
}

void trust_text(SSL_CTX* context, const std::string& pem) {
  ERR_clear_error();
  const Bytes bytes = bytes_of(pem);
  std::size_t count = 0;
  while (const Certificate certificate = next_certificate(bytes.get())) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) break;
    ++count;
  }
  if (count == 0) fail_pem("The text of CA certificates holds none");
  ERR_clear_error();  // that no further one came
}

void show_client(SSL_CTX* context, const TransportOptions& options) {
  ERR_clear_error();
  const Bytes bytes = bytes_of(options.client_certificate_pem);
  const Certificate own = next_certificate(bytes.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    fail_pem("The client's certificate cannot be used");
  }
  while (Certificate above = next_certificate(bytes.get())) {
    if (SSL_CTX_add0_chain_cert(context, above.get()) != 1) break;
    static_cast<void>(above.release());  // the context has it now
  }
  const Bytes key_bytes = bytes_of(options.client_key_pem.reveal());
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(key_bytes.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) fail_pem("The client's private key cannot be used");
}

}  // namespace

TlsTrust::TlsTrust(const TransportOptions& options) : context_(nullptr) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    throw Error(ErrorKind::service, "TLS could not be set up: " + openssl_reason());
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());
  for (const std::string& file : options.ca_files) {
    ERR_clear_error();
    const bool readable = is_readable_bundle(file);
    if (!readable || SSL_CTX_load_verify_file(context.get(), file.c_str()) != 1) {
      throw Error(ErrorKind::input,
                  fmt::format("Cannot read certificates from {}: {}", escape_controls(file),
                              readable ? openssl_reason() : "it is no file, or larger than 16 MiB"),
                  "It must be a readable file of certificates in PEM form.");
    }
  }
  if (!options.ca_pem.empty()) trust_text(context.get(), options.ca_pem);
  if (!options.client_certificate_pem.empty()) show_client(context.get(), options);
  context_ = context.release();
}

TlsTrust::~TlsTrust() {
  SSL_CTX_free(static_cast<SSL_CTX*>(context_));
}

std::unique_ptr<Connection> Connection::open(const Url& url, const std::optional<Proxy>& proxy, const TlsTrust* trust,
                                             Deadline deadline) {
  try {
    auto plain = proxy ? open_through(*proxy, url, deadline) : open_tcp(url.host, url.port, deadline);
    if (!url.tls()) return plain;
    return std::make_unique<TlsConnection>(std::move(plain), url.host, *trust, deadline);
  } catch (const Poco::Exception& error) {
    throw ConnectionFailure{error.displayText()};  // a socket that could not be made: too many open files
  }
}

}  // namespace gild
