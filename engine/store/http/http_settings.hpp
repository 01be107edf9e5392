// SPDX-License-Identifier: Apache-2.0
// Where a state over HTTP is, and how to speak to that server: from the address and the environment, in the names that
// Terraform's HTTP backend and GitLab's pipelines use. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/environment.hpp"
#include "engine/core/secret.hpp"
#include "engine/core/time.hpp"
#include "engine/seams/transport.hpp"
#include "engine/store/http_answer.hpp"

namespace gild {

struct HttpSettings {
  std::string address;  // without user and password
  std::string update_method = "POST";
  std::string lock_address;    // empty: this server has no locks
  std::string unlock_address;  // never without the one before
  std::string lock_method = "LOCK";
  std::string unlock_method = "UNLOCK";
  std::string user;
  Secret password;
  HttpRetries retries;
  TransportOptions transport;  // certificates
  bool gitlab = false;         // it refuses a write by another than the lock's holder, and a repeated serial

  // The address as people may see it: without its query, which may hold a token.
  std::string shown() const;
};

// `--state terraform-http:` takes the address from the environment; any http(s) URL is one. Throws Error(usage) for
// what is none, and Error(refused) for plain http to another machine than this one.
inline constexpr std::string_view kAddressFromEnvironment = "terraform-http:";
HttpSettings http_settings(std::string_view url, const Environment& environment);

}  // namespace gild
