// SPDX-License-Identifier: Apache-2.0
// gild validate for programs that mark lines: whatever a manifest or a file is called, it stays text.
#include <algorithm>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/core/json_reader.hpp"
#include "tests/cli/test_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

constexpr const char* kGroup = R"(apiVersion: gild/v1
kind: DesktopGroup
metadata: {name: first}
spec:
  image: {image_id: image-1, image_type: exotic}
  imgae: 50%
  desktops: [desk-1]
)";

constexpr const char* kWorkspace = R"(apiVersion: gild/v1
kind: Workspace
metadata: {name: prod}
spec: {region: ap-southeast-1, project_id: 0123456789abcdef0123456789abcdef}
)";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a problem becomes a mark on its line, errors before warnings", "[cli][validate]") {
  TestApp app;
  app.folder.write("fleet/group.yaml", kGroup);
  app.folder.write("fleet/workspace.yaml", kWorkspace);
  const Ended ended = app.run({"validate", "--format", "github"});
  CHECK(ended.exit == 1);
  CHECK(ended.err.empty());
  check_golden("cli/validate.github", ended.out);
  CHECK(app.run({"validate", "--format", "github", "--quiet"}).out ==
        ended.out.substr(0, ended.out.rfind('\n', ended.out.size() - 2) + 1));
}

TEST_CASE("paths are those of the repository, wherever gild is started", "[cli][validate]") {
  TestApp app;
  app.folder.write("fleet/group.yaml", kGroup);
  const std::string variable = GENERATE("GITHUB_WORKSPACE", "CI_PROJECT_DIR");
  app.environment[variable] = app.folder.path().string();
  const std::string inside = (app.folder.path() / "fleet").string();
  const auto run = [&](const std::string& format, const std::string& path) {
    return app.run_as_given({"-C", inside, "validate", "--format", format, path}).out;
  };
  CHECK(says(run("github", "."), "::error file=fleet/group.yaml,line=6,col=3,endLine=6,endColumn=8,"));
  CHECK(says(run("sarif", "."), R"("uri":"fleet/group.yaml","uriBaseId":"%SRCROOT%")"));
  SECTION("a folder that the machine's variable does not hold is a repository by itself") {
    app.environment[variable] = "/somewhere/else";
    CHECK(says(run("github", "."), "::error file=group.yaml,"));
    CHECK(says(run("github", "../fleet/group.yaml"), "::error file=group.yaml,"));
  }
  SECTION("a file outside has its whole address") {
    app.environment.clear();
    TemporaryFolder other;
    other.write("a b.yaml", kGroup);
    const std::string path = (other.path() / "a b.yaml").string();
    CHECK(says(run("github", path), "::error file=" + path + ",line=6,"));
    CHECK(says(run("sarif", path), "\"uri\":\"file://" + other.path().string() + "/a%20b.yaml\"}"));
  }
}

TEST_CASE("no name of a file and no text of a manifest makes a command of its own", "[cli][validate]") {
  TestApp app;
  app.folder.write("a,line=1::b%0A\n::set-env name=X::y\r.yaml",
                   "apiVersion: gild/v1\nkind: \"::error::x\\n::set-output name=digest::evil\\r::debug::z\"\n"
                   "metadata: {name: \"##[error]\"}\nspec: {}\n");
  const Ended ended = app.run({"validate", "--format", "github", "--quiet"});
  CHECK(ended.exit == 1);
  const std::vector<std::string> lines = lines_of(ended.out);
  REQUIRE_FALSE(lines.empty());
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(line.starts_with("::error file=a%2Cline=1%3A%3Ab%250A%0A%3A%3Aset-env name=X%3A%3Ay%0D.yaml,line="));
    CHECK(line.find('\r') == std::string::npos);
  }
}

TEST_CASE("SARIF has every problem with its rule, and what belongs to it", "[cli][validate]") {
  TestApp app;
  app.folder.write("fleet/group.yaml", kGroup);
  app.folder.write("fleet/again: ü.yaml", std::string{kGroup} + "---\n" + kGroup);
  app.folder.write("fleet/workspace.yaml", kWorkspace);
  const Ended ended = app.run({"validate", "--format", "sarif"});
  CHECK(ended.exit == 1);
  CHECK(ended.err.empty());
  check_golden("cli/validate.sarif", ended.out);
}

TEST_CASE("SARIF without a problem is a run without results", "[cli][validate]") {
  TestApp app;
  app.folder.write("workspace.yaml", kWorkspace);
  const Ended ended = app.run({"validate", "--format", "sarif"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.out, "\"results\": []"));
}

}  // namespace gild::test
