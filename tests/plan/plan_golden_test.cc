// SPDX-License-Identifier: Apache-2.0
// Plans as whole documents: from manifests in tests/golden/plan/input and states in tests/golden/state. The schema is
// asked about the same files (tests/schemas), and so is `gild plan`.
#include <filesystem>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "engine/codec/plan_codec.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/config/manifest_loader.hpp"
#include "engine/plan/planner.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;

// Paths in a plan are as seen from the folder in which it was made.
class InInputFolder {
 public:
  InInputFolder() : before_(fs::current_path()) { fs::current_path(test::golden_path("plan/input")); }
  InInputFolder(const InInputFolder&) = delete;
  InInputFolder& operator=(const InInputFolder&) = delete;
  ~InInputFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

struct Case {
  std::string plan;
  std::string manifest;
  std::string state;  // empty: none
};

Plan plan_of(const Case& made) {
  const InInputFolder here;
  const LoadedManifest loaded = load_manifest({made.manifest});
  REQUIRE(loaded.manifest);
  REQUIRE(!loaded.diagnostics.has_errors());
  const State known = made.state.empty() ? State{} : read_state(test::golden("state/" + made.state), made.state);
  return make_plan(*loaded.manifest, known);
}

}  // namespace

TEST_CASE("a plan is written as its golden file has it, and reads back as the same plan", "[plan]") {
  const Case made = GENERATE(values<Case>({
      {"plan/empty.json", "empty.yaml", "v1-three-desktops.json"},
      {"plan/small.json", "small.yaml", "v1-three-desktops.json"},
      {"plan/without-state.json", "small.yaml", ""},
      {"plan/all-actions.json", "all-actions.yaml", "v1-under-way.json"},
  }));
  const Plan plan = plan_of(made);
  const std::string text = write_plan(plan);
  test::check_golden(made.plan, text);
  const Plan read = read_plan(text, made.plan);
  CHECK(write_plan(read) == text);
  CHECK(plan_digest(read) == plan_digest(plan));
}

}  // namespace gild
