// SPDX-License-Identifier: Apache-2.0
// The vectors of the API's description: S1–S3 are the vendor's own, A–E were computed independently.
#include "engine/emulator/signature.hpp"

#include <catch2/catch.hpp>

#include "engine/core/digest.hpp"

using namespace gild;
using namespace gild::emulator;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAccess = "EXAMPLEACCESSKEY0001";
constexpr const char* kSecret = "ExampleSecretKeyForDocs0000000000000000";
constexpr const char* kProject = "0123456789abcdef0123456789abcdef";
constexpr const char* kHost = "workspace.cn-north-4.myhuaweicloud.com";

Request example(const std::string& method, const std::string& path, const std::string& query, const std::string& date) {
  return {method, path, query, {{"Host", kHost}, {"X-Project-Id", kProject}, {"X-Sdk-Date", date}}, {}};
}

std::string signed_with(const Request& request, const std::vector<std::string>& headers) {
  return signature_of(canonical_request(request, headers), request.header("X-Sdk-Date"), kSecret);
}

const std::vector<std::string> kThree{"host", "x-project-id", "x-sdk-date"};

}  // namespace

TEST_CASE("a signature over the date alone agrees with the vendor's", "[signature]") {
  const Request request{"GET", "/path", "limit=1", {{"x-sdk-date", "20060102T150405Z"}}, {}};
  CHECK(signature_of(canonical_request(request, {"x-sdk-date"}), "20060102T150405Z", "SecretKey") ==
        "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624");
}

TEST_CASE("the body is hashed as it is, its last line break included", "[signature]") {
  const Request request{
      "POST", "/path", "key=value", {{"x-sdk-date", "20060102T150405Z"}}, "{\"Name\":\"test\",\"Id\":1}\n"};
  CHECK(signature_of(canonical_request(request, {"x-sdk-date"}), "20060102T150405Z", "SecretKey") ==
        "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59");
}

TEST_CASE("queries are decoded, sorted and encoded anew", "[signature]") {
  const Request request{"GET",
                        "/",
                        "limit=1&enable=true&test=%E4%B8%80%20%28%26%3d%3F%21%23%25.*%29&multi=2&multi=1&multi=3",
                        {{"x-sdk-date", "20060102T150405Z"}},
                        {}};
  CHECK(canonical_request(request, {"x-sdk-date"})
            .find("\nenable=true&limit=1&multi=1&multi=2&multi=3&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29\n") !=
        std::string::npos);
}

TEST_CASE("a rebuild request has the canonical form and the signature of the example", "[signature]") {
  Request request = example("POST", std::string("/v2/") + kProject + "/desktops/rebuild", "", "20260131T235959Z");
  request.body =
      R"({"desktop_ids":["11111111-1111-4111-8111-111111111111"],"image_type":"private","image_id":"22222222-2222-4222-8222-222222222222","delay_time":5})";
  REQUIRE(request.body.size() == 144);
  CHECK(sha256_hex(canonical_request(request, kThree)) ==
        "5de2510862a61ac89b294a8677289a69712046abdedb8381030ff9981fd6ce32");
  CHECK(signed_with(request, kThree) == "5fef7b38521bb6ed29c7b4ee071061575806ddc5bf61d86930ecb159845cd2e2");

  request.body = "{}";
  request.headers.emplace_back("Content-Type", "application/json");
  CHECK(signed_with(request, {"x-sdk-date", "Content-Type", "host", "x-project-id"}) ==
        "933f7a856fa9babfb252b0da536201ab5051c9376ef44d891426b4c78fa37767");
}

TEST_CASE("repeated parameters, empty values, spaces and other scripts agree with the examples", "[signature]") {
  const std::string base = std::string("/v2/") + kProject;
  CHECK(signed_with(
            example("GET", base + "/workspace-sub-jobs",
                    "job_type=rebuildDesktops&status=RUNNING&status=FAILED&offset=0&limit=100", "20260131T235959Z"),
            kThree) == "067038af05475553295766a78e20acfb253e8e06eda7609257f249e8ed76f4c3");
  Request temporary = example("GET", base + "/desktops/detail",
                              "computer_name=%E6%A1%8C%E9%9D%A2%2001&tag=ring%3Dcanary&empty=", "20260201T000000Z");
  temporary.headers.emplace_back("X-Security-Token", "EXAMPLESECURITYTOKEN==");
  CHECK(signed_with(temporary, {"host", "x-project-id", "x-sdk-date", "x-security-token"}) ==
        "45b714317b4e668811afbeabb32193d513540e60f2095279a6a58b5471b27d3b");
  CHECK(signed_with(example("DELETE", base + "/desktops/a%20b%3Ac/tags/k~1", "", "20260201T000000Z"),
                    {"host", "x-sdk-date"}) == "7d999ca83f4a4c723b790374f44063027e9f88947564318d1cadfb970b609405");
}

TEST_CASE("an Authorization header is taken apart, and anything else is not one", "[signature]") {
  const auto claim = parse_authorization("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=abc");
  REQUIRE(claim);
  CHECK(claim->access_key == "AK");
  CHECK(claim->signed_headers == std::vector<std::string>{"host", "x-sdk-date"});
  CHECK(claim->signature == "abc");
  CHECK_FALSE(parse_authorization(""));
  CHECK_FALSE(parse_authorization("Bearer abc"));
  CHECK_FALSE(parse_authorization("SDK-HMAC-SHA256 Access=AK, Signature=abc"));
  CHECK_FALSE(parse_authorization("SDK-HMAC-SHA256 Access=AK, Colour=blue"));
}

TEST_CASE("a good signature is accepted within a quarter of an hour, and nothing that was changed since",
          "[signature]") {
  const std::string path = std::string("/v2/") + kProject + "/desktops";
  const Request request = example("GET", path, "limit=1", "20260131T235959Z");
  const SignatureClaim claim{kAccess, kThree, signed_with(request, kThree)};
  const Time signed_at = *parse_time("2026-01-31T23:59:59Z");
  CHECK_FALSE(why_refused(request, claim, kSecret, signed_at));
  CHECK_FALSE(why_refused(request, claim, kSecret, signed_at + 15min));
  CHECK_FALSE(why_refused(request, claim, kSecret, signed_at - 15min));
  CHECK(why_refused(request, claim, kSecret, signed_at + 15min + 1s) ==
        "Incorrect IAM authentication information: signature expired");
  CHECK(why_refused(request, claim, kSecret, signed_at - 15min - 1s));
  CHECK(why_refused(request, claim, "another key", signed_at));

  Request changed = request;
  changed.query = "limit=2";
  const auto why = why_refused(changed, claim, kSecret, signed_at);
  REQUIRE(why);
  CHECK(
      why->starts_with("Incorrect IAM authentication information: verify aksk signature fail, the canonical request of "
                       "the gateway is GET|/v2/0123456789abcdef0123456789abcdef/desktops/|limit=2|host:workspace"));
  changed = request;
  changed.body = "x";
  CHECK(why_refused(changed, claim, kSecret, signed_at));
  changed = request;
  changed.method = "POST";
  CHECK(why_refused(changed, claim, kSecret, signed_at));

  const SignatureClaim no_date{kAccess, {"host"}, signed_with(request, {"host"})};
  CHECK(why_refused(request, no_date, kSecret, signed_at) ==
        "Incorrect IAM authentication information: x-sdk-date is missing or malformed");
}
