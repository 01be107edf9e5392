// SPDX-License-Identifier: Apache-2.0
// The vectors: S1 to S3 are those of the vendor's SDK, A to E were computed by an independent script.
#include "engine/cloud/request_signer.hpp"

#include <catch2/catch.hpp>

#include "engine/core/digest.hpp"
#include "engine/core/time.hpp"

namespace gild {
namespace {

const std::string kProject = "0123456789abcdef0123456789abcdef";
const std::string kHost = "workspace.cn-north-4.myhuaweicloud.com";
const std::string kAccess = "EXAMPLEACCESSKEY0001";
const Secret kSecret("ExampleSecretKeyForDocs0000000000000000");

std::string signature_of(const SignedParts& parts, std::string_view access = kAccess, const Secret& secret = kSecret) {
  const std::string header = authorization_header(parts, access, secret);
  return header.substr(header.rfind('=') + 1);
}

TEST_CASE("the SDK's own signatures come out (S1, S2)") {
  const SignedParts get{"GET", "/path", {{"limit", "1"}}, {{"X-Sdk-Date", "20060102T150405Z"}}, ""};
  CHECK(signature_of(get, "AccessKey", Secret("SecretKey")) ==
        "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624");
  const SignedParts post{
      "POST", "/path", {{"key", "value"}}, {{"X-Sdk-Date", "20060102T150405Z"}}, "{\"Name\":\"test\",\"Id\":1}\n"};
  CHECK(signature_of(post, "AccessKey", Secret("SecretKey")) ==
        "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59");
}

TEST_CASE("a query is sorted by key and value and encoded byte by byte (S3)") {
  CHECK(canonical_query({{"limit", "1"},
                         {"enable", "true"},
                         {"test", "一 (&=?!#%.*)"},
                         {"multi", "2"},
                         {"multi", "1"},
                         {"multi", "3"}}) ==
        "enable=true&limit=1&multi=1&multi=2&multi=3&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29");
}

TEST_CASE("a rebuild request is signed as the vendor's documents say (A)") {
  const std::string body = R"({"desktop_ids":["11111111-1111-4111-8111-111111111111"],"image_type":"private",)"
                           R"("image_id":"22222222-2222-4222-8222-222222222222","delay_time":5})";
  const SignedParts parts{"POST",
                          "/v2/" + kProject + "/desktops/rebuild",
                          {},
                          {{"X-Sdk-Date", "20260131T235959Z"}, {"Host", kHost}, {"X-Project-Id", kProject}},
                          body};
  CHECK(canonical_request(parts) ==
        "POST\n/v2/0123456789abcdef0123456789abcdef/desktops/rebuild/\n\n"
        "host:workspace.cn-north-4.myhuaweicloud.com\nx-project-id:0123456789abcdef0123456789abcdef\n"
        "x-sdk-date:20260131T235959Z\n\nhost;x-project-id;x-sdk-date\n"
        "87e311dabb34f740fe619bc90e42a8bb970c3316114fb2c3522fbb8002c95f03");
  CHECK(authorization_header(parts, kAccess, kSecret) ==
        "SDK-HMAC-SHA256 Access=EXAMPLEACCESSKEY0001, SignedHeaders=host;x-project-id;x-sdk-date, "
        "Signature=5fef7b38521bb6ed29c7b4ee071061575806ddc5bf61d86930ecb159845cd2e2");
}

TEST_CASE("repeated keys of a query are sorted by their values (B)") {
  const SignedParts parts{
      "GET",
      "/v2/" + kProject + "/workspace-sub-jobs",
      {{"job_type", "rebuildDesktops"}, {"status", "RUNNING"}, {"status", "FAILED"}, {"offset", "0"}, {"limit", "100"}},
      {{"Host", kHost}, {"X-Project-Id", kProject}, {"X-Sdk-Date", "20260131T235959Z"}},
      ""};
  CHECK(canonical_query(parts.query) == "job_type=rebuildDesktops&limit=100&offset=0&status=FAILED&status=RUNNING");
  CHECK(sha256_hex(canonical_request(parts)) == "c33b125078713e7b75876836db89950b3cbcc4c28698e074a49b7a630f4bdb1d");
  CHECK(signature_of(parts) == "067038af05475553295766a78e20acfb253e8e06eda7609257f249e8ed76f4c3");
}

TEST_CASE("a security token, UTF-8 and an empty value are signed (C)") {
  const SignedParts parts{"GET",
                          "/v2/" + kProject + "/desktops/detail",
                          {{"computer_name", "桌面 01"}, {"tag", "ring=canary"}, {"empty", ""}},
                          {{"Host", kHost},
                           {"X-Project-Id", kProject},
                           {"X-Sdk-Date", "20260201T000000Z"},
                           {"X-Security-Token", " EXAMPLESECURITYTOKEN== "}},
                          ""};
  CHECK(canonical_query(parts.query) == "computer_name=%E6%A1%8C%E9%9D%A2%2001&empty=&tag=ring%3Dcanary");
  CHECK(sha256_hex(canonical_request(parts)) == "950e16b8249232a24ae00037ca32e6d4f61c9b013b1cbf8452a0c0d813d46e24");
  CHECK(signature_of(parts) == "45b714317b4e668811afbeabb32193d513540e60f2095279a6a58b5471b27d3b");
}

TEST_CASE("the path is encoded segment by segment (D)") {
  const SignedParts parts{"DELETE",
                          "/v2/" + kProject + "/desktops/a b:c/tags/k~1",
                          {},
                          {{"Host", kHost}, {"X-Sdk-Date", "20260201T000000Z"}},
                          ""};
  CHECK(canonical_request(parts).find("/v2/0123456789abcdef0123456789abcdef/desktops/a%20b%3Ac/tags/k~1/\n") == 7);
  CHECK(sha256_hex(canonical_request(parts)) == "95da19e791b64867127aa03505be7e1c39af0a6036ddae5f6d413e66fb7a2847");
  CHECK(signature_of(parts) == "7d999ca83f4a4c723b790374f44063027e9f88947564318d1cadfb970b609405");
}

TEST_CASE("a content type may be signed too (E)") {
  const SignedParts parts{"POST",
                          "/v2/" + kProject + "/desktops/rebuild",
                          {},
                          {{"Content-Type", "application/json"},
                           {"Host", kHost},
                           {"X-Project-Id", kProject},
                           {"X-Sdk-Date", "20260131T235959Z"}},
                          "{}"};
  CHECK(signature_of(parts) == "933f7a856fa9babfb252b0da536201ab5051c9376ef44d891426b4c78fa37767");
}

TEST_CASE("the date of a signature has the form that the service wants") {
  CHECK(format_compact_time(*parse_time("2026-01-31T23:59:59Z")) == "20260131T235959Z");
}

}  // namespace
}  // namespace gild
