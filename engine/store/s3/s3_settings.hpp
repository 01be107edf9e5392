// SPDX-License-Identifier: Apache-2.0
// Which object of which bucket holds the state, at which server, and the keys for it: from the address and the
// environment, in the names that the tools of AWS and Huawei use.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/environment.hpp"
#include "engine/core/url.hpp"
#include "engine/seams/transport.hpp"
#include "engine/store/s3/aws_signer.hpp"

namespace gild {

struct S3Settings {
  std::string shown;  // the address as it was given: nothing in it is secret
  std::string bucket;
  std::string key;      // of the state's object; the others' begin with it
  Url endpoint;         // without the bucket; path and query empty
  bool in_host = true;  // the bucket is a part of the host's name; else the first part of the path
  std::string region;
  AwsKeys keys;  // without any, nothing can be read
  TransportOptions transport;
};

// s3://BUCKET/KEY?endpoint=…&region=…&addressing=path|virtual. Reads ~/.aws/credentials where the environment holds no
// keys. Throws Error(usage) for what is no such address, and Error(refused) for plain http to another machine.
S3Settings s3_settings(std::string_view url, const Environment& environment);

}  // namespace gild
