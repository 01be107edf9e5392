// SPDX-License-Identifier: Apache-2.0
#include "engine/core/url.hpp"

#include <catch2/catch.hpp>

namespace gild {
namespace {

TEST_CASE("a URL that holds a password or a token is known as one, wherever it stands", "[url]") {
  for (const char* url : {"postgresql://ana:hunter2@db.example.com/gild", "postgres://:hunter2@/gild",
                          "postgresql://db/gild?password=hunter2", "postgresql://db/gild?sslmode=require&pass%77ord=x",
                          "postgresql://db/gild?SSLPASSWORD=x", "https://token@git.example.com/state",
                          "https://git.example.com/state?private_token=x", "s3://key:secret@bucket/state",
                          "s3://bucket/state?X-Amz-Signature=x", "gopher://a:b@c"}) {
    INFO(url);
    CHECK(holds_secret(url));
  }
  for (const char* url : {"gild.state.json", "file:/srv/a@b:c.json", "postgresql://ana@db.example.com:5432/gild",
                          "postgresql:///gild?service=team&gild_state=prod", "https://git.example.com/api/v4/state",
                          "s3://bucket/state?endpoint=https://obs.example.com&region=eu-1", ""}) {
    INFO(url);
    CHECK_FALSE(holds_secret(url));
  }
}

}  // namespace
}  // namespace gild
