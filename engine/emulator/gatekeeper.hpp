// SPDX-License-Identifier: Apache-2.0
// Who may come in: tokens and signatures at the gateway, and the identity service that hands tokens out. Knows one
// account of one project. Time is passed in; the only other input is the randomness of its secrets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/emulator/exchange.hpp"
#include "engine/simulation/service_values.hpp"

namespace gild::emulator {

struct Account {
  std::string project_id;
  std::string region;  // the project's name
  std::string access_key, secret_key;
  std::string token;  // good for 24 hours from the start
  std::string user, password, domain;
};

// Random secrets for one run; made with the system's cryptographic source.
Account make_account(std::string project_id, std::string region);
// `bytes` random bytes in hexadecimal.
std::string random_hex(std::size_t bytes);

class Gatekeeper {
 public:
  Gatekeeper(Account account, Time now);

  const Account& account() const { return account_; }
  // How long tokens of the identity service live from now on; 24 hours at first.
  void set_token_lifetime(std::chrono::seconds lifetime) { token_lifetime_ = lifetime; }
  // Every token and temporary key so far is invalid from now on (the user's password was changed).
  void revoke_tokens();

  // A call to the Workspace service of `project_id`: by X-Auth-Token, or signed.
  std::optional<Refusal> admit(const Request& request, const std::string& project_id, Time now) const;

  // POST /v3/auth/tokens and POST /v3.0/OS-CREDENTIAL/securitytokens.
  Answer token(const Request& request, Time now);
  Answer security_token(const Request& request, Time now);

 private:
  struct TemporaryKey {
    std::string secret_key, security_token;
    Time expires{};
  };

  std::optional<Refusal> check_signature(const Request& request, Time now) const;

  Account account_;
  std::chrono::seconds token_lifetime_{std::chrono::hours{24}};
  std::map<std::string, Time, std::less<>> tokens_;                  // → expiry
  std::map<std::string, TemporaryKey, std::less<>> temporary_keys_;  // by access key
  int wrong_passwords_ = 0;
  Time locked_until_{};
};

}  // namespace gild::emulator
