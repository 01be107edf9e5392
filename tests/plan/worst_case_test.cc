// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/plan/planner.hpp"
#include "tests/plan/fleet.hpp"

namespace gild {
namespace {

using test::entries;
using test::entry;
using test::group;
using test::manifest;
using test::target;

std::size_t worst_case_of(const Manifest& wanted) {
  return make_plan(wanted, test::state()).summary.worst_case;
}

}  // namespace

TEST_CASE("at worst all are lost that may be under way, and those that may fail before", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(250));
  CHECK(worst_case_of(manifest({finance})) == 100);
  finance.rollout.max_unavailable = {40, false};
  CHECK(worst_case_of(manifest({finance})) == 40);
  finance.rollout.max_failures = {2, true};  // 5 of 250
  CHECK(worst_case_of(manifest({finance})) == 45);
}

TEST_CASE("no more are lost at worst than are wiped", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(3));
  finance.rollout.max_failures = {2, false};
  CHECK(worst_case_of(manifest({finance})) == 3);
  CHECK(worst_case_of(manifest({group("finance", target("img-2"), {})})) == 0);
}

TEST_CASE("a Workspace that takes fewer at once makes the worst case smaller", "[plan]") {
  Manifest wanted = manifest({group("finance", target("img-2"), entries(80))});
  wanted.workspaces[0].max_in_flight = 50;
  CHECK(worst_case_of(wanted) == 50);
}

TEST_CASE("a group that stops stops only itself: the worst cases of all add up", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(250));
  finance.rollout.max_unavailable = {40, false};
  const DesktopGroup sales = group("sales", target("img-2"), {entry("s-1"), entry("s-2")});
  CHECK(worst_case_of(manifest({finance, sales})) == 42);
}

TEST_CASE("a plan knows of a desktop's data disks what a refresh has seen", "[plan]") {
  State known = test::state();
  known.desktops[{test::kProd, DesktopId("d-001")}].details = ObservedDetails{};
  ObservedDetails without;
  without.data_disks = 0;
  known.desktops[{test::kProd, DesktopId("d-002")}].details = without;
  known.desktops[{test::kProd, DesktopId("d-003")}];
  const Plan plan = make_plan(manifest({group("finance", target("img-2"), entries(4))}), known);
  REQUIRE(plan.desktops.size() == 4);
  CHECK(plan.desktops[0].data_disks == std::nullopt);
  CHECK(plan.desktops[1].data_disks == 0);
  CHECK(plan.desktops[2].data_disks == std::nullopt);
  CHECK(plan.desktops[3].data_disks == std::nullopt);
}

}  // namespace gild
