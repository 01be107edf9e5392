// SPDX-License-Identifier: Apache-2.0
// Signature Version 4 of a request to S3 (AWS4-HMAC-SHA256), in its Authorization header. Pure: what it signs is what
// it is given, the time included. S3's own rule for paths: encoded once, and never normalised.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/secret.hpp"
#include "engine/core/url.hpp"

namespace gild {

struct AwsKeys {
  std::string access_key;
  Secret secret_key;
  Secret session_token;  // empty: keys that do not run out
};

struct AwsRequest {
  std::string method;
  std::string path;  // percent-encoded, as it is sent
  Query query;       // unencoded
  // Every one of these is signed; Host and X-Amz-Date must be among them. Names in any case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload_sha256;  // hexadecimal
};

struct AwsScope {
  std::string region;
  std::string service;
};

std::string canonical_aws_query(const Query& query);
std::string canonical_aws_request(const AwsRequest& request);
// The value of `Authorization`.
std::string aws_authorization(const AwsRequest& request, const AwsKeys& keys, const AwsScope& scope);

}  // namespace gild
