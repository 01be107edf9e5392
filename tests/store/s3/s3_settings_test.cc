// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/store/s3/xml_text.hpp"
#include "tests/store/s3/s3_fixture.hpp"

namespace gild {
namespace {

using namespace test;

TEST_CASE("addresses and keys come from the address and the usual variables", "[store][s3]") {
  const auto with = [](std::map<std::string, std::string> values) {
    values.emplace("AWS_ACCESS_KEY_ID", "A");
    values.emplace("AWS_SECRET_ACCESS_KEY", "S");
    return variables(std::move(values));
  };
  SECTION("AWS") {
    const S3Settings settings = s3_settings("s3://my-bucket/a/b.json?region=eu-west-1", with({}));
    CHECK(settings.endpoint.host == "s3.eu-west-1.amazonaws.com");
    CHECK(settings.in_host);
    CHECK(settings.bucket == "my-bucket");
    CHECK(settings.key == "a/b.json");
    CHECK(s3_settings("s3://my-bucket/a", with({{"AWS_DEFAULT_REGION", "eu-west-2"}})).region == "eu-west-2");
    CHECK_FALSE(s3_settings("s3://my.bucket/a?region=eu-west-1", with({})).in_host);
    CHECK_FALSE(s3_settings("s3://my-bucket/a?region=eu-west-1&addressing=path", with({})).in_host);
  }
  SECTION("OBS, with Huawei's keys first and the region out of the host") {
    const char* address = "s3://my-bucket/a?endpoint=https://obs.eu-west-101.myhuaweicloud.eu";
    const S3Settings settings = s3_settings(
        address,
        with({{"HW_ACCESS_KEY", "H"}, {"HW_SECRET_KEY", "HS"}, {"HW_SECURITY_TOKEN", "T"}, {"AWS_REGION", "x"}}));
    CHECK(settings.region == "eu-west-101");
    CHECK(settings.in_host);
    CHECK(settings.keys.access_key == "H");
    CHECK(settings.keys.session_token.reveal() == "T");
    CHECK(s3_settings(address, with({})).keys.access_key == "A");
  }
  SECTION("another server, which never gets Huawei's keys") {
    const Environment only_huawei = variables(
        {{"AWS_ENDPOINT_URL_S3", "https://minio.example.com:9000"}, {"HW_ACCESS_KEY", "H"}, {"HW_SECRET_KEY", "HS"}});
    CHECK_THROWS_WITH(s3_settings("s3://my-bucket/a", only_huawei),
                      "There are no keys for the state's server minio.example.com:9000");
    const S3Settings settings = s3_settings("s3://my-bucket/a", with({{"AWS_ENDPOINT_URL", "http://127.0.0.1:9000/"}}));
    CHECK_FALSE(settings.in_host);
    CHECK(settings.region == "us-east-1");
  }
  SECTION("the file of AWS's tools") {
    TempFolder folder;
    write_text(folder / "credentials",
               "# mine\n[default]\naws_access_key_id = one\naws_secret_access_key=two\n\n[team]\n"
               "aws_access_key_id=three\naws_secret_access_key = four = 4\naws_session_token=five\n");
    const std::map<std::string, std::string> base{{"AWS_SHARED_CREDENTIALS_FILE", folder / "credentials"},
                                                  {"AWS_REGION", "eu-west-1"}};
    CHECK(s3_settings("s3://my-bucket/a", variables(base)).keys.access_key == "one");
    auto of_team = base;
    of_team["AWS_PROFILE"] = "team";
    const AwsKeys found = s3_settings("s3://my-bucket/a", variables(of_team)).keys;
    CHECK(found.secret_key.reveal() == "four = 4");
    CHECK(found.session_token.reveal() == "five");
  }
  SECTION("what is no address, or would send keys in the clear") {
    const auto complaint = [&](const std::string& url) {
      return complaint_of<Error>([&] { s3_settings(url, with({})); });
    };
    CHECK_THAT(complaint("s3://my-bucket/a"), Catch::Contains("neither an endpoint nor a region"));
    CHECK_THAT(complaint("s3://my-bucket/?region=eu-west-1"), Catch::Contains("names no object"));
    CHECK_THAT(complaint("s3://B/a?region=eu-west-1"), Catch::Contains("is no name of a bucket"));
    CHECK_THAT(complaint("s3://key:secret@my-bucket/a?region=x"),
               Catch::Contains("holds a user or a key") && !Catch::Contains("secret@"));
    CHECK_THAT(complaint("s3://my-bucket/a?reigon=x"), Catch::Contains("Did you mean \"region\"?"));
    CHECK_THAT(complaint("s3://my-bucket/a?secret=hidden"), !Catch::Contains("hidden"));
    CHECK_THAT(complaint("s3://my-bucket/a?endpoint=http://s3.example.com"), Catch::Contains("plain http"));
    CHECK_THAT(complaint("s3://my-bucket/a?endpoint=https://h.example.com/path"),
               Catch::Contains("no address of a server"));
    CHECK_THAT(complaint("s3://my-bucket/a?region=x&addressing=virtuell"), Catch::Contains("is unknown"));
  }
}

TEST_CASE("of XML only what S3 answers is read", "[store][s3]") {
  const auto root = parse_xml("<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><n:b>1 &lt; &#50;&#x33; &amp;</n:b><c/></a>\n");
  REQUIRE(root);
  CHECK(root->text_of("b") == "1 < 23 &");
  CHECK(root->find("c") != nullptr);
  for (const char* other :
       {"", "<a>", "<a></b>", "<a/><b/>", "text", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "<a>&e;</a>",
        "<a><!-- c --></a>", "<a><![CDATA[x]]></a>", "<a b=c/>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>\xff</a>"}) {
    CHECK_FALSE(parse_xml(other));
  }
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  CHECK_FALSE(parse_xml(deep));
}

}  // namespace
}  // namespace gild
