// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/state_scope.hpp"

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "engine/plan/planner.hpp"

namespace gild {
namespace {

DesktopGroup group(const std::string& name, const std::vector<std::string>& ids) {
  DesktopGroup group;
  group.name = GroupName{name};
  group.workspace = WorkspaceName{"prod"};
  group.target.image.image_id = ImageId{"img-2"};
  for (const std::string& id : ids) {
    DesktopEntry entry;
    entry.id = DesktopId{id};
    group.desktops.push_back(std::move(entry));
  }
  return group;
}

Manifest manifest() {
  Manifest manifest;
  Workspace workspace;
  workspace.name = WorkspaceName{"prod"};
  manifest.workspaces.push_back(workspace);
  manifest.groups = {group("finance", {"f-1", "f-2"}), group("kiosk", {}), group("sales", {"s-1"})};
  return manifest;
}

Narrowing narrowed(std::vector<std::string> groups, std::vector<std::string> desktops = {}) {
  Narrowing narrowing;
  for (const std::string& name : groups) narrowing.groups.emplace_back(name);
  for (const std::string& id : desktops) narrowing.desktops.emplace_back(id);
  return narrowing;
}

TEST_CASE("the apply of a saved plan locks the groups that the plan was made from, however it was narrowed",
          "[ops][scope]") {
  const Manifest wanted = manifest();
  const Narrowing narrowing = GENERATE(narrowed({}), narrowed({"finance"}), narrowed({"kiosk", "sales"}),
                                       narrowed({}, {"s-1"}), narrowed({"finance"}, {"f-2"}));
  const StateScope read = scope_of(wanted, narrowing);
  CHECK_FALSE(read.whole);
  const Plan plan = make_plan(wanted, State{}, {narrowing.groups, narrowing.exclude_groups, narrowing.desktops});
  CHECK(scope_of(plan).groups == read.groups);
}

TEST_CASE("desktops outside what a store read count as unmanaged, unless the plan is narrowed", "[ops][scope]") {
  State state;
  state.lineage = "lineage-1";
  state.unread = {7, 90};
  CHECK(make_plan(manifest(), state).summary.unmanaged == 7);
  PlanOptions narrowing;
  narrowing.groups = {GroupName{"finance"}};
  CHECK(make_plan(manifest(), state, narrowing).summary.unmanaged == 0);
}

TEST_CASE("a state that has moved away is refused with the place where it is now", "[ops][scope]") {
  State state;
  CHECK_NOTHROW(check_lives_here(state, "gild.state.json"));
  state.moved_to = "postgresql://db.example.com/gild";
  try {
    check_lives_here(state, "gild.state.json");
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(std::string{error.what()} == "The state in gild.state.json has moved to postgresql://db.example.com/gild");
    CHECK_THAT(error.advice(), Catch::Contains("    --state postgresql://db.example.com/gild\n"));
  }
}

}  // namespace
}  // namespace gild
