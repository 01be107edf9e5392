// SPDX-License-Identifier: Apache-2.0
// Who comes in, and with what.
#include "engine/emulator/signature.hpp"
#include "tests/emulator/support.hpp"

using namespace gild;
using namespace gild::emulator;
using namespace std::chrono_literals;

namespace {

struct GateFixture : ServiceFixture {
  const Account& account() const { return service.account(); }
  std::string path() const { return std::string("/v2/") + kProject + "/desktops"; }

  Request signed_request(const std::string& access, const std::string& secret, Headers more = {}) {
    Request request{"GET", path(), "limit=1", std::move(more), {}};
    request.headers.emplace_back("Host", "127.0.0.1:1234");
    request.headers.emplace_back("X-Sdk-Date", "20261123T210000Z");
    const std::vector<std::string> names{"host", "x-sdk-date"};
    request.headers.emplace_back(
        "Authorization", fmt::format("SDK-HMAC-SHA256 Access={}, SignedHeaders=host;x-sdk-date, Signature={}", access,
                                     signature_of(canonical_request(request, names), "20261123T210000Z", secret)));
    return request;
  }
  Request with_token(const std::string& token) const { return {"GET", path(), {}, {{"X-Auth-Token", token}}, {}}; }

  std::string password_body(const std::string& password, const std::string& scope) const {
    return fmt::format(
        R"({{"auth":{{"identity":{{"methods":["password"],"password":{{"user":{{"name":"{}","password":"{}",)"
        R"("domain":{{"name":"{}"}}}}}}}},"scope":{{"project":{}}}}}}})",
        account().user, password, account().domain, scope);
  }
  Answer login(const std::string& password, const std::string& scope = R"({"name":"emulator-1"})") {
    return send({"POST", "/v3/auth/tokens", "nocatalog=true", {}, password_body(password, scope)});
  }
};

}  // namespace

TEST_CASE("the token of the ready line opens the door for a day, others do not", "[gate]") {
  GateFixture f;
  CHECK(f.send(f.with_token(f.account().token)).status == 200);
  CHECK(error_of(f.send(f.with_token("another"))) ==
        "401 APIGW.0301 Incorrect IAM authentication information: decrypt token fail");
  CHECK(error_of(f.send({"GET", f.path(), {}, {}, {}})) ==
        "401 APIGW.0301 Incorrect IAM authentication information: no token and no signature");
  f.now += 24h;
  CHECK(error_of(f.send(f.with_token(f.account().token))) == "401 APIGW.0307 The token must be updated.");
}

TEST_CASE("a signed request comes in, with the right key and at the right time", "[gate]") {
  GateFixture f;
  CHECK(f.send(f.signed_request(f.account().access_key, f.account().secret_key)).status == 200);
  CHECK(f.send(f.signed_request(f.account().access_key, "wrong")).status == 401);
  CHECK(error_of(f.send(f.signed_request("NOBODY", "wrong"))) ==
        "401 APIGW.0301 Incorrect IAM authentication information: AK NOBODY does not exist");
  CHECK(
      error_of(f.send(f.signed_request(f.account().access_key, f.account().secret_key, {{"X-Security-Token", "t"}}))) ==
      "401 APIGW.0301 Incorrect IAM authentication information: a permanent AK with a security token");
  f.now += 16min;
  CHECK(error_of(f.send(f.signed_request(f.account().access_key, f.account().secret_key))) ==
        "401 APIGW.0301 Incorrect IAM authentication information: signature expired");
}

TEST_CASE("another project is not for this user", "[gate]") {
  GateFixture f;
  Request request = f.with_token(f.account().token);
  request.path = "/v2/ffff/desktops";
  CHECK(error_of(f.send(request)) == "403 APIGW.0310 The project is not available to this user.");
  request = f.with_token(f.account().token);
  request.headers.emplace_back("X-Project-Id", "ffff");
  CHECK(f.send(request).status == 403);
}

