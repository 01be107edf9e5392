// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/plan/planner.hpp"
#include "tests/plan/fleet.hpp"

namespace gild {
namespace {

using test::entries;
using test::entry;
using test::group;
using test::kFinance;
using test::kProd;
using test::manifest;
using test::on_image;
using test::target;

using Warnings = std::vector<std::string>;

Warnings warnings_of(const Manifest& wanted, const State& known = test::state()) {
  return make_plan(wanted, known).warnings;
}

}  // namespace

TEST_CASE("a plan says that there is no canary", "[plan]") {
  const DesktopGroup finance = group("finance", target("img-2"), entries(2));
  const DesktopGroup sales = group("sales", target("img-2"), {entry("s-1"), entry("s-2")});
  CHECK(warnings_of(manifest({finance})) == Warnings{"There is no canary: the group is one wave."});
  CHECK(warnings_of(manifest({finance, sales})) == Warnings{"There is no canary: each of 2 groups is one wave."});
}

TEST_CASE("nothing to rebuild, nothing to warn of", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), {});
  finance.target.image.image_type = "silver";
  CHECK(warnings_of(manifest({finance})).empty());
}

TEST_CASE("a paused group is told in the plan, as long as its target is the one that failed", "[plan]") {
  State known = test::state();
  RolloutGroup paused{kFinance, kProd, target("img-2"), 5, 100, 1, {DesktopId("d-001"), DesktopId("d-002")}, {}};
  known.rollouts = {{"digest", 7, Time{}, {paused}}};
  const Manifest same = manifest({group("finance", target("img-2"), entries(1))});
  CHECK(warnings_of(same, known).at(1) ==
        "Group \"finance\" is paused: 2 failures with this target, where 1 is allowed. Apply sends nothing for it "
        "without "
        "--resume.");
  CHECK(warnings_of(manifest({group("finance", target("img-3"), entries(1))}), known).size() == 1);
  known.rollouts[0].groups[0].failures.erase(DesktopId("d-001"));
  CHECK(warnings_of(same, known).size() == 1);
}

TEST_CASE("a batch that its Workspace never has room for is told", "[plan]") {
  Manifest wanted = manifest({group("finance", target("img-2"), entries(80))});
  wanted.workspaces[0].max_in_flight = 50;
  const Warnings warnings = warnings_of(wanted);
  CHECK(warnings == Warnings{"There is no canary: the group is one wave.",
                             "Group \"finance\": a batch of 80 never fits whole into max_in_flight 50 of Workspace "
                             "\"prod\" and is sent in parts. Set batch_size or max_unavailable to 50 or less."});
  wanted.groups[0].rollout.batch_size = 50;
  CHECK(warnings_of(wanted).size() == 1);
}

TEST_CASE("a kind of image that gild does not know is told once", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), entries(1));
  finance.target.image.image_type = "silver";
  DesktopGroup sales = group("sales", target("img-2"), {entry("s-1")});
  sales.target.image.image_type = "silver";
  CHECK(warnings_of(manifest({finance})).at(1) ==
        "image_type \"silver\" of group \"finance\" is none of gold, private and market. It is sent as it is.");
  CHECK(
      warnings_of(manifest({finance, sales})).at(1) ==
      "image_type \"silver\" of group \"finance\" and 1 other group is none of gold, private and market. It is sent as "
      "it is.");
}

TEST_CASE("a wipe from one operating system onto another is told", "[plan]") {
  DesktopGroup finance = group("finance", target("img-2"), {entry("f-1"), entry("f-2"), entry("f-3")});
  finance.target.image.os_type = "Linux";
  DesktopRecord windows = on_image("img-1");
  windows.image.os_type = "Windows";
  DesktopRecord linux = on_image("img-1");
  linux.image.os_type = "LINUX";
  const State known = test::state({{"f-1", windows}, {"f-2", linux}, {"f-3", on_image("img-1")}});
  CHECK(warnings_of(manifest({finance}), known).at(1) ==
        "Group \"finance\": 1 desktop with Windows is wiped onto an image with Linux. Whether the service does that is "
        "not documented; try one desktop first.");
}

}  // namespace gild
