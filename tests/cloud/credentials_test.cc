// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/credentials.hpp"

#include <type_traits>

#include <catch2/catch.hpp>

#include "engine/cloud/proxy.hpp"
#include "engine/cloud/trust.hpp"
#include "tests/cloud/fakes.hpp"

namespace gild {
namespace {

using test::environment_of;
using test::error_kind;
using test::error_text;

static_assert(!fmt::is_formattable<Secret>::value, "a secret has no text");
static_assert(!std::is_convertible_v<Secret, std::string>);

std::string kind_of(const Credentials& credentials) {
  if (const auto* token = std::get_if<TokenCredentials>(&credentials)) return "token " + token->token.reveal();
  if (const auto* keys = std::get_if<KeyCredentials>(&credentials)) {
    return "keys " + keys->access_key.reveal() + " " + keys->secret_key.reveal() +
           (keys->security_token ? " " + keys->security_token->reveal() : "");
  }
  const auto& password = std::get<PasswordCredentials>(credentials);
  return "password " + password.user + " " + password.password.reveal() + " " + password.domain;
}

std::string found(std::map<std::string, std::string> variables, const std::optional<std::string>& profile = {}) {
  return kind_of(find_credentials(environment_of(std::move(variables)), profile));
}

TEST_CASE("a token comes before keys, and keys before a password") {
  std::map<std::string, std::string> all{{"HW_AUTH_TOKEN", "t"},     {"HW_ACCESS_KEY", "a"}, {"HW_SECRET_KEY", "s"},
                                         {"HW_SECURITY_TOKEN", "x"}, {"HW_USER_NAME", "u"},  {"HW_USER_PASSWORD", "p"},
                                         {"HW_DOMAIN_NAME", "d"}};
  CHECK(found(all) == "token t");
  all.erase("HW_AUTH_TOKEN");
  CHECK(found(all) == "keys a s x");
  all["HW_ACCESS_KEY"] = all["HW_SECRET_KEY"] = "";  // empty is not set
  CHECK(found(all) == "password u p d");
}

TEST_CASE("the names of other tools are read too, one family at a time") {
  CHECK(found({{"OS_AUTH_TOKEN", "t"}}) == "token t");
  CHECK(found({{"HUAWEICLOUD_SDK_AK", "a"}, {"HUAWEICLOUD_SDK_SK", "s"}, {"HUAWEICLOUD_SDK_SECURITY_TOKEN", "x"}}) ==
        "keys a s x");
  CHECK(found({{"OS_USERNAME", "u"}, {"OS_PASSWORD", "p"}, {"OS_USER_DOMAIN_NAME", "d"}}) == "password u p d");
  // A security token of one family does not belong to the keys of another.
  CHECK(found({{"HW_ACCESS_KEY", "a"}, {"HW_SECRET_KEY", "s"}, {"HUAWEICLOUD_SDK_SECURITY_TOKEN", "x"}}) == "keys a s");
}

TEST_CASE("the credentials of a workspace's own profile come first") {
  const std::map<std::string, std::string> both{
      {"HW_AUTH_TOKEN", "everybody"}, {"HW_PROD_EU_ACCESS_KEY", "a"}, {"HW_PROD_EU_SECRET_KEY", "s"}};
  CHECK(found(both, "prod-eu") == "keys a s");
  CHECK(found(both, "test") == "token everybody");
  CHECK(found(both) == "token everybody");
}

TEST_CASE("half a set of credentials names what is missing and no value") {
  CHECK(error_text([] {
          found({{"HW_ACCESS_KEY", "hush-hush"}});
        }) == "HW_ACCESS_KEY is set, but HW_SECRET_KEY is not\nSet HW_SECRET_KEY too, or unset HW_ACCESS_KEY.");
  CHECK(error_text([] {
          found({{"HW_USER_NAME", "hush-hush"}});
        }) ==
        "HW_USER_NAME is set, but HW_USER_PASSWORD and HW_DOMAIN_NAME are not\n"
        "Set HW_USER_PASSWORD and HW_DOMAIN_NAME too, or unset HW_USER_NAME.");
  // Not the keys of everybody where the profile's own are incomplete.
  CHECK(error_text([] {
          found({{"HW_PROD_SECRET_KEY", "hush-hush"}, {"HW_ACCESS_KEY", "a"}, {"HW_SECRET_KEY", "s"}}, "prod");
        }) ==
        "HW_PROD_SECRET_KEY is set, but HW_PROD_ACCESS_KEY is not\n"
        "Set HW_PROD_ACCESS_KEY too, or unset HW_PROD_SECRET_KEY.");
  CHECK(error_text([] { found({}, "prod"); }) ==
        "There are no credentials in the environment\nSet HW_PROD_ACCESS_KEY and HW_PROD_SECRET_KEY, or "
        "HW_PROD_AUTH_TOKEN, or HW_PROD_USER_NAME, HW_PROD_USER_PASSWORD and HW_PROD_DOMAIN_NAME.");
  CHECK(error_kind([] { found({}); }) == ErrorKind::service);
}

TEST_CASE("a value that would begin another header is no credential") {
  CHECK(error_text([] {
          found({{"HW_AUTH_TOKEN", "hush\r\nX-Evil: 1"}});
        }) ==
        "The value of HW_AUTH_TOKEN holds a space, a line break or another character that such a value never has\n"
        "Set it again, without quotes or line breaks inside.");
}

TEST_CASE("secrets are taken out of foreign text, cut-off ones too") {
  Redactor redactor;
  redactor.add(Secret("LongSecurityToken0123456789"));
  redactor.add(Secret("short"));
  redactor.add(Secret("ab"));
  CHECK(redactor.clean("x-security-token:LongSecurityToken0123456789|a short one") ==
        "x-security-token:[secret]|a [secret] one");
  CHECK(redactor.clean("cut: LongSecurityToken0") == "cut: [secret]");
  CHECK(redactor.clean("LongSecurit") == "LongSecurit");
  CHECK(redactor.clean("ab cannot be told from ordinary text") == "ab cannot be told from ordinary text");
}

Trust trust_of(const std::string& url, const std::string& hosts = {}) {
  const auto parsed = parse_url(url);
  REQUIRE(parsed);
  return trust_in(*parsed, hosts);
}

TEST_CASE("only the vendor's hosts, this machine and named hosts are trusted") {
  CHECK(trust_of("https://workspace.cn-north-4.myhuaweicloud.com") == Trust::vendor);
  CHECK(trust_of("https://WORKSPACE.eu-west-101.MyHuaweiCloud.EU") == Trust::vendor);
  for (const char* url :
       {"https://evilmyhuaweicloud.com", "https://myhuaweicloud.com", "https://myhuaweicloud.com.evil.example",
        "https://workspace.myhuaweicloud.com.evil.example", "https://127.0.0.1.evil.example", "https://localhost.evil",
        "https://128.0.0.1", "https://[::2]", "https://[::ffff:127.0.0.1]"}) {
    INFO(url);
    CHECK(trust_of(url) == Trust::none);
  }
  for (const char* url : {"https://127.0.0.1:1", "https://127.8.9.10", "http://localhost:80", "https://[::1]:5"}) {
    INFO(url);
    CHECK(trust_of(url) == Trust::loopback);
  }
  const std::string hosts = "gateway.example, 10.0.0.7:8443,::2";
  CHECK(trust_of("https://gateway.example", hosts) == Trust::named);
  CHECK(trust_of("https://GATEWAY.example:9", hosts) == Trust::named);
  CHECK(trust_of("https://a.gateway.example", hosts) == Trust::none);
  CHECK(trust_of("https://10.0.0.7:8443", hosts) == Trust::named);
  CHECK(trust_of("https://10.0.0.7", hosts) == Trust::none);
  CHECK(trust_of("https://[::2]", hosts) == Trust::named);
  CHECK(error_text([] { trust_of("https://a.example", "https://a.example"); }) ==
        "GILD_TRUSTED_HOSTS holds \"https://a.example\", which is neither a host nor host:port\n"
        "Separate hosts by commas: GILD_TRUSTED_HOSTS=gateway.example.com,10.0.0.7:8443");
}

TEST_CASE("an address that two programs could read differently is none") {
  for (const char* url : {"https://good.myhuaweicloud.com@evil.example",
                          "https://evil.example\\@good.myhuaweicloud.com",
                          "https://evil.example#.myhuaweicloud.com",
                          "https://evil.example%2f.myhuaweicloud.com",
                          "https://a b",
                          "https://",
                          "https://a..b",
                          "https://a.",
                          "https://127.1",
                          "https://0177.0.0.1",
                          "https://0x7f.1",
                          "https://2130706433",
                          "https://a:0",
                          "https://a:65536",
                          "https://a:",
                          "https://[::1",
                          "https://[x]",
                          "ftp://a",
                          "//a",
                          "a"}) {
    INFO(url);
    CHECK_FALSE(parse_url(url));
  }
  const auto url = parse_url("https://Host.Example:8443/base?q=1");
  REQUIRE(url);
  CHECK(url->authority() == "host.example:8443");
  CHECK(url->target() == "/base?q=1");
}

TEST_CASE("a manifest cannot send credentials elsewhere or choose who is believed") {
  const auto check = [](Workspace workspace, std::map<std::string, std::string> variables = {}) {
    return check_endpoints(workspace, environment_of(std::move(variables)));
  };
  Workspace evil = test::workspace_at("https://evil.example:8443", "https://iam.x.myhuaweicloud.com");
  CHECK(error_text([&] { check(evil); }) ==
        "Workspace prod: endpoint names the host evil.example:8443, which may not be given credentials\n"
        "Credentials go only to hosts below myhuaweicloud.com and myhuaweicloud.eu, to this machine, and to hosts that "
        "you name yourself. If you trust this one, set\n    GILD_TRUSTED_HOSTS=evil.example:8443");
  CHECK(error_kind([&] { check(evil); }) == ErrorKind::refused);
  CHECK(error_kind([&] { check(test::workspace_at("https://w.x.myhuaweicloud.com", "https://iam.evil.example")); }) ==
        ErrorKind::refused);
  CHECK(error_text([&] { check(test::workspace_at("http://w.myhuaweicloud.com", "https://iam.myhuaweicloud.com")); }) ==
        "Workspace prod: endpoint is plain http to w.myhuaweicloud.com, where credentials could be read on the way\n"
        "Write https. Plain http is for this machine alone.");

  Workspace vendor = test::prod();
  vendor.ca_file = "corp-ca.pem";
  CHECK(error_text([&] { check(vendor); }) ==
        "Workspace prod: ca_file is given, but a manifest may not choose the certificates for "
        "workspace.cn-north-4.myhuaweicloud.com\n"
        "Remove ca_file and name the bundle in GILD_CA_FILE, or name the host in GILD_TRUSTED_HOSTS.");
  CHECK(error_kind([&] { check(vendor); }) == ErrorKind::refused);

  evil.ca_file = "corp-ca.pem";
  const auto endpoints = check(evil, {{"GILD_TRUSTED_HOSTS", "evil.example"}, {"GILD_CA_FILE", "mine.pem"}});
  CHECK(endpoints.workspace.ca_files == std::vector<std::string>{"corp-ca.pem", "mine.pem"});
  CHECK(endpoints.iam.ca_files == std::vector<std::string>{"mine.pem"});  // not the manifest's: it is the vendor's host
}

std::string proxy_text(const std::string& url, std::map<std::string, std::string> variables) {
  const auto proxy = proxy_for(*parse_url(url), environment_of(std::move(variables)));
  if (!proxy) return "direct";
  return proxy->origin + (proxy->authorization ? " " + proxy->authorization->reveal() : "");
}

TEST_CASE("the proxy of the environment is taken, but never for this machine") {
  const std::string url = "https://workspace.x.myhuaweicloud.com";
  CHECK(proxy_text(url, {}) == "direct");
  CHECK(proxy_text(url, {{"HTTPS_PROXY", "http://proxy.corp:3128"}}) == "http://proxy.corp:3128");
  CHECK(proxy_text(url, {{"https_proxy", "proxy.corp:3128/"}}) == "http://proxy.corp:3128");
  CHECK(proxy_text(url, {{"HTTPS_PROXY", "http://user:p%40ss@proxy.corp"}}) ==
        "http://proxy.corp:80 Basic dXNlcjpwQHNz");
  CHECK(proxy_text("https://127.0.0.1:8443", {{"HTTPS_PROXY", "http://proxy.corp:3128"}}) == "direct");
  for (const char* exceptions : {"*", "a.example,.myhuaweicloud.com", "myhuaweicloud.com:443", "X.MyHuaweiCloud.com"}) {
    INFO(exceptions);
    CHECK(proxy_text(url, {{"HTTPS_PROXY", "http://proxy.corp:3128"}, {"NO_PROXY", exceptions}}) == "direct");
  }
  for (const char* exceptions : {"huaweicloud.com", "myhuaweicloud.com:8443", "space.x.myhuaweicloud.com"}) {
    INFO(exceptions);
    CHECK(proxy_text(url, {{"HTTPS_PROXY", "http://proxy.corp:3128"}, {"no_proxy", exceptions}}) ==
          "http://proxy.corp:3128");
  }
  CHECK(error_text([&] {
          proxy_text(url, {{"HTTPS_PROXY", "socks5://user:hush@proxy.corp"}});
        }) ==
        "HTTPS_PROXY does not hold the address of an HTTP proxy\n"
        "Write it as http://host:port or http://user:password@host:port. The connection to the service is encrypted "
        "through the proxy in any case.");
}

}  // namespace
}  // namespace gild
