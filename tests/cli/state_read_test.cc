// SPDX-License-Identifier: Apache-2.0
// gild state list, show and pull.
#include <catch2/catch.hpp>

#include "engine/codec/state_codec.hpp"
#include "engine/core/json_reader.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using test::says;

struct GoldenApp : ServiceApp {
  GoldenApp() : ServiceApp(1) {
    folder.write("gild.state.json", golden("state/full.json"));
    clock.advance(std::chrono::hours{25} + std::chrono::minutes{17});
  }
};

TEST_CASE("state list has a line for each desktop", "[state]") {
  GoldenApp app;
  check_golden("cli/state_list.txt", app.run({"state", "list"}).out);
}

TEST_CASE("state list takes two lines for a desktop where one would be too narrow", "[state]") {
  GoldenApp app;
  app.out.columns = 60;
  check_golden("cli/state_list_narrow.txt", app.run({"state", "list"}).out);
}

TEST_CASE("state list is narrowed by group, desktop and status", "[state]") {
  GoldenApp app;
  const Ended open = app.run({"state", "list", "--status", "settling", "--status", "failed", "--group", "finance"});
  CHECK(says(open.out, "d-03"));
  CHECK(says(open.out, "d-05"));
  CHECK_FALSE(says(open.out, "d-02"));
  CHECK(says(app.run({"state", "list", "--desktop", "d-02"}).out, "d-02"));
  const Ended slip = app.run({"state", "list", "--status", "faild"});
  CHECK(slip.exit == 1);
  CHECK(says(slip.err, "Did you mean failed?"));
  CHECK(app.run({"state", "list", "--desktop", "d-99"}).exit == 1);
}

TEST_CASE("state show tells all of a desktop, with the image before and every look", "[state]") {
  GoldenApp app;
  check_golden("cli/state_show.txt",
               app.run({"state", "show", "d-01", "d-02", "d-03", "d-04", "d-05", "--workspace", "prod"}).out);
}

TEST_CASE("an id in two workspaces is asked back about", "[state]") {
  GoldenApp app;
  const Ended both = app.run({"state", "show", "d-01"});
  CHECK(both.exit == 1);
  CHECK(both.err ==
        "error: Desktop \"d-01\" is in the workspaces prod and test\n\n"
        "  Nothing was done. Say which of them you mean with --workspace NAME.\n");
  CHECK(app.run({"state", "show", "d-01", "--workspace", "test"}).exit == 0);
  CHECK(says(app.run({"state", "show", "d-01", "--workspace", "tset"}).err, "Did you mean \"test\"?"));
}

TEST_CASE("an id that is not recorded gets the one that was probably meant", "[state]") {
  GoldenApp app;
  CHECK(says(app.run({"state", "show", "FIN-017"}).err, "That is the name of the desktop with the id \"d-01\""));
  CHECK(says(app.run({"state", "show", "d-022"}).err, "Did you mean \"d-02\"?"));
}

TEST_CASE("as JSON, list and show have desktops as the state has them, with what is open of them", "[state]") {
  GoldenApp app;
  JsonParser parser;
  const std::string list = app.run({"state", "list", "--format", "json", "--status", "rebuilding"}).out;
  const std::string in_state = golden("state/full.json");
  const std::size_t begin = in_state.find("{\"workspace\":\"prod\",\"id\":\"d-02\"");
  CHECK(says(list, in_state.substr(begin, in_state.find('\n', begin) - begin - 1)));
  const JsonValue document = parser.parse(list, "list");
  CHECK(document.string("format") == "gild.desktops/1");
  std::size_t jobs = 0;
  document.at("jobs").for_each([&](const JsonValue& job) { jobs += job.string("id") == "job-2" ? 1U : 0U; });
  CHECK(jobs == 1);
  std::size_t intents = 0;
  document.at("intents").for_each([&](const JsonValue&) { ++intents; });
  CHECK(intents == 0);
}

TEST_CASE("state pull is the whole state, with a journal that nobody has folded yet", "[state]") {
  GoldenApp app;
  const auto store = open_file_state_store((app.folder.path() / "gild.state.json").string(), app.clock);
  const auto locked = store->lock({"apply", "ana", "build-7", std::nullopt, "0.1.0"}, Duration{0});
  locked->append(RolloutClosed{std::string(64, 'a')});
  locked->sync();
  const Ended ended = app.run({"state", "pull"});
  CHECK(ended.exit == 0);
  const State pulled = read_state(ended.out, "pulled");
  CHECK(pulled.serial == 44);
  CHECK(pulled.rollouts.empty());
  CHECK(pulled.desktops.size() == 6);
}

TEST_CASE("there is nothing to pull where nothing is stored", "[state]") {
  ServiceApp app(1);
  const Ended ended = app.run({"state", "pull"});
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "Nothing is stored in gild.state.json"));
  CHECK(app.run({"state", "list"}).exit == 0);
}

}  // namespace
}  // namespace gild::test
