// SPDX-License-Identifier: Apache-2.0
// A password in --state is a bad habit that must not become a leak.
#include <catch2/catch.hpp>

#include "cli/command_text.hpp"
#include "tests/cli/service_app.hpp"

namespace gild::test {
namespace {

TEST_CASE("a command that is offered for copying names GILD_STATE in the place of a URL with a password", "[secrets]") {
  CHECK(CommandText("gild apply").option("--state", "postgresql://ana@db/gild").str() ==
        "gild apply --state postgresql://ana@db/gild");
  CHECK(CommandText("gild apply").option("--state", "postgresql://ana:hunter2@db/gild").str() ==
        "gild apply --state \"$GILD_STATE\"");
}

TEST_CASE("no command prints the password of a state's URL when it cannot be opened", "[secrets]") {
  // Nobody listens at port 1; the other places are refused before anybody is asked.
  for (const std::string url :
       {"postgresql://ana:hunter2@127.0.0.1:1/gild?sslmode=disable",
        "postgresql://ana@127.0.0.1:1/gild?sslmode=disable&password=hunter2", "postgresql://ana:hunter2@[broken/gild",
        // Passwords with characters that would have to be percent-encoded: the rest is no host and no database.
        "postgresql://ana:x/hunter2@127.0.0.1:1/gild", "postgresql://ana:hunter2/x@127.0.0.1:1/gild",
        "postgresql://ana:x@hunter2@127.0.0.1:1/gild", "postgresql://ana:x?y@hunter2@127.0.0.1:1/gild",
        "s3://AKIAEXAMPLE:hunter2/x@bucket/key?region=r", "https://ana:hunter2@git.example.com/state",
        "gopher://ana:hunter2@example.com/state"}) {
    for (const std::vector<std::string>& command : {std::vector<std::string>{"plan"},
                                                    {"apply", "--auto-approve"},
                                                    {"refresh"},
                                                    {"drift"},
                                                    {"status"},
                                                    {"status", "--watch"},
                                                    {"history"},
                                                    {"state", "list"},
                                                    {"state", "show", "d-1"},
                                                    {"state", "pull"},
                                                    {"state", "rm", "d-1"},
                                                    {"state", "mv", "d-1", "--to-group", "sales"},
                                                    {"state", "unlock", "--force"},
                                                    {"state", "migrate", "--to", "new.json"}}) {
      ServiceApp app(1);
      std::vector<std::string> words = command;
      words.insert(words.end(), {"--state", url});
      INFO(url << ": " << command.back());
      const Ended ended = app.run(words);
      CHECK(ended.exit != 0);
      CHECK_FALSE(ended.err.empty());
      CHECK_FALSE(says(ended.out + ended.err, "hunter2"));
    }
    ServiceApp app(1);
    REQUIRE(app.run({"refresh"}).exit == 0);
    const Ended ended = app.run({"state", "migrate", "--to", url});
    CHECK(ended.exit != 0);
    CHECK_FALSE(says(ended.out + ended.err, "hunter2"));
  }
}

}  // namespace
}  // namespace gild::test
