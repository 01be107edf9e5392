// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_markdown.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/core/text.hpp"
#include "tests/cli/rich_plan.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

using test::rich_plan;

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// As many groups as that, each of as many desktops, all wiped.
Plan large_plan(int groups, int desktops) {
  Plan plan;
  plan.workspaces = {test::prod()};
  for (int g = 0; g < groups; ++g) {
    PlannedGroup group = test::finance();
    group.name = GroupName{fmt::format("group-{:04}", g)};
    group.counts.rebuild = static_cast<std::size_t>(desktops);
    for (int d = 0; d < desktops; ++d) {
      PlannedDesktop wiped = test::desktop(fmt::format("{:08x}-0000-4000-8000-{:012x}", g * desktops + d, d),
                                           Action::rebuild, "image differs");
      wiped.group = group.name;
      wiped.name = fmt::format("PC-{:04}-{:04}", g, d);
      wiped.from = ImageState{ImageId{test::kOld}, "private", "Windows", std::nullopt};
      plan.desktops.push_back(std::move(wiped));
    }
    plan.groups.push_back(std::move(group));
  }
  plan.summary.rebuild = plan.desktops.size();
  plan.summary.worst_case = plan.desktops.size();
  plan.warnings = {"There is no canary: each of many groups is one wave."};
  return plan;
}

// Every text of it that comes from a manifest or from the service.
Plan with_texts(const std::string& text, const std::string& sentence) {
  Plan plan = rich_plan();
  for (PlannedGroup& group : plan.groups) {
    group.target.image.image_type = text;
    group.target.image.os_type = text;
    group.target.revision = text;
    group.rebuild.message = text;
  }
  plan.workspaces[0].region = text;
  for (PlannedDesktop& desktop : plan.desktops) {
    desktop.name = text;
    desktop.reason = sentence;
    if (desktop.from && desktop.from->image_id) desktop.from = ImageState{ImageId{"i" + text}, text, text, text};
  }
  plan.warnings = {sentence};
  plan.basis = {text, 7};
  return plan;
}

