// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_text.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/cli/rich_plan.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

using test::rich_plan;

TEST_CASE("a plan tells a reviewer whose disk is wiped, and why the others are left alone", "[cli][plan_text]") {
  test::check_golden("cli/plan_rich.txt", render_plan(rich_plan(), {}, Style{}));
}

TEST_CASE("a narrow terminal gets narrow lines, and colour marks what is wiped", "[cli][plan_text]") {
  test::check_golden("cli/plan_narrow_colour.txt", render_plan(rich_plan(), {60, false}, Style{true}));
}

TEST_CASE("with -v every desktop is there, with its whole id", "[cli][plan_text]") {
  test::check_golden("cli/plan_every_desktop.txt", render_plan(rich_plan(), {kPlainWidth, true}, Style{}));
}

TEST_CASE("colour adds nothing but colour", "[cli][plan_text]") {
  std::string coloured = render_plan(rich_plan(), {}, Style{true});
  for (auto escape = coloured.find("\x1b["); escape != std::string::npos; escape = coloured.find("\x1b[")) {
    coloured.erase(escape, coloured.find('m', escape) - escape + 1);
  }
  CHECK(coloured == render_plan(rich_plan(), {}, Style{}));
}

TEST_CASE("a plan without work says so in one line", "[cli][plan_text]") {
  Plan plan;
  plan.summary.unchanged = 1;
  CHECK(render_plan_summary(plan, kPlainWidth, Style{}) == "Nothing to wipe. Left alone: 1 unchanged.\n");
  CHECK(render_plan(Plan{}, {}, Style{}) == "Nothing to wipe.\n");
}

TEST_CASE("the summary says how many desktops can be lost before the rollout stops", "[cli][plan_text]") {
  Plan plan;
  plan.summary.rebuild = 119;
  plan.summary.batches = 4;
  plan.summary.worst_case = 62;
  const auto summary = [&] { return render_plan_summary(plan, kPlainWidth, Style{}); };
  CHECK(summary() ==
        "119 desktops will be WIPED, in 4 batches.\n"
        "Worst case: 62 of 119 desktops are lost before the rollout stops.\n");
  plan.summary.worst_case = 119;
  CHECK(summary() ==
        "119 desktops will be WIPED, in 4 batches.\n"
        "Worst case: all 119 desktops are lost; nothing stops the rollout before.\n");
}

TEST_CASE("desktops without a data disk are told, and only where the state knows it", "[cli][plan_text]") {
  Plan plan = rich_plan();
  CHECK_THAT(render_plan_summary(plan, kPlainWidth, Style{}),
             Catch::Contains("Data disks: 3 of 14 desktops have none: all that their users keep is on the disk that is "
                             "wiped. Of 2\n  it is not known.\n"));
  for (PlannedDesktop& desktop : plan.desktops) {
    if (desktop.data_disks == 0) desktop.data_disks.reset();
  }
  CHECK_THAT(render_plan(plan, {}, Style{}), !Catch::Contains("ata disk"));
}

TEST_CASE("a group in which none has a data disk is not listed twice", "[cli][plan_text]") {
  Plan plan = rich_plan();
  for (PlannedDesktop& desktop : plan.desktops) desktop.data_disks = 0;
  const std::string text = render_plan(plan, {kPlainWidth, true}, Style{});
  CHECK_THAT(text, Catch::Contains("14  of these 14 have no data disk\n  Pace:"));
}

TEST_CASE("many warnings leave room for what else has to be read before saying yes", "[cli][plan_text]") {
  Plan plan;
  plan.warnings.assign(500, "Something is odd.");
  const std::string text = render_plan(plan, {}, Style{});
  CHECK(std::count(text.begin(), text.end(), '\n') < 24);
  CHECK_THAT(text, Catch::Contains("492 more warnings; -v shows them all"));
  const std::string everything = render_plan(plan, {kPlainWidth, true}, Style{});
  CHECK(std::count(everything.begin(), everything.end(), '\n') > 500);
}

}  // namespace
}  // namespace gild
