// SPDX-License-Identifier: Apache-2.0
#include "cli/views/plan_html.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cli/embedded.hpp"
#include "cli/views/html_page.hpp"
#include "cli/views/markup.hpp"
#include "cli/views/plan_html_data.hpp"
#include "cli/views/plan_outline.hpp"
#include "engine/codec/plan_codec.hpp"
#include "engine/core/json_reader.hpp"
#include "engine/core/text.hpp"
#include "tests/cli/rich_plan.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

using test::rich_plan;

constexpr std::string_view kDataBegin = "<script type=\"application/json\" id=\"data\">";
constexpr const char* kHostile = "</script><script>alert(1)</script><!-- <b a='\"'> & \\u003c \x1b[2J \xe2\x80\xa8";
constexpr const char* kHostileShown = "</script><script>alert(1)</script><!-- <b a='\"'> & \\u003c \\x1b[2J \\u2028";

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const auto to = text.find(end, from + begin.size());
  REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size());
}

std::string body_of(const std::string& page) {
  return between(page, "<body>\n", kDataBegin);
}

std::string data_of(const std::string& page) {
  return between(page, kDataBegin, "</script>");
}

std::string page_of(const Plan& plan) {
  return render_plan_html(plan, {});
}

// A group of as many batches, each of one desktop.
Plan plan_with_batches(int count) {
  Plan plan;
  plan.workspaces = {test::prod()};
  PlannedGroup group = test::finance();
  group.counts.rebuild = static_cast<std::size_t>(count);
  for (int i = 1; i <= count; ++i) {
    PlannedDesktop wiped = test::desktop(fmt::format("{:08}", i), Action::rebuild, "image differs");
    PlannedBatch batch;
    batch.id = BatchId{fmt::format("finance-{:03}", i)};
    batch.group = group.name;
    batch.request.desktop_ids = {wiped.id};
    wiped.batch = batch.id;
    plan.desktops.push_back(std::move(wiped));
    plan.batches.push_back(std::move(batch));
  }
  plan.groups = {group};
  plan.summary.rebuild = plan.summary.worst_case = plan.summary.batches = static_cast<std::size_t>(count);
  return plan;
}

std::string text_of(const JsonValue& value) {
  return value.is_null() ? "null" : std::string{value.as_string()};
}

std::string place_of(const JsonValue& value) {
  return value.is_null() ? "null" : fmt::format("{}", value.as_integer(0, 1'000'000));
}

template <class Read>
std::vector<std::string> column(const JsonValue& data, std::string_view name, Read read) {
  std::vector<std::string> out;
  data.at(name).for_each([&](const JsonValue& value) { out.push_back(read(value)); });
  return out;
}

std::string entry(const std::vector<std::string>& entries, const std::string& place) {
  return place == "null" ? place : entries.at(std::stoul(place));
}

std::vector<std::vector<std::string>> rows(const JsonValue& data, std::string_view name, bool texts) {
  std::vector<std::vector<std::string>> out;
  data.at(name).for_each([&](const JsonValue& row) {
    std::vector<std::string>& fields = out.emplace_back();
    row.for_each([&](const JsonValue& field) { fields.push_back(texts ? text_of(field) : place_of(field)); });
  });
  return out;
}

// What the page can tell of each desktop, put together again as its script does.
std::multiset<std::string> desktops_in(const std::string& json) {
  JsonParser parser;
  const JsonValue data = parser.parse(json, "data");
  const auto images = rows(data, "images", true);
  const auto image = [&](const std::string& place) {
    if (place == "null") return place;
    const auto& fields = images.at(std::stoul(place));
    return fmt::format("{}/{}/{}/{}", fields.at(1), fields.at(2), fields.at(3), fields.at(4));
  };
  const auto groups = column(data, "groups", text_of);
  const auto workspaces = column(data, "workspaces", text_of);
  const auto reasons = column(data, "reasons", text_of);
  const auto batches = column(data, "batches", text_of);
  const auto ids = column(data, "ids", text_of);
  const auto names = column(data, "names", text_of);
  const auto kind = column(data, "kind", place_of);
  const auto batch = column(data, "batch", place_of);
  const auto kinds = rows(data, "kinds", false);
  std::multiset<std::string> out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& k = kinds.at(std::stoul(kind.at(i)));
    out.insert(fmt::format("{} {} {} {} {} {} {} {} {} {}", ids[i], names.at(i), entry(workspaces, k.at(0)),
                           entry(groups, k.at(1)), k.at(2), entry(reasons, k.at(3)), image(k.at(4)), image(k.at(5)),
                           k.at(6), entry(batches, batch.at(i))));
  }
  return out;
}

