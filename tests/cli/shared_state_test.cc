// SPDX-License-Identifier: Apache-2.0
// What the program says of a state that others share.
#include <catch2/catch.hpp>

#include "tests/cli/service_app.hpp"
#include "tests/store/http/state_server.hpp"
#include "tests/store/s3/fake_s3.hpp"

namespace gild::test {
namespace {

TEST_CASE("a lock that ran out is taken over, and whose it was is said", "[state][s3]") {
  ServiceApp app(2);
  FakeS3 server;
  app.make_transport = [&](const TransportOptions&) { return std::make_unique<FakeS3Transport>(server); };
  app.variable = [](std::string_view name) -> std::optional<std::string> {
    if (name == "AWS_ACCESS_KEY_ID") return "AKIDEXAMPLE";
    if (name == "AWS_SECRET_ACCESS_KEY") return "hidden-s3cret";
    return std::nullopt;
  };
  const std::string url = "s3://golden-images/fleet?endpoint=https://s3.example.com";
  const auto elsewhere = open_state_store(url, StoreWorld{app.clock, app.variable, app.make_transport});
  const auto vanished = elsewhere->lock(Began{"apply", "ana", "build-7", std::nullopt, "0.1.0"}, Duration{0});
  const Ended locked = app.run({"refresh", "--state", url});
  CHECK(locked.exit == 4);
  server.now += std::chrono::minutes{11};
  const Ended ended = app.run({"refresh", "--state", url});
  CHECK(ended.exit == 0);
  CHECK(says(ended.err, "Took over the lock of ana on build-7 (process "));
  CHECK(says(ended.err, ": it has shown no sign of life since "));
  CHECK(says(ended.err, "It can record nothing more.\n"));
}

TEST_CASE("a server without locks is written to where the user insists, and by a word that is no yes it is not",
          "[state][http]") {
  ServiceApp app(2);
  StateServer server;
  server.dialect = StateServer::Dialect::plain;
  app.make_transport = [&](const TransportOptions&) { return std::make_unique<StateServerTransport>(server); };
  std::optional<std::string> insists;
  app.variable = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "TF_HTTP_USERNAME") return server.user;
    if (name == "TF_HTTP_PASSWORD") return server.password;
    return name == "GILD_STATE_WITHOUT_LOCK" ? insists : std::nullopt;
  };
  const std::string url = "https://states.example.com/gild";
  for (const char* word : {"", "no", "1"}) {
    insists = word;
    CHECK(app.run({"apply", "--auto-approve", "--state", url}).exit == 5);
  }
  CHECK_FALSE(server.body);
  insists = "yes";
  CHECK(app.run({"apply", "--auto-approve", "--state", url}).exit == 0);
  REQUIRE(server.body);
  CHECK(server.count("lock") == 0);
  CHECK(says(app.run({"status", "--state", url}).out, "finance  2 ready on image new"));
}

}  // namespace
}  // namespace gild::test
