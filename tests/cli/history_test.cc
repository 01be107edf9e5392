// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using test::says;

// With every run of blanks and line breaks as one blank: where a line is broken does not matter.
std::string flat(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string word; in >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("history tells who rebuilt what, from and to which image, by which job, and how it ended", "[history]") {
  ServiceApp app(3);
  app.model.fail_job_of(app.ids[2]);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 3);
  const Ended ended = app.run({"history"});
  CHECK(ended.exit == 0);
  const std::string text = flat(ended.out);
  CHECK(says(text, "gild apply by ada@runner-7 "));
  CHECK(says(text, " from image old to image new, job "));
  CHECK(says(text, ": 2 ready "));
  CHECK(says(text, ": 1 failed ("));
}

// Every kind of record, and a state that is further on.
struct GoldenApp : ServiceApp {
  GoldenApp() : ServiceApp(1) {
    folder.write("gild.state.json", golden("state/full.json"));
    folder.write("gild.state.json.history/000000000001-000000000023.ndjson", golden("journal/every-kind.ndjson"));
  }
};

TEST_CASE("every kind of record has its place in a history", "[history]") {
  GoldenApp app;
  check_golden("cli/history.txt", app.run({"history"}).out);
}

TEST_CASE("with -v a history is every record, with its evidence", "[history]") {
  GoldenApp app;
  check_golden("cli/history_records.txt", app.run({"history", "-v"}).out);
}

TEST_CASE("the story of a desktop fits a narrow terminal", "[history]") {
  GoldenApp app;
  app.out.columns = 60;
  check_golden("cli/history_story_narrow.txt", app.run({"history", "--desktop", "d-1"}).out);
}

TEST_CASE("the history of a desktop says why it is in its status", "[history]") {
  ServiceApp app(2, "{batch_size: 1, max_unavailable: 2, max_failures: 1}");
  app.model.fail_job_of(app.ids[0]);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 3);
  const Ended failed = app.run({"history", "--desktop", app.ids[0].str()});
  CHECK(says(flat(failed.out), "to rebuild it from image old to image new"));
  CHECK(says(failed.out, "  failed: ") != says(failed.out, "ready on image new"));
  CHECK(says(flat(failed.out), "(evidence: sub-jobs of its job)"));
  CHECK(says(failed.out, "\nNow: failed, since "));
  const Ended ready = app.run({"history", "--desktop", app.ids[1].str()});
  CHECK(says(ready.out, "ready on image new"));
  CHECK(says(ready.out, "\nNow: ready, since "));
  CHECK_FALSE(says(ready.out, "  failed: "));
}

TEST_CASE("a lost answer and how it was settled are part of the story", "[history]") {
  ServiceApp app(1, "{batch_size: 1}");
  app.cloud.lose_answer_of_submission(1, Executed::yes);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  const Ended ended = app.run({"history", "--desktop", app.ids[0].str()});
  CHECK(says(flat(ended.out), "the answer was lost, so it may or may not be carried out: "));
  CHECK(says(flat(ended.out), "turned out to be job "));
  CHECK(says(flat(app.run({"history"}).out), ": 1 ready"));
}

TEST_CASE("a history is cut by time, group and number, the newest last", "[history]") {
  ServiceApp app(2);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  app.clock.advance(std::chrono::hours{48});
  app.want("newer");
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  const std::string all = app.run({"history", "--format", "json"}).out;
  CHECK(lines_of(all) == 4);  // a plan and a request, twice
  CHECK(all.find("\"image_id\":\"new\"") < all.find("\"image_id\":\"newer\""));
  for (const char* since : {"1d", "2026-11-25", "2026-11-25T00:00:00Z"}) {
    const std::string late = app.run({"history", "--format", "json", "--since", since}).out;
    CHECK(lines_of(late) == 2);
    CHECK_FALSE(says(late, "\"to\":\"new\""));
  }
  const std::string last = app.run({"history", "--format", "json", "--limit", "1"}).out;
  CHECK(lines_of(last) == 1);
  CHECK(says(last, "\"to\":\"newer\""));
  CHECK(app.run({"history", "--since", "2027-01-01"}).out == "Nothing of that kind.\n");
  CHECK(app.run({"history", "--since", "yesterday"}).exit == 1);
}

TEST_CASE("a refresh is told where it found another image than the recorded one", "[history]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  CHECK(says(flat(app.run({"history"}).out), "2 desktops seen for the first time"));
  app.model.rebuild_by_somebody({app.ids[0]}, {ImageId{"newer"}, "private", std::nullopt});
  app.clock.advance(std::chrono::hours{2});
  REQUIRE(app.run({"refresh"}).exit == 0);
  CHECK(says(flat(app.run({"history"}).out), "now has image newer instead of image old"));
  REQUIRE(app.run({"refresh"}).exit == 0);
  CHECK(lines_of(app.run({"history", "--format", "json"}).out) == 2);  // the last one saw nothing new
}

TEST_CASE("a desktop or group that nothing knows is a slip", "[history]") {
  ServiceApp app(2);
  REQUIRE(app.run({"refresh"}).exit == 0);
  std::string slip = app.ids[0].str();
  slip.back() = slip.back() == '0' ? '1' : '0';
  if (slip == app.ids[1].str()) slip.back() = '2';
  const Ended desktop = app.run({"history", "--desktop", slip});
  CHECK(desktop.exit == 1);
  CHECK(says(desktop.err, "Did you mean \""));
  CHECK(app.run({"history", "--group", "finanse"}).exit == 1);
}

TEST_CASE("a state to which nothing happened has an empty history", "[history]") {
  ServiceApp app(1);
  CHECK(app.run({"history"}).out == "Nothing has happened yet.\n");
  CHECK(app.run({"history", "--format", "json"}).out.empty());
}

}  // namespace
}  // namespace gild::test
