// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/wire_transport.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gild::simulate {
namespace {

constexpr Duration kCallTakes{50};

class WireTransport : public Transport {
 public:
  explicit WireTransport(World& world) : world_(world) {}

  HttpOutcome exchange(const HttpRequest& request) override {
    world_.crash.at_call();
    world_.clock.advance(kCallTakes);
    world_.follow_clock();
    Site& site = site_of(request);
    const emulator::Request call = call_of(request);
    if (const std::optional<Fault> fault = site.reach.next(kind_of(call))) {
      return NotSent{"no connection", fault->kind == Fault::Kind::certificate};
    }
    emulator::Answer answer = site.emulated->answer(call, world_.clock.service_now());
    if (answer.delay >= request.timeout) {
      world_.clock.advance(request.timeout);
      world_.follow_clock();
      return NoAnswer{"no answer came in time"};
    }
    world_.clock.advance(answer.delay);
    world_.follow_clock();
    switch (answer.ending) {
      case emulator::Answer::Ending::silent:
        return NoAnswer{"the connection ended without an answer"};
      case emulator::Answer::Ending::reset:
        return NoAnswer{"the connection was reset"};
      case emulator::Answer::Ending::half:
      case emulator::Answer::Ending::whole:
        break;
    }
    HttpResponse response;
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    response.headers.emplace_back("Content-Type", answer.content_type);
    if (site.hide_date) std::erase_if(response.headers, [](const auto& header) { return header.first == "Date"; });
    response.complete = answer.ending == emulator::Answer::Ending::whole;
    response.body = response.complete ? std::move(answer.body) : answer.body.substr(0, answer.body.size() / 2);
    return response;
  }

 private:
  Site& site_of(const HttpRequest& request) {
    for (const auto& site : world_.sites) {
      if (request.url.starts_with(site->workspace.endpoint + "/")) return *site;
    }
    throw std::logic_error("a request to a host that nobody named: " + request.url);
  }
  static emulator::Request call_of(const HttpRequest& request) {
    emulator::Request call;
    call.method = request.method;
    const std::size_t host = request.url.find("//") + 2;
    const std::size_t path = std::min(request.url.find('/', host), request.url.size());
    const std::size_t question = std::min(request.url.find('?', path), request.url.size());
    call.path = request.url.substr(path, question - path);
    if (question < request.url.size()) call.query = request.url.substr(question + 1);
    call.headers = request.headers;
    call.headers.emplace_back("Host", request.url.substr(host, path - host));
    call.body = request.body;
    return call;
  }
  static CallKind kind_of(const emulator::Request& call) {
    if (call.method == "POST") return call.path.ends_with("/rebuild") ? CallKind::rebuild : CallKind::token;
    if (call.path.find("/workspace-sub-jobs") != std::string::npos) return CallKind::sub_jobs;
    return call.path.find("/workspace-jobs/") != std::string::npos ? CallKind::job : CallKind::detail;
  }

  World& world_;
};

}  // namespace

std::unique_ptr<Transport> make_wire_transport(World& world) {
  return std::make_unique<WireTransport>(world);
}

}  // namespace gild::simulate
