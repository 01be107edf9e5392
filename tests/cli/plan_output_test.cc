// SPDX-License-Identifier: Apache-2.0
// The forms in which gild plan and gild show print a plan, for those who read them.
#include <catch2/catch.hpp>

#include "cli/views/plan_counts.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild {

using Catch::Matchers::Contains;
namespace {

using test::Ended;
using test::ServiceApp;
using test::TestApp;

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  const auto begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

Plan with_counts(std::size_t rebuild, std::size_t in_progress, std::size_t held, std::size_t protect) {
  Plan plan;
  plan.summary.rebuild = rebuild;
  plan.summary.in_progress = in_progress;
  plan.summary.held = held;
  plan.summary.protect = protect;
  return plan;
}

}  // namespace

TEST_CASE("the last line is one that wrappers of Terraform read", "[cli][plan_output]") {
  ServiceApp app(3);
  REQUIRE(app.run({"refresh"}).exit == 0);
  CHECK(last_line(app.run({"plan"}).out) == "Plan: 3 to add, 0 to change, 3 to destroy.");
  const Ended saved = app.run({"plan", "--out", "plan.json"});
  CHECK(last_line(saved.out) == "Plan: 3 to add, 0 to change, 3 to destroy.");
  CHECK(last_line(app.run({"show", "plan.json"}).out) == "Plan: 3 to add, 0 to change, 3 to destroy.");
  app.want("old");
  CHECK(last_line(app.run({"plan"}).out) == "No changes. Your infrastructure matches the configuration.");
}

TEST_CASE("what is under way or held does not match the configuration", "[cli][plan_output]") {
  CHECK(counts_line(with_counts(0, 0, 0, 0)) == "No changes. Your infrastructure matches the configuration.");
  CHECK(counts_line(with_counts(0, 0, 0, 2)) == "No changes. Your infrastructure matches the configuration.");
  CHECK(counts_line(with_counts(0, 1, 0, 0)) == "Plan: 0 to add, 0 to change, 0 to destroy.");
  CHECK(counts_line(with_counts(0, 0, 1, 0)) == "Plan: 0 to add, 0 to change, 0 to destroy.");
  CHECK(counts_line(with_counts(1'200, 1, 1, 1)) == "Plan: 1200 to add, 0 to change, 1200 to destroy.");
}

TEST_CASE("the widget of GitLab gets a wiped disk as one destroyed and one created", "[cli][plan_output]") {
  ServiceApp app(3);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const std::string report = "{\"create\":3,\"update\":0,\"delete\":3}\n";
  CHECK(app.run({"plan", "--format", "gitlab", "--out", "plan.json"}).out == report);
  CHECK(app.run({"show", "plan.json", "--format", "gitlab"}).out == report);
}

TEST_CASE("plan and show print the same comment, and nothing beside it", "[cli][plan_output]") {
  ServiceApp app(3);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const Ended planned = app.run({"plan", "--format", "markdown", "--out", "plan.json"});
  CHECK(planned.exit == 0);
  CHECK(planned.err.empty());
  CHECK(planned.out.substr(0, planned.out.find("\n\n")) ==
        "<!-- gild plan -->\n### gild plan: 3 desktops will be WIPED");
  CHECK(app.run({"show", "plan.json", "--format", "markdown"}).out == planned.out);
}

TEST_CASE("an option that would do nothing is refused", "[cli][plan_output]") {
  TestApp app;
  app.folder.write("plan.json", test::golden("plan/all-actions.json"));
  app.folder.write("gild.state.json", test::golden("state/v1-three-desktops.json"));
  const Ended json = app.run({"show", "plan.json", "--format", "json", "--max-bytes", "5000"});
  CHECK(json.exit == 1);
  CHECK(json.err == "error: --max-bytes is about --format markdown, which alone leaves anything out.\n");
  const Ended little = app.run({"plan", "--format", "markdown", "--max-bytes", "100"});
  CHECK(little.exit == 1);
  CHECK(little.err == "error: --max-bytes 100 is too little: 4,000 are needed for the verdict alone.\n");
  const Ended state = app.run({"show", "gild.state.json", "--format", "markdown"});
  CHECK(state.exit == 1);
  CHECK(state.err == "error: gild.state.json is a state; --format markdown, html and gitlab are for plans.\n");
  CHECK(app.run({"show", "plan.json", "--format", "markdown", "--max-bytes", "4000"}).exit == 0);
}

TEST_CASE("plans are compared with --diff, and what is none is refused", "[cli][plan_output]") {
  TestApp app;
  app.folder.write("plan.json", test::golden("plan/all-actions.json"));
  app.folder.write("gild.state.json", test::golden("state/v1-three-desktops.json"));
  const Ended same = app.run({"show", "plan.json", "--diff", "plan.json"});
  CHECK(same.exit == 0);
  CHECK_THAT(same.out, Contains("\nSince plan.json: Nothing changed.\n"));
  const Ended comment = app.run({"show", "plan.json", "--diff", "plan.json", "--format", "markdown"});
  CHECK_THAT(comment.out, Contains("\n**Since `plan.json`:** Nothing changed.\n"));
  const Ended none = app.run({"show", "plan.json", "--diff", "gild.state.json"});
  CHECK(none.exit == 1);
  CHECK_THAT(none.err, Contains("--diff compares with a plan that gild plan --out saved"));
  const Ended json = app.run({"show", "plan.json", "--diff", "plan.json", "--format", "json"});
  CHECK(json.exit == 1);
  CHECK_THAT(json.err, Contains("--diff is for people"));
  const Ended state = app.run({"show", "gild.state.json", "--diff", "plan.json"});
  CHECK(state.err == "error: gild.state.json is a state; --diff compares plans.\n");
}

}  // namespace gild