TEST_CASE("a password buys a token in a header, with its end in the body", "[gate]") {
  GateFixture f;
  const Answer answer = f.login(f.account().password);
  REQUIRE(answer.status == 201);
  CHECK(Body(answer)->at("token").string("expires_at") == "2026-11-24T21:00:00.000000Z");
  const std::string token = ServiceFixture::header(answer, "X-Subject-Token");
  CHECK(f.send(f.with_token(token)).status == 200);
  CHECK(f.login(f.account().password, fmt::format(R"({{"id":"{}"}})", GateFixture::kProject)).status == 201);
}

TEST_CASE("tokens can be short-lived, and all be revoked at once", "[gate]") {
  GateFixture f;
  f.set_faults(R"({"knobs": {"token_lifetime_seconds": 60}})");
  const std::string token = ServiceFixture::header(f.login(f.account().password), "X-Subject-Token");
  CHECK(f.send(f.with_token(token)).status == 200);
  f.now += 60s;
  CHECK(error_of(f.send(f.with_token(token))) == "401 APIGW.0307 The token must be updated.");
  CHECK(f.send(f.with_token(f.account().token)).status == 200);
  CHECK(f.control("POST", "revoke-tokens").status == 200);
  CHECK(f.send(f.with_token(f.account().token)).status == 401);
  CHECK(f.login(f.account().password).status == 201);
}

TEST_CASE("the identity service refuses in its own shape, and locks after five wrong passwords", "[gate]") {
  GateFixture f;
  CHECK(f.login("wrong").body ==
        R"({"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}})");
  CHECK(
      f.login(f.account().password, R"({"name":"elsewhere"})").body ==
      R"({"error":{"code":401,"message":"The project does not exist, or the user may not use it.","title":"Unauthorized"}})");
  CHECK(f.send({"POST", "/v3/auth/tokens", {}, {}, "{}"}).body ==
        R"({"error":{"code":400,"message":"the request: key \"auth\" is missing","title":"Bad Request"}})");
  for (int i = 0; i < 5; ++i) f.login("wrong");
  CHECK(
      f.login(f.account().password).body ==
      R"({"error":{"code":401,"message":"The user is locked after several wrong passwords.","title":"Unauthorized"}})");
  f.now += 15min;
  CHECK(f.login(f.account().password).status == 201);
}

TEST_CASE("a token buys temporary keys, which sign together with their security token", "[gate]") {
  GateFixture f;
  const auto buy = [&](const std::string& token) {
    return f.send({"POST",
                   "/v3.0/OS-CREDENTIAL/securitytokens",
                   {},
                   {},
                   fmt::format(R"({{"auth":{{"identity":{{"methods":["token"],"token":{{"id":"{}",)"
                               R"("duration_seconds":900}}}}}}}})",
                               token)});
  };
  CHECK(buy("wrong").status == 401);
  const Answer answer = buy(f.account().token);
  REQUIRE(answer.status == 201);
  const Body body(answer);
  const JsonValue credential = body->at("credential");
  const std::string access(credential.string("access"));
  const std::string secret(credential.string("secret"));
  const std::string security(credential.string("securitytoken"));
  CHECK(credential.string("expires_at") == "2026-11-23T21:15:00.000000Z");
  CHECK(f.send(f.signed_request(access, secret, {{"X-Security-Token", security}})).status == 200);
  CHECK(error_of(f.send(f.signed_request(access, secret))) ==
        "401 APIGW.0301 Incorrect IAM authentication information: the security token does not belong to the AK");
  f.now += 15min;
  CHECK(error_of(f.send(f.signed_request(access, secret, {{"X-Security-Token", security}}))) ==
        "401 APIGW.0307 The token must be updated.");
}

TEST_CASE("secrets are new in every run", "[gate]") {
  const Account one = make_account("p", "r");
  const Account two = make_account("p", "r");
  CHECK(one.secret_key != two.secret_key);
  CHECK(one.token != two.token);
  CHECK(one.password != two.password);
  CHECK(one.token.size() == 64);
}
