// SPDX-License-Identifier: Apache-2.0
// The proxy that the environment asks for: HTTPS_PROXY and NO_PROXY, in either case. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/cloud/credentials.hpp"
#include "engine/core/secret.hpp"
#include "engine/core/url.hpp"

namespace gild {

struct Proxy {
  std::string host;
  std::uint16_t port = 80;
  std::optional<Secret> authorization;  // the value of Proxy-Authorization
  std::string origin;                   // for messages: "http://proxy:3128", without the user
};

// nullopt: connect directly. This machine is never reached through a proxy. Throws Error(usage) where HTTPS_PROXY is
// not an address of an HTTP proxy.
std::optional<Proxy> proxy_for(const Url& url, const Environment& environment);

}  // namespace gild