std::multiset<std::string> desktops_of_plan(const Plan& plan) {
  const auto text = [](const auto& value) { return value ? std::string{*value} : std::string{"null"}; };
  const auto image = [&](const std::optional<ImageState>& state) {
    if (!state) return std::string{"null"};
    return fmt::format("{}/{}/{}/{}", state->image_id ? std::string{state->image_id->str()} : "null",
                       text(state->image_type), text(state->os_type), text(state->revision));
  };
  std::multiset<std::string> out;
  for (const PlannedDesktop& d : plan.desktops) {
    out.insert(fmt::format("{} {} {} {} {} {} {} {} {} {}", d.id, text(d.name), d.workspace, d.group,
                           static_cast<int>(d.action), escape_controls(d.reason), image(d.from), image(d.to),
                           d.data_disks ? fmt::format("{}", *d.data_disks) : "null",
                           d.batch ? std::string{d.batch->str()} : "null"));
  }
  return out;
}

}  // namespace

TEST_CASE("a page shows a reviewer the verdict, the worst case, the groups and the batches", "[cli][plan_html]") {
  test::check_golden("cli/plan_rich_body.html", body_of(page_of(rich_plan())));
}

TEST_CASE("the same plan is the same page, whatever way it came", "[cli][plan_html]") {
  const Plan plan = read_plan(test::golden("plan/all-actions.json"), "plan.json");
  const std::string page = page_of(plan);
  CHECK(page == page_of(plan));
  CHECK(page == page_of(read_plan(write_plan(plan), "elsewhere.json")));
}

TEST_CASE("every desktop is in the page with all that the plan says of it", "[cli][plan_html]") {
  const Plan plan =
      GENERATE(rich_plan(), plan_with_batches(7), read_plan(test::golden("plan/all-actions.json"), "plan.json"));
  REQUIRE_FALSE(plan.desktops.empty());
  CHECK(desktops_in(data_of(page_of(plan))) == desktops_of_plan(plan));
}

TEST_CASE("desktops are listed by group, as their batches are sent, and then those left alone", "[cli][plan_html]") {
  Plan plan = rich_plan();
  std::reverse(plan.desktops.begin(), plan.desktops.end());
  JsonParser parser;
  const JsonValue data = parser.parse(plan_html_data(plan, images_of({&plan}, false)), "data");
  const auto kinds = rows(data, "kinds", false);
  std::vector<std::string> actions;
  for (const std::string& kind : column(data, "kind", place_of)) actions.push_back(kinds.at(std::stoul(kind)).at(2));
  CHECK(std::is_sorted(actions.begin(), actions.end()));
}

TEST_CASE("text from manifests and the service neither ends the data nor begins markup", "[cli][plan_html]") {
  Plan plan = rich_plan();
  const std::string harmless = page_of(plan);
  for (PlannedGroup& group : plan.groups) {
    group.target.image.image_type = kHostile;
    group.target.image.os_type = kHostile;
    group.target.revision = kHostile;
    group.rebuild.message = kHostile;
  }
  for (PlannedDesktop& desktop : plan.desktops) {
    desktop.name = kHostile;
    desktop.reason = kHostile;
    if (desktop.from) desktop.from = ImageState{ImageId{kHostile}, kHostile, kHostile, kHostile};
  }
  plan.workspaces[0].region = kHostile;
  plan.workspaces[0].project_id = kHostile;
  plan.warnings = {kHostile};
  plan.basis = {kHostile, 7};
  const std::string page = page_of(plan);
  for (const std::string_view markup : {"<script", "</script", "<!--", "<b ", "alert(1)<"}) {
    INFO(markup);
    CHECK(count_of(page, markup) == count_of(harmless, markup));
  }
  CHECK(data_of(page).find_first_of("<>&") == std::string::npos);
  JsonParser parser;
  CHECK(parser.parse(data_of(page), "data").at("reasons").as_strings() == std::vector<std::string>{kHostileShown});
  CHECK(markup_text(kHostile) ==
        "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!-- &lt;b a=&#39;&quot;&#39;&gt; &amp; \\u003c "
        "\\x1b[2J \\u2028");
}

