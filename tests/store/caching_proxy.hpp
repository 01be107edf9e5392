// SPDX-License-Identifier: Apache-2.0
// A proxy that keeps what it has fetched and gives it to whoever asks again, unless they say that they want none of
// that (RFC 9111, 5.2.1.4).
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/seams/transport.hpp"

namespace gild::test {

class CachingProxy : public Transport {
 public:
  explicit CachingProxy(std::unique_ptr<Transport> server) : server_(std::move(server)) {}

  HttpOutcome exchange(const HttpRequest& request) override {
    if (request.method != "GET") return server_->exchange(request);
    const bool fresh = std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
      return same_ignoring_case(header.first, "Cache-Control") && header.second == "no-cache";
    });
    const auto kept = kept_.find(request.url);
    if (kept != kept_.end() && !fresh) return kept->second;
    HttpOutcome outcome = server_->exchange(request);
    if (const auto* response = std::get_if<HttpResponse>(&outcome)) kept_[request.url] = *response;
    return outcome;
  }

 private:
  std::unique_ptr<Transport> server_;
  std::map<std::string, HttpResponse> kept_;
};

}  // namespace gild::test
