// SPDX-License-Identifier: Apache-2.0
// `apply --report`: whatever the end, it is told, and nothing beyond what is recorded.
#include <algorithm>

#include <catch2/catch.hpp>

#include "cli/views/markup.hpp"
#include "cli/views/report_html.hpp"
#include "cli/views/report_json.hpp"
#include "cli/views/report_junit.hpp"
#include "cli/views/report_markdown.hpp"
#include "engine/core/json_reader.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

const std::string kHostile =
    "a|b`c\n\n## h <script>alert(1)</script> ]]> @team ![l](https://e.vil) \"'&#x26; \x1b[2J\x01 --> \xff \xef\xbf\xbf "
    "##[error]";

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

DesktopOutcome outcome(int number, DesktopEnd end, std::optional<std::string> reason = {},
                       std::optional<HoldReason> hold = {}) {
  DesktopOutcome desktop;
  desktop.key = {WorkspaceName{"prod"}, DesktopId{fmt::format("desk-{:03}", number)}};
  desktop.group = GroupName{"finance"};
  desktop.name = fmt::format("FIN-{:03}", number);
  desktop.end = end;
  desktop.reason = std::move(reason);
  desktop.hold = hold;
  if (end == DesktopEnd::failed || end == DesktopEnd::rebuilding) desktop.job = JobId{"job-7"};
  return desktop;
}