TEST_CASE("a page allows what is in it and nothing else", "[cli][plan_html]") {
  // By other means, once: openssl dgst -sha256 -binary | base64
  const std::string page = render_html_page({"<t>", "p{color:red}", "alert(1)", "<p>x</p>\n", "{\"a\":\"</script>\"}"});
  CHECK(page ==
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='; script-src "
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<meta name=\"generator\" content=\"gild\">\n<title>&lt;t&gt;</title>\n<style>p{color:red}</style>\n</head>\n"
        "<body>\n<p>x</p>\n<script type=\"application/json\" id=\"data\">{\"a\":\"\\u003c/script\\u003e\"}</script>\n"
        "<script>alert(1)</script>\n</body>\n</html>\n");
  const std::string plan = page_of(rich_plan());
  for (const std::string_view way_out : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                                         "http:", "https:", "url(", "@import", "style=\"", "onclick", "unsafe"}) {
    INFO(way_out);
    CHECK(count_of(plan, way_out) == 0);
  }
}

TEST_CASE("a page of a plan that wipes nothing says so", "[cli][plan_html]") {
  Plan plan;
  PlannedGroup group = test::finance();
  group.counts.unchanged = plan.summary.unchanged = 3;
  plan.groups.push_back(std::move(group));
  const std::string page = page_of(plan);
  CHECK_THAT(page, Catch::Contains("<title>gild plan: nothing to wipe</title>"));
  CHECK_THAT(page, Catch::Contains("<h1 class=\"calm\">Nothing to wipe</h1>"));
  CHECK_THAT(page, Catch::Contains("Every desktop has what is wanted."));
  CHECK(count_of(body_of(page), "id=\"batches\"") == 0);
  CHECK(count_of(body_of(page), "Worst case</dt>") == 0);
}

TEST_CASE("a page has the guardrails that apply will judge", "[cli][plan_html]") {
  Plan plan = rich_plan();
  Guardrails rails;
  rails.name = "night";
  rails.freeze.push_back(
      {*parse_time("2026-12-20T00:00:00Z"), *parse_time("2027-01-05T00:00:00Z"), "<b>year-end</b>", "rules.yaml:9:5"});
  plan.guardrails.push_back(rails);
  const std::string page = page_of(plan);
  CHECK(count_of(page, "<li>no rebuild from 2026-12-20T00:00:00Z until") == 1);
  CHECK(count_of(page, "<b>year-end</b>") == 0);
}

TEST_CASE("batches are drawn one by one as far as they can be told apart", "[cli][plan_html]") {
  CHECK(count_of(page_of(plan_with_batches(100)), "<rect class=\"batch\"") == 100);
  CHECK(count_of(page_of(plan_with_batches(101)), "<rect class=\"batch\"") == 0);
}

TEST_CASE("a page says where it is not known whether anything else keeps the user's data", "[cli][plan_html]") {
  Plan plan = plan_with_batches(3);
  CHECK_THAT(page_of(plan), Catch::Contains("Of 3 desktops it is not known: no refresh has looked."));
  for (PlannedDesktop& desktop : plan.desktops) desktop.data_disks = 1;
  CHECK_THAT(page_of(plan), Catch::Contains("All that are wiped have one, as far as was recorded."));
  plan.desktops[0].data_disks = 0;
  plan.desktops[1].data_disks.reset();
  CHECK_THAT(page_of(plan), Catch::Contains("<dt>Without a data disk</dt><dd class=\"value\">1</dd>"));
  CHECK_THAT(page_of(plan), Catch::Contains("<td class=\"number\">1 + <span title=\"not known\">1?</span></td>"));
}

TEST_CASE("twenty groups are all that is not folded away, the hardest hit first", "[cli][plan_html]") {
  Plan plan = plan_with_batches(1);
  for (int i = 0; i < 30; ++i) {
    PlannedGroup group = test::finance();
    group.name = GroupName{fmt::format("quiet-{:02}", i)};
    plan.groups.insert(plan.groups.begin(), group);
  }
  const std::string body = body_of(page_of(plan));
  const std::string open = body.substr(0, body.find("<details>"));
  CHECK(count_of(open, "<th scope=\"row\">") == 20);
  CHECK(count_of(body, "<th scope=\"row\">") == 31);
  CHECK(open.find(">finance</a>") < open.find("quiet-29"));
  CHECK_THAT(body, Catch::Contains("<summary>11 more groups</summary>"));
}

}  // namespace gild
