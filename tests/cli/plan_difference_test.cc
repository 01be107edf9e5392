// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan_difference.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "cli/views/plan_difference_views.hpp"
#include "cli/views/plan_markdown.hpp"
#include "tests/cli/rich_plan.hpp"

namespace gild {
namespace {

using Catch::Matchers::Contains;
using namespace test;

std::string text_of(const Plan& now, const Plan& before) {
  return render_difference(now, {before, "old.json"}, {}, Style{});
}
std::string markdown_of(const Plan& now, const Plan& before, std::size_t max_bytes = 20'000) {
  return render_difference_markdown(now, {before, "old.json"}, false, max_bytes);
}

// The first desktop of that plan which is wiped.
PlannedDesktop& wiped_in(Plan& plan) {
  return *std::find_if(plan.desktops.begin(), plan.desktops.end(),
                       [](const PlannedDesktop& desktop) { return desktop.action == Action::rebuild; });
}

std::vector<DesktopChange> changes(const Plan& before, const Plan& after) {
  std::vector<DesktopChange> out;
  for (const DesktopDifference& desktop : compare_plans(before, after).desktops) out.push_back(desktop.change);
  return out;
}

}  // namespace

TEST_CASE("a plan has changed in nothing since itself") {
  const Plan plan = rich_plan();
  CHECK(compare_plans(plan, plan).empty());
  CHECK(text_of(plan, plan) == "Since old.json: Nothing changed.\n");
  CHECK(markdown_of(plan, plan) == "**Since `old.json`:** Nothing changed.\n\n");
}

TEST_CASE("the same wishes in other words, or from a state that moved on, are told as what they are") {
  const Plan before = rich_plan();
  Plan after = before;
  after.manifest_digest = "another";
  after.basis.serial += 2;
  CHECK_THAT(text_of(after, before),
             Contains("Nothing changed: other manifests, and the same wishes. The state is at serial"));
  after.basis.lineage = "somewhere-else";
  CHECK_THAT(text_of(after, before), Contains("different\n  states."));
}

TEST_CASE("who is newly wiped comes first, and who is no longer wiped is told with the reason") {
  const Plan before = rich_plan();
  Plan after = before;
  PlannedDesktop& spared = wiped_in(after);
  spared.action = Action::protect;
  spared.reason = "protected";
  Plan fewer = before;
  const PlannedDesktop gone = wiped_in(fewer);
  fewer.desktops.erase(fewer.desktops.begin() + (&wiped_in(fewer) - fewer.desktops.data()));

  CHECK(changes(before, after) == std::vector{DesktopChange::no_longer_wiped});
  CHECK_THAT(text_of(after, before), Contains("no longer wiped in group finance; now: protected"));
  CHECK(changes(fewer, before) == std::vector{DesktopChange::newly_wiped});
  CHECK_THAT(text_of(before, fewer),
             Contains("newly WIPED in group finance") && Contains(std::string{gone.name->view()}));
  CHECK(changes(after, fewer) == std::vector{DesktopChange::other_verdict});
}

TEST_CASE("another image, another origin and another pace are told") {
  const Plan before = rich_plan();
  Plan after = before;
  for (PlannedDesktop& desktop : after.desktops) {
    if (desktop.action == Action::rebuild) desktop.to = ImageState{ImageId{"another-image"}, "private", "Windows", {}};
  }
  REQUIRE_FALSE(changes(before, after).empty());
  CHECK(changes(before, after).front() == DesktopChange::other_target);
  CHECK_THAT(text_of(after, before), Contains("now onto image another-"));
  after = before;
  wiped_in(after).from = ImageState{ImageId{"somebody-else"}, {}, {}, {}};
  CHECK(changes(before, after) == std::vector{DesktopChange::other_origin});
  after = before;
  after.groups.front().max_unavailable += 1;
  after.groups.front().sessions = SessionPolicy::force;
  CHECK_THAT(text_of(after, before), Contains("max_unavailable") && Contains("sessions force, before skip"));
}

TEST_CASE("where requests would go is part of the difference") {
  const Plan before = rich_plan();
  Plan after = before;
  after.workspaces.front().endpoint = "https://elsewhere.example.com";
  CHECK_THAT(markdown_of(after, before), Contains("Workspace `prod`: endpoint `https://elsewhere.example.com`"));
}

TEST_CASE("a guardrail that is gone is told") {
  Plan before = rich_plan();
  const Plan after = before;
  Guardrails rails;
  rails.name = "night";
  rails.max_rebuilds_per_day = Placed<std::size_t>{100, "rules.yaml:7:3"};
  before.guardrails.push_back(rails);
  CHECK_THAT(text_of(after, before), Contains("No longer a guardrail: no more than 100 rebuilds"));
  CHECK_THAT(text_of(before, after), Contains("New guardrail: "));
}

TEST_CASE("text of others stays text in a difference") {
  const Plan before = rich_plan();
  Plan after = before;
  after.groups.front().rebuild.message = "`</details>`\n### forged\n| a | b |";
  after.warnings.emplace_back("new <script>alert(1)</script>\n- @everybody");
  const std::string markdown = markdown_of(after, before);
  CHECK_THAT(markdown, !Contains("\n### forged") && !Contains("<script>") && !Contains("\n- @everybody"));
  after.warnings.back() = "new \x1b[2J";
  CHECK_THAT(text_of(after, before), !Contains("\x1b"));
}

TEST_CASE("a long difference gives way before the plan does, and says so") {
  const Plan before = rich_plan();
  Plan after = before;
  for (int i = 0; i < 500; ++i) {
    PlannedDesktop desktop =
        test::desktop(fmt::format("f{:07}-0000", i), Action::rebuild, fmt::format("reason {}", i % 100));
    desktop.from = ImageState{ImageId{fmt::format("image-{}", i)}, {}, {}, {}};
    desktop.to = ImageState{ImageId{fmt::format("onto-{}", i)}, {}, {}, {}};
    after.desktops.push_back(std::move(desktop));
  }
  const std::string markdown = markdown_of(after, before, kLeastDifferenceBytes);
  CHECK(markdown.size() <= kLeastDifferenceBytes);
  CHECK_THAT(markdown, Contains("more differences\n"));
  CHECK_THAT(text_of(after, before), Contains("more differences; -v shows them all"));
  const std::string comment =
      render_plan_markdown(after, {kLeastMarkdownBytes + kLeastDifferenceBytes, false, markdown});
  CHECK(comment.size() <= kLeastMarkdownBytes + kLeastDifferenceBytes);
  CHECK_THAT(comment, Contains("**Since `old.json`:**") && Contains("**Left out**"));
}

}  // namespace gild
