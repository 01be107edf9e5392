// SPDX-License-Identifier: Apache-2.0
// What plan and apply do for a pipeline beside what they print.
#include <catch2/catch.hpp>

#include "engine/core/json_reader.hpp"
#include "tests/cli/service_app.hpp"

namespace gild::test {
namespace {

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("a plan leaves its summary and its numbers for GitHub, and prints what it always prints", "[cli][pipeline]") {
  ServiceApp app(3);
  const std::string format = GENERATE("text", "json", "markdown");
  const Ended before = app.run({"plan", "--format", format});
  app.environment = {{"GITHUB_STEP_SUMMARY", (app.folder.path() / "summary").string()},
                     {"GITHUB_OUTPUT", (app.folder.path() / "output").string()}};
  app.folder.write("summary", "# mine");
  app.folder.write("output", "mine=1\n");
  const Ended ended = app.run({"plan", "--format", format, "--max-rebuilds", "2"});
  CHECK(ended.exit == 5);  // a plan that is refused is told all the same
  CHECK(before.out.starts_with(ended.out.substr(0, ended.out.size() / 2)));
  CHECK(
      app.folder.read("summary").starts_with("# mine\n<!-- gild plan -->\n### gild plan: 3 desktops will be WIPED\n"));
  const std::string output = app.folder.read("output");
  CHECK(
      output.starts_with("mine=1\nchanges=true\nrebuilds=3\nbatches=2\nworst_case=3\nin_progress=0\nheld=0\ndigest="));
  CHECK(count_of(output, "\n") == 8);
}

TEST_CASE("an apply leaves how it ended for GitHub", "[cli][pipeline]") {
  ServiceApp app(3);
  app.environment = {{"GITHUB_STEP_SUMMARY", (app.folder.path() / "summary").string()},
                     {"GITHUB_OUTPUT", (app.folder.path() / "output").string()}};
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  CHECK(app.folder.read("summary").starts_with("### gild apply: 3 desktops wiped and ready\n"));
  CHECK(
      app.folder.read("output").starts_with("outcome=done\nexit_status=0\nrequests=2\nready=3\nalready=0\nfailed=0\n"));
  app.folder.write("output", "");
  CHECK(app.run({"apply", "--auto-approve", "--refresh", "--max-rebuilds", "0"}).exit == 0);
  CHECK(app.folder.read("output").starts_with("outcome=nothing_to_do\nexit_status=0\n"));
}

TEST_CASE("a summary that is full, or cannot be written, is a warning and nothing else", "[cli][pipeline]") {
  ServiceApp app(3);
  app.environment = {{"GITHUB_STEP_SUMMARY", (app.folder.path() / "summary").string()}};
  SECTION("full") {
    app.folder.write("summary", std::string(1'048'576 - 100, 'x'));
    const Ended ended = app.run({"plan"});
    CHECK(ended.exit == 0);
    CHECK(says(ended.err, "warning: GITHUB_STEP_SUMMARY is full"));
    CHECK(app.folder.read("summary").size() == 1'048'576 - 100);
  }
  SECTION("no such folder") {
    app.environment["GITHUB_STEP_SUMMARY"] = (app.folder.path() / "none" / "summary").string();
    app.environment["GITHUB_OUTPUT"] = (app.folder.path() / "none" / "output").string();
    const Ended ended = app.run({"apply", "--auto-approve"});
    CHECK(ended.exit == 0);
    CHECK(says(ended.err, "warning: GITHUB_STEP_SUMMARY was not written: "));
    CHECK(says(ended.err, "warning: GITHUB_OUTPUT was not written: "));
    CHECK(app.model.wipes().size() == 3);
  }
}

TEST_CASE("GitHub's log folds the groups of a plan, and nothing that has to be read", "[cli][pipeline]") {
  ServiceApp app(3);
  const std::string plain = app.run({"plan"}).out;
  app.environment["GITHUB_ACTIONS"] = "true";
  const std::string folded = app.run({"plan"}).out;
  const auto end = folded.find("::endgroup::\n");
  REQUIRE(folded.starts_with("::group::The plan, group by group\n"));
  REQUIRE(end != std::string::npos);
  CHECK(folded.substr(0, end).find("Group finance") != std::string::npos);
  CHECK(folded.substr(end).find("3 desktops will be WIPED") != std::string::npos);
  std::string without = folded;
  without.erase(end, std::string_view{"::endgroup::\n"}.size());
  CHECK(without.substr(without.find('\n') + 1) == plain);
  CHECK(app.run({"plan", "--format", "json"}).out.starts_with("{"));
}

TEST_CASE("an apply folds its plan and what happened, and its report stands outside", "[cli][pipeline]") {
  ServiceApp app(3);
  SECTION("on GitHub") {
    app.environment["GITHUB_ACTIONS"] = "true";
    const Ended ended = app.run({"apply", "--auto-approve"});
    CHECK(ended.err.starts_with("::group::What happened\nRollout begins"));
    CHECK(ended.err.ends_with("::endgroup::\n"));
    CHECK(count_of(ended.out, "::group::") == 1);
    CHECK(ended.out.find("::endgroup::") < ended.out.find("Apply: 3 wiped and ready"));
  }
  SECTION("on GitLab") {
    app.environment["GITLAB_CI"] = "true";
    const Ended ended = app.run({"apply", "--auto-approve"});
    CHECK(ended.err.starts_with("\x1b[0Ksection_start:"));
    CHECK(says(ended.err, ":gild_progress\r\x1b[0KWhat happened\nRollout begins"));
    CHECK(ended.err.ends_with(":gild_progress\r\x1b[0K\n"));
    CHECK(count_of(ended.out, "section_start:") == 1);
    CHECK(count_of(ended.out, "section_end:") == 1);
  }
  SECTION("where nothing happens") {
    REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
    app.environment["GITHUB_ACTIONS"] = "true";
    CHECK(app.run({"apply", "--auto-approve"}).err.empty());
  }
}

TEST_CASE("a plan knows no time, so GitLab's log is as everywhere", "[cli][pipeline]") {
  ServiceApp app(3);
  const std::string plain = app.run({"plan"}).out;
  app.environment["GITLAB_CI"] = "true";
  CHECK(app.run({"plan"}).out == plain);
}

}  // namespace gild::test
