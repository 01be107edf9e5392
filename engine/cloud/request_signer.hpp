// SPDX-License-Identifier: Apache-2.0
// The signature SDK-HMAC-SHA256 of a request (W 7.2). Pure: what it signs is what it is given, the time included.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/secret.hpp"
#include "engine/core/url.hpp"

namespace gild {

struct SignedParts {
  std::string method;
  std::string path;  // unencoded
  Query query;       // unencoded
  // Every one of these is signed; `x-sdk-date` must be among them. Names in any case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
};

std::string canonical_query(const Query& query);
std::string canonical_request(const SignedParts& parts);
// The value of the `Authorization` header.
std::string authorization_header(const SignedParts& parts, std::string_view access_key, const Secret& secret_key);

}  // namespace gild
