// SPDX-License-Identifier: Apache-2.0
// Two published sets of vectors: the examples in the Amazon S3 API Reference ("Authenticating Requests: Using the
// Authorization Header", Signature Calculation Examples), and the AWS Signature Version 4 test suite
// (aws-sig-v4-test-suite) as far as its rules for paths are those of S3.
#include <catch2/catch.hpp>

#include "engine/core/digest.hpp"
#include "engine/store/s3/aws_signer.hpp"

namespace gild {
namespace {

constexpr const char* kEmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(const std::string& authorization) {
  return authorization.substr(authorization.rfind('=') + 1);
}

std::string sign_s3_example(AwsRequest request) {
  const AwsKeys keys{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
  request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  request.headers.emplace_back("x-amz-date", "20130524T000000Z");
  return aws_authorization(request, keys, {"us-east-1", "s3"});
}

TEST_CASE("the examples of the S3 reference come out with their published signatures", "[store][s3]") {
  CHECK(sign_s3_example({"GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, kEmptyPayload}) ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(signature_of(
            sign_s3_example({"PUT",
                             "/test%24file.text",
                             {},
                             {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                             sha256_hex("Welcome to Amazon S3.")})) ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  CHECK(signature_of(sign_s3_example({"GET", "/", {{"lifecycle", ""}}, {}, kEmptyPayload})) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(signature_of(sign_s3_example({"GET", "/", {{"max-keys", "2"}, {"prefix", "J"}}, {}, kEmptyPayload})) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

std::string sign_suite_example(AwsRequest request) {
  const AwsKeys keys{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  request.headers.emplace_back("Host", "example.amazonaws.com");
  request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
  if (request.payload_sha256.empty()) request.payload_sha256 = kEmptyPayload;
  return signature_of(aws_authorization(request, keys, {"us-east-1", "service"}));
}

TEST_CASE("the vectors of the test suite for Signature Version 4 come out as published", "[store][s3]") {
  // get-vanilla
  CHECK(sign_suite_example({"GET", "/", {}, {}, {}}) ==
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  // get-vanilla-query-order-key-case
  CHECK(sign_suite_example({"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, {}, {}}) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  // get-vanilla-utf8-query
  CHECK(sign_suite_example({"GET", "/", {{"\u1234", "bar"}}, {}, {}}) ==
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
  // get-header-value-trim
  CHECK(sign_suite_example({"GET", "/", {}, {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}, {}}) ==
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  // post-vanilla
  CHECK(sign_suite_example({"POST", "/", {}, {}, {}}) ==
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

}  // namespace
}  // namespace gild