// An end of every kind.
RunReport rich_report() {
  RunReport report;
  report.outcome = RunOutcome::incomplete;
  report.exit = ExitCode::incomplete;
  report.command = "gild apply plan.json";
  report.plan_digest = std::string(64, 'a');
  report.started = Time{std::chrono::seconds{1'795'000'000}};
  report.ended = report.started + std::chrono::seconds{90};
  ApplyReport apply;
  apply.requests = 4;
  apply.desktops = {outcome(1, DesktopEnd::ready),
                    outcome(2, DesktopEnd::already),
                    outcome(3, DesktopEnd::failed, "WKS.0312 image is broken"),
                    outcome(4, DesktopEnd::unhealthy, "it shows another image"),
                    outcome(5, DesktopEnd::unknown, "its job vanished"),
                    outcome(6, DesktopEnd::refused, "HTTP 400 WKS.1"),
                    outcome(7, DesktopEnd::settling),
                    outcome(8, DesktopEnd::rebuilding),
                    outcome(9, DesktopEnd::held, "its session is CONNECTED", HoldReason::in_use),
                    outcome(10, DesktopEnd::held, {}, HoldReason::protect),
                    outcome(11, DesktopEnd::waiting)};
  apply.paused = {{GroupName{"finance"}, 2, 1}};
  apply.look_again_in = std::chrono::minutes{20};
  apply.notes = {"A note."};
  report.apply = std::move(apply);
  return report;
}

RunReport hostile_report() {
  RunReport report = rich_report();
  for (DesktopOutcome& desktop : report.apply->desktops) {
    desktop.name = kHostile;
    desktop.key.id = DesktopId{kHostile};
    desktop.reason = kHostile;
    desktop.group = GroupName{kHostile};
    desktop.job = JobId{kHostile};
  }
  report.apply->notes = {kHostile};
  report.command = "gild apply " + kHostile;
  report.failure = Error{ErrorKind::service, kHostile, kHostile}.while_doing(kHostile);
  return report;
}

std::string field_of(const std::string& json, std::string_view name) {
  JsonParser parser;
  return std::string{parser.parse(json, "report").string(name)};
}

}  // namespace

TEST_CASE("a report in each format", "[cli][report]") {
  SECTION("Markdown") {
    check_golden("cli/report.md", render_report_markdown(rich_report()));
  }
  SECTION("HTML") {
    check_golden("cli/report.html", render_report_html(rich_report()));
  }
  SECTION("JSON") {
    check_golden("cli/report.json", write_report(rich_report()));
  }
  SECTION("JUnit") {
    check_golden("cli/report.xml", write_junit(rich_report()));
  }
}

TEST_CASE("what others wrote stays text in every format", "[cli][report]") {
  const RunReport report = hostile_report();
  const std::string html = render_report_html(report);
  CHECK(count_of(html, "<script") == 0);
  const std::string junit = write_junit(report);
  CHECK(count_of(junit, "<testcase ") == 12);
  for (const std::string& text : {html, junit}) {
    for (const char c : text) REQUIRE((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    CHECK(text.find("]]>") == std::string::npos);
    CHECK(text.find("\xef\xbf\xbf") == std::string::npos);
    CHECK(is_utf8(text));
  }
  const std::string markdown = render_report_markdown(report);
  CHECK(count_of(markdown, "<script") == 0);
  CHECK(count_of(markdown, "\n## ") == 0);
  CHECK(is_utf8(markdown));
}

TEST_CASE("a desktop that is still being rebuilt, or was not sent, passes no test", "[cli][report]") {
  const std::string junit = write_junit(rich_report());
  CHECK(says(junit, R"(<testsuite name="finance" tests="11" failures="3" errors="2" skipped="4")"));
  CHECK(count_of(junit, "\"/>\n") - count_of(junit, "<skipped") == 2);  // ready and already
}

TEST_CASE("a report as Markdown is never longer than asked for, and says what it leaves out", "[cli][report]") {
  const std::size_t most = GENERATE(as<std::size_t>{}, kLeastReportBytes, 20'000U, kSummaryBytes);
  const int groups = GENERATE(1, 2'000);
  RunReport report = rich_report();
  report.apply->desktops.clear();
  for (int i = 0; i < 30'000; ++i) {
    report.apply->desktops.push_back(outcome(i, i % 2 == 0 ? DesktopEnd::failed : DesktopEnd::ready, "it broke"));
    report.apply->desktops.back().group = GroupName{fmt::format("group-{:04}", i % groups)};
  }
  for (int i = 0; i < groups; ++i) report.apply->paused.push_back({GroupName{fmt::format("group-{:04}", i)}, 2, 1});
  const std::string text = render_report_markdown(report, most);
  CHECK(text.size() <= most);
  CHECK(says(text, "### gild apply: 15,000 desktops wiped and ready, 15,000 need somebody"));
  CHECK(says(text, "**Left out**") == (render_report_markdown(report, 100 * kSummaryBytes).size() > most));
  CHECK(count_of(text, "<details>") == count_of(text, "</details>"));
}

TEST_CASE("every end of an apply is reported", "[cli][apply][report]") {
  ServiceApp app(3);
  const std::vector<std::string> reports{"--report", "r.json", "--report", "r.md",
                                         "--report", "r.xml",  "--report", "r.html"};
  const auto apply = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "apply");
    arguments.insert(arguments.end(), reports.begin(), reports.end());
    return app.run(arguments);
  };
  const auto check = [&](const Ended& ended, int exit, const std::string& outcome, const std::string& verdict) {
    CHECK(ended.exit == exit);
    CHECK(field_of(app.folder.read("r.json"), "outcome") == outcome);
    CHECK(says(app.folder.read("r.json"), fmt::format("\"exit_status\": {},", exit)));
    CHECK(says(app.folder.read("r.md"), verdict));
    CHECK(says(app.folder.read("r.xml"), exit == 0 ? R"(classname="gild" name="apply"/>)" : verdict));
    CHECK(says(app.folder.read("r.html"), verdict));
  };
  SECTION("done, and then nothing to do") {
    check(apply({"--auto-approve"}), 0, "done", "3 desktops wiped and ready");
    check(apply({"--auto-approve"}), 0, "nothing_to_do", "nothing to do");
  }
  SECTION("desktops that failed") {
    app.model.fail_jobs_onto(ImageId{"new"});
    check(apply({"--auto-approve"}), 3, "incomplete", "1 group PAUSED");
    check(apply({"--auto-approve"}), 5, "refused", "nothing sent, the groups are paused");
  }
  SECTION("a stale plan") {
    REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
    REQUIRE(app.run({"refresh"}).exit == 0);
    check(apply({"plan.json"}), 5, "refused", "refused, nothing was sent");
    CHECK(says(app.folder.read("r.md"), "> **Error:** "));
    CHECK(says(app.folder.read("r.md"), "\n\n`gild plan --out FILE`\n"));
    CHECK(says(app.folder.read("r.html"), "<pre>gild plan --out FILE</pre>"));
  }
  SECTION("a limit") {
    check(apply({"--auto-approve", "--max-rebuilds", "1"}), 5, "refused", "refused, nothing was sent");
  }
  SECTION("nobody who could be asked") {
    check(apply({}), 1, "failed", "failed before anything was sent");
  }
  SECTION("a no") {
    app.in.terminal = true;
    app.in.answers = {"no"};
    check(apply({}), 1, "declined", "not applied, since the answer was not yes");
  }
  SECTION("an interrupt") {
    app.clock.at(std::chrono::seconds{30}, [&] { app.stop.request_stop(); });
    check(apply({"--auto-approve"}), 130, "interrupted", "interrupted");
    CHECK(says(app.folder.read("r.md"), "`gild apply --auto-approve`"));
  }
}

TEST_CASE("a report that cannot be written is found out before a disk is wiped", "[cli][apply][report]") {
  ServiceApp app(3);
  const auto apply = [&](const std::string& path) { return app.run({"apply", "--auto-approve", "--report", path}); };
  SECTION("an ending that says nothing") {
    const std::string path = GENERATE("report.txt", "report", ".md", "report.json.bak");
    const Ended ended = apply(path);
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "the ending says what to write"));
  }
  SECTION("no such folder") {
    const Ended ended = apply("none/report.md");
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "none/report.md"));
  }
  SECTION("what would be lost") {
    REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
    const std::string plan = app.folder.read("plan.json");
    const Ended ended = app.run({"apply", "plan.json", "--report", "plan.json"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "plan.json is there and is no report; it is not written over."));
    CHECK(app.folder.read("plan.json") == plan);
  }
  SECTION("what would be lost behind another name") {
    const std::string name = GENERATE("notes.md", "page.html", "results.xml");
    app.folder.write(name, "{\"format\": \"gild.state/1\"}");
    const Ended ended = apply(name);
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "is there and is no report; it is not written over."));
    CHECK(app.folder.read(name) == "{\"format\": \"gild.state/1\"}");
  }
  SECTION("events over what is none") {
    app.folder.write("fleet.state", "{\"format\": \"gild.state/1\"}");
    const Ended ended = app.run({"apply", "--auto-approve", "--events", "fleet.state"});
    CHECK(ended.exit == 1);
    CHECK(says(ended.err, "fleet.state is there and holds no events; it is not written over."));
    CHECK(app.folder.read("fleet.state") == "{\"format\": \"gild.state/1\"}");
  }
  SECTION("one file twice") {
    CHECK(app.run({"apply", "--auto-approve", "--report", "a.md", "--report", "a.md"}).exit == 1);
  }
  CHECK(app.model.requests().empty());
}

TEST_CASE("a report that is lost at the end is told, and the run is no success", "[cli][apply][report]") {
  ServiceApp app(3);
  std::filesystem::create_symlink("/dev/full", app.folder.path() / "full.md");
  const Ended ended = app.run({"apply", "--auto-approve", "--report", "full.md", "--report", "whole.md"});
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "warning: There is no whole report in full.md: "));
  CHECK(says(app.folder.read("whole.md"), "3 desktops wiped and ready"));
  CHECK(app.model.wipes().size() == 3);
}

}  // namespace gild::test
