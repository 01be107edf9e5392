// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/https_server.hpp"

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <fmt/format.h>

#include "engine/core/error.hpp"

namespace gild::emulator {
namespace {

namespace net = Poco::Net;

// Waits that end early when the server stops.
class StopSignal {
 public:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }
  // False where it stopped.
  bool wait(Duration duration) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, duration, [&] { return stopped_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

Request read_request(net::HTTPServerRequest& from) {
  Request request;
  request.method = from.getMethod();
  const std::string& target = from.getURI();
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& [name, value] : from) request.headers.emplace_back(name, value);
  Poco::StreamCopier::copyToString(from.stream(), request.body);
  request.from_this_machine = from.clientAddress().host().isLoopback();
  return request;
}

class Call : public net::HTTPRequestHandler {
 public:
  Call(const HttpsServer::Handler& handler, StopSignal& stop) : handler_(handler), stop_(stop) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    const Answer answer = handler_(read_request(request));
    if (answer.delay > Duration{0} && !stop_.wait(answer.delay)) return drop(request);
    if (answer.ending == Answer::Ending::reset) {
      dynamic_cast<net::HTTPServerRequestImpl&>(request).socket().setLinger(true, 0);
      return drop(request);
    }
    if (answer.ending == Answer::Ending::silent) return drop(request);

    response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(net::HTTPResponse::getReasonForStatus(response.getStatus()));
    response.setContentType(answer.content_type);
    response.erase("Date");  // the service's clock is not ours
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
    const bool half = answer.ending == Answer::Ending::half;
    if (half) response.setKeepAlive(false);  // so that the connection ends where the body breaks off
    std::ostream& out = response.send();
    out.write(answer.body.data(), static_cast<std::streamsize>(half ? answer.body.size() / 2 : answer.body.size()));
    out.flush();
  }

 private:
  static void drop(net::HTTPServerRequest& request) {
    dynamic_cast<net::HTTPServerRequestImpl&>(request).detachSocket().close();
  }

  const HttpsServer::Handler& handler_;
  StopSignal& stop_;
};

class CallFactory : public net::HTTPRequestHandlerFactory {
 public:
  CallFactory(const HttpsServer::Handler& handler, StopSignal& stop) : handler_(handler), stop_(stop) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Call(handler_, stop_);  // Poco takes ownership
  }

 private:
  const HttpsServer::Handler& handler_;
  StopSignal& stop_;
};

net::Context::Ptr tls_context(const CertificateFiles& files) {
  net::Context::Params parameters;
  parameters.certificateFile = files.chain.string();
  parameters.privateKeyFile = files.key.string();
  parameters.verificationMode = net::Context::VERIFY_NONE;  // of clients, which prove themselves by tokens
  parameters.loadDefaultCAs = false;
  net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, parameters);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  return context;
}

net::HTTPServerParams::Ptr server_parameters() {
  net::HTTPServerParams::Ptr parameters = new net::HTTPServerParams;
  parameters->setKeepAlive(true);
  parameters->setMaxKeepAliveRequests(0);
  parameters->setKeepAliveTimeout(Poco::Timespan(30, 0));
  parameters->setMaxThreads(32);
  parameters->setMaxQueued(256);
  return parameters;
}

// Made before the first socket and taken down after the last.
struct TlsLibrary {
  TlsLibrary() { net::initializeSSL(); }
  ~TlsLibrary() { net::uninitializeSSL(); }
  TlsLibrary(const TlsLibrary&) = delete;
  TlsLibrary& operator=(const TlsLibrary&) = delete;
};

}  // namespace

ListenAddress parse_listen_address(const std::string& text) {
  const auto refuse = [&]() -> Error {
    return {ErrorKind::usage, fmt::format("\"{}\" is not an address to listen on.", text),
            "Write ADDRESS:PORT, for instance 127.0.0.1:8443 or [::1]:0; port 0 takes a free one."};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw refuse();
  ListenAddress result;
  result.host = text.substr(0, colon);
  if (result.host.starts_with('[') && result.host.ends_with(']')) {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  if (result.host == "localhost") result.host = "127.0.0.1";
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, result.port);
  net::IPAddress address;
  if (error != std::errc{} || stopped != end || !net::IPAddress::tryParse(result.host, address)) throw refuse();
  result.loopback = address.isLoopback();
  result.any = address.isWildcard();
  return result;
}

class HttpsServer::Impl {
 public:
  Impl(const ListenAddress& address, const CertificateFiles& files, Handler handler)
      : handler_(std::move(handler)), socket_(tls_context(files)), pool_("emulator", 4, 64) {
    const net::SocketAddress where(net::IPAddress(address.host), address.port);
    // Not shared: two emulators on one port would each get some of the calls.
    socket_.bind(where, true, false);
    socket_.listen(256);
    port_ = socket_.address().port();
    server_.emplace(new CallFactory(handler_, stop_), pool_, socket_, server_parameters());
    server_->start();
  }

  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint16_t port() const { return port_; }

  void stop() {
    if (!server_) return;
    stop_.stop();
    server_->stopAll(true);
    pool_.joinAll();
    server_.reset();
    socket_.close();
  }

 private:
  TlsLibrary tls_;
  Handler handler_;
  StopSignal stop_;
  net::SecureServerSocket socket_;
  Poco::ThreadPool pool_;
  std::optional<net::HTTPServer> server_;
  std::uint16_t port_ = 0;
};

HttpsServer::HttpsServer(const ListenAddress& address, const CertificateFiles& files, Handler handler) try
    : impl_(std::make_unique<Impl>(address, files, std::move(handler))) {
} catch (const Poco::Exception& error) {
  throw Error(ErrorKind::service, fmt::format("The emulator cannot listen on {}, port {}: {}.", address.host,
                                              address.port, error.displayText()));
}

HttpsServer::~HttpsServer() = default;

std::uint16_t HttpsServer::port() const {
  return impl_->port();
}

void HttpsServer::stop() {
  impl_->stop();
}

}  // namespace gild::emulator
