// SPDX-License-Identifier: Apache-2.0
// Whose name gild acts in, out of the environment and out of nothing else (contract 4). Pure over an Environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/core/environment.hpp"
#include "engine/core/secret.hpp"

namespace gild {

struct TokenCredentials {
  Secret token;
  std::string variable;  // where it came from: a token that expired cannot be renewed, only set anew
};
struct KeyCredentials {
  Secret access_key;  // no secret to the vendor, but nobody's business in a log either
  Secret secret_key;
  std::optional<Secret> security_token;
};
struct PasswordCredentials {
  std::string user;
  Secret password;
  std::string domain;
};
using Credentials = std::variant<TokenCredentials, KeyCredentials, PasswordCredentials>;

// A token, else a pair of keys, else a password; those of `profile` ("prod": HW_PROD_…) before those of everybody.
// The variables of one set come from one family (HW_, OS_, HUAWEICLOUD_SDK_): half of one account's keys with half of
// another's would be refused at best. Throws Error(service) that names what is missing, never a value.
Credentials find_credentials(const Environment& environment, const std::optional<std::string>& profile);

// Everything in them that must not be shown.
void add_secrets(const Credentials& credentials, Redactor& redactor);

}  // namespace gild