// Without what stands in code: what is left is what gild itself says.
std::string without_code(std::string text) {
  for (const auto& [begin, end] : {std::pair{"`", "`"}, std::pair{"<code>", "</code>"}}) {
    for (auto from = text.find(begin); from != std::string::npos; from = text.find(begin, from)) {
      const auto to = text.find(end, from + 1);
      REQUIRE(to != std::string::npos);
      text.erase(from, to + std::string_view{end}.size() - from);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a comment shows a reviewer the verdict, the worst case and the groups, and folds the desktops",
          "[cli][plan_markdown]") {
  test::check_golden("cli/plan_rich.md", render_plan_markdown(rich_plan(), {}));
}

TEST_CASE("a plan that wipes nothing is a short comment", "[cli][plan_markdown]") {
  Plan plan;
  PlannedGroup group = test::finance();
  group.counts.unchanged = plan.summary.unchanged = 3;
  plan.groups.push_back(std::move(group));
  const std::string text = render_plan_markdown(plan, {});
  CHECK(text.substr(0, text.find("digest")) ==
        "<!-- gild plan -->\n### gild plan: nothing to wipe\n\nLeft alone: 3 unchanged.\n\n"
        "Nothing to wipe in 1 group: `finance`.\n\nMade from no state; ");
}

TEST_CASE("ids are whole where that is asked for", "[cli][plan_markdown]") {
  CHECK(count_of(render_plan_markdown(rich_plan(), {kMarkdownBytes, true}), "…") == 0);
  CHECK_THAT(render_plan_markdown(rich_plan(), {kMarkdownBytes, true}), Catch::Contains(test::kNew));
}

TEST_CASE("who is hit hardest comes first, and twenty groups are all that is not folded", "[cli][plan_markdown]") {
  Plan plan = large_plan(30, 2);
  plan.groups[29].counts.rebuild = 3;
  const std::string text = render_plan_markdown(plan, {});
  const std::string open = text.substr(0, text.find("<details>"));
  CHECK(count_of(open, "\n| `group-") == 20);
  CHECK(open.find("`group-0029`") < open.find("`group-0000`"));
  CHECK(count_of(text, "\n| `group-") == 30);
  CHECK_THAT(text, Catch::Contains("<summary>10 more groups</summary>"));
}

TEST_CASE("a comment is never longer than asked for, whatever the plan", "[cli][plan_markdown]") {
  const auto [groups, desktops] = GENERATE(table<int, int>({{1, 5'000}, {3, 900}, {600, 3}, {2'000, 1}}));
  const std::size_t most = GENERATE(4'000U, 5'000U, 32'768U, 65'536U, 150'000U);
  const Plan plan = large_plan(groups, desktops);
  const std::string whole = render_plan_markdown(plan, {10'000'000, false});
  const std::string text = render_plan_markdown(plan, {most, false});
  CHECK(text.size() <= most);
  if (whole.size() <= most) {
    CHECK(text == whole);
  } else {
    CHECK(text.size() > most * 9 / 10 - 500);  // and no shorter than it has to be
    CHECK(count_of(text, "**Left out**") == 1);
  }
  CHECK(text.substr(0, kPlanMarker.size() + 1) == std::string{kPlanMarker} + "\n");
  CHECK(count_of(text, "**Worst case:** all") == 1);
  CHECK(count_of(text, "Made from no state; digest") == 1);
  CHECK(count_of(text, "<details>") == count_of(text, "</details>"));
}

TEST_CASE("desktops are left out before groups are, and it says how many", "[cli][plan_markdown]") {
  const std::string some = render_plan_markdown(large_plan(3, 900), {32'768, false});
  CHECK(count_of(some, "\n| `group-") == 3);
  CHECK(count_of(some, "<details>") == 3);
  const std::size_t listed = count_of(some, "`PC-");
  CHECK(listed > 900);
  CHECK_THAT(some, Catch::Contains(fmt::format("bytes: {} in the lists below. ", plural(2'700 - listed, "desktop"))));

  const std::string fewer = render_plan_markdown(large_plan(600, 3), {150'000, false});
  CHECK(count_of(fewer, "`PC-") == 0);
  CHECK(count_of(fewer, "\n| `group-") == 600);
  const std::size_t told = count_of(fewer, "<summary><code>");
  CHECK(told > 100);
  CHECK_THAT(fewer, Catch::Contains(fmt::format("bytes: the details of {} groups and {} desktops in the lists below. ",
                                                600 - told, told * 3)));

  const std::string least = render_plan_markdown(large_plan(600, 3), {32'768, false});
  const std::size_t rows = count_of(least, "\n| `group-");
  CHECK(rows > 100);
  CHECK_THAT(least,
             Catch::Contains(fmt::format("bytes: the details of 600 groups and {} rows of the table. ", 600 - rows)));
}

TEST_CASE("many warnings do not push the table off the screen", "[cli][plan_markdown]") {
  Plan plan = large_plan(1, 1);
  plan.warnings.assign(30, "Something is odd.");
  const std::string text = render_plan_markdown(plan, {});
  CHECK(count_of(text.substr(0, text.find("<details>")), "> **Warning:**") == 8);
  CHECK(count_of(text, "> **Warning:**") == 30);
  CHECK_THAT(text, Catch::Contains("<summary>22 more warnings</summary>"));
}

TEST_CASE("warnings go last", "[cli][plan_markdown]") {
  Plan plan = large_plan(600, 3);
  plan.warnings.assign(200, std::string(100, 'w'));
  const std::string text = render_plan_markdown(plan, {5'000, false});
  CHECK(text.size() <= 5'000);
  CHECK(count_of(text, "> **Warning:**") > 10);
  CHECK_THAT(text, Catch::Contains("600 rows of the table and ") && Catch::Contains(" warnings. "));
}

TEST_CASE("what fits is told whole", "[cli][plan_markdown]") {
  const Plan plan = large_plan(3, 30);
  const std::string whole = render_plan_markdown(plan, {});
  CHECK(count_of(whole, "`PC-") == 90);
  CHECK(count_of(whole, "Left out") == 0);
  CHECK(render_plan_markdown(plan, {whole.size(), false}) == whole);
  CHECK(count_of(render_plan_markdown(plan, {whole.size() - 1, false}), "Left out") == 1);
}

TEST_CASE("text from manifests and the service forges nothing", "[cli][plan_markdown]") {
  const std::string hostile = GENERATE(
      as<std::string>{}, "a|b`c``\n\n| x | y |\n## h <details></summary> @team #12 [l](https://e.vil) \\| *b* \x1b[2J",
      "`", "|", "\\", "</code></details>", "\n<!-- gild plan -->\n", "@everyone", "/approve");
  const std::string text = render_plan_markdown(with_texts(hostile, hostile), {});
  // What gild itself says is what it says of harmless text, but for the sentences, which are prose.
  const std::string harmless = without_code(render_plan_markdown(with_texts("x", "SENTENCE"), {}));
  std::string shape = without_code(text);
  CHECK(count_of(shape, "\n") == count_of(harmless, "\n"));
  for (const std::string_view markup : {"|", "<", ">", "*", "`", "[", "\\", "#"}) {
    INFO(markup << "\n" << shape);
    // References to characters have a "#" of their own.
    const std::size_t references = markup == "#" ? count_of(shape, "&#") : 0;
    CHECK(count_of(shape, markup) - references == count_of(harmless, markup));
  }
  CHECK(count_of(shape, "@") == 0);
  CHECK(escape_controls(text.substr(0, text.find('\n'))) == kPlanMarker);
}

TEST_CASE("guardrails with long reasons give way too", "[cli][plan_markdown]") {
  Plan plan = rich_plan();
  Guardrails rails;
  for (int i = 0; i < 9; ++i) {
    Freeze freeze;
    freeze.reason = std::string(250, '#');
    freeze.where = std::string(100, ':') + "rules.yaml:9:5";
    rails.freeze.push_back(std::move(freeze));
  }
  plan.guardrails.push_back(std::move(rails));
  const std::string least = render_plan_markdown(plan, {kLeastMarkdownBytes, false});
  CHECK(least.size() <= kLeastMarkdownBytes);
  CHECK_THAT(least, Catch::Contains("**Judged by apply:** ") && Catch::Contains(" rules\n"));
  CHECK_THAT(render_plan_markdown(plan, {}), Catch::Contains("**Judged by apply:** 4 more rules"));
}

TEST_CASE("even a plan made to be long is within the least that can be asked for", "[cli][plan_markdown]") {
  const std::string text(2'000, '|');
  Plan plan = with_texts(text, text);
  plan.warnings.assign(50, text);
  CHECK(render_plan_markdown(plan, {kLeastMarkdownBytes, false}).size() <= kLeastMarkdownBytes);
}

}  // namespace gild
