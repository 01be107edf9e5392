// SPDX-License-Identifier: Apache-2.0
// What holds for every plan, tried on fleets made at random; a failing case prints its seed.
#include <set>

#include <catch2/catch.hpp>

#include "engine/codec/plan_codec.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/planner.hpp"
#include "tests/plan/fleet.hpp"

namespace gild {
namespace {

constexpr std::uint64_t kSeeds = 300;

template <class Check>
void for_each_fleet(Check check) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    INFO("seed " << seed);
    check(test::random_fleet(seed), seed);
  }
}

}  // namespace

TEST_CASE("the order of groups and desktops does not change a byte of the plan", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t seed) {
    Manifest shuffled = fleet.wanted;
    std::mt19937_64 engine(seed);
    std::shuffle(shuffled.workspaces.begin(), shuffled.workspaces.end(), engine);
    std::shuffle(shuffled.groups.begin(), shuffled.groups.end(), engine);
    for (DesktopGroup& group : shuffled.groups) std::shuffle(group.desktops.begin(), group.desktops.end(), engine);
    CHECK(write_plan(make_plan(shuffled, fleet.known)) == write_plan(make_plan(fleet.wanted, fleet.known)));
  });
}

TEST_CASE("planning after a full apply gives an empty plan", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t) {
    const Plan first = make_plan(fleet.wanted, fleet.known);
    const Plan second = make_plan(fleet.wanted, test::applied(fleet.known, first));
    CHECK(second.empty());
    CHECK(second.summary.rebuild == 0);
    CHECK(second.summary.unchanged == first.summary.unchanged + first.summary.rebuild);
    CHECK(second.warnings.empty());
  });
}

TEST_CASE("each wanted desktop is counted once, and each rebuild is in one batch of equal requests", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t) {
    const Plan plan = make_plan(fleet.wanted, fleet.known);
    const PlanSummary& sum = plan.summary;
    std::size_t wanted = 0;
    for (const DesktopGroup& group : fleet.wanted.groups) wanted += group.desktops.size();
    CHECK(sum.rebuild + sum.unchanged + sum.in_progress + sum.protect + sum.exclude + sum.held == wanted);
    CHECK(plan.desktops.size() == wanted - sum.unchanged);
    std::set<DesktopKey> named;
    for (const PlannedBatch& batch : plan.batches) {
      CHECK(!batch.request.desktop_ids.empty());
      CHECK(batch.request.desktop_ids.size() <= kMaxDesktopsPerRequest);
      for (const DesktopId& id : batch.request.desktop_ids) CHECK(named.insert({batch.workspace, id}).second);
    }
    CHECK(named.size() == sum.rebuild);
  });
}

TEST_CASE("no open, protected or excluded desktop is in a batch", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t) {
    std::set<DesktopKey> forbidden;
    for (const auto& [key, record] : fleet.known.desktops) {
      if (record.status != DesktopStatus::ready && record.status != DesktopStatus::failed) forbidden.insert(key);
    }
    for (const DesktopGroup& group : fleet.wanted.groups) {
      for (const DesktopEntry& entry : group.desktops) {
        if (entry.protect || entry.excluded) forbidden.insert({group.workspace, entry.id});
      }
    }
    for (const PlannedBatch& batch : make_plan(fleet.wanted, fleet.known).batches) {
      for (const DesktopId& id : batch.request.desktop_ids) CHECK(!forbidden.contains({batch.workspace, id}));
    }
  });
}

TEST_CASE("a narrowed plan rebuilds what the whole one does, no more", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t seed) {
    PlanOptions options;
    if (seed % 2 == 0) {
      options.groups = {fleet.wanted.groups[seed % fleet.wanted.groups.size()].name};
    } else {
      for (const DesktopGroup& group : fleet.wanted.groups) {
        if (!group.desktops.empty()) options.desktops.push_back(group.desktops[seed % group.desktops.size()].id);
      }
    }
    std::map<DesktopKey, Action> whole;
    for (const PlannedDesktop& desktop : make_plan(fleet.wanted, fleet.known).desktops) {
      whole.emplace(DesktopKey{desktop.workspace, desktop.id}, desktop.action);
    }
    for (const PlannedDesktop& desktop : make_plan(fleet.wanted, fleet.known, options).desktops) {
      const auto found = whole.find({desktop.workspace, desktop.id});
      REQUIRE(found != whole.end());
      CHECK(found->second == desktop.action);
    }
  });
}

TEST_CASE("a plan that was saved reads back as the same plan, and gild accepts its own plans", "[plan]") {
  for_each_fleet([](const test::Fleet& fleet, std::uint64_t) {
    const Plan plan = make_plan(fleet.wanted, fleet.known);
    const std::string text = write_plan(plan);
    const Plan read = read_plan(text, "plan.json");
    CHECK(write_plan(read) == text);
    CHECK(plan_digest(read) == plan_digest(plan));
  });
}

}  // namespace gild
