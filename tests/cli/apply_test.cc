// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "engine/core/json_reader.hpp"
#include "tests/cli/service_app.hpp"
#include "tests/support/golden.hpp"

namespace gild::test {
namespace {

using test::says;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string type_of(const std::string& line) {
  JsonParser parser;
  return std::string{parser.parse(line, "event").string("type")};
}

}  // namespace

TEST_CASE("apply asks, and nothing but yes wipes a disk", "[apply]") {
  ServiceApp app(3);
  app.in.terminal = true;
  app.in.answers = {GENERATE("no", "y", "YES", "", "yes ")};
  const Ended ended = app.run({"apply"});
  CHECK(ended.exit == 1);
  CHECK(app.in.asked == 1);
  CHECK(says(ended.err, "Do you want to WIPE 3 desktops as shown?"));
  CHECK(says(ended.out, "Nothing was sent, no disk was wiped."));
  CHECK(app.model.requests().empty());
}

TEST_CASE("after a yes every desktop is wiped once and the state knows it", "[apply]") {
  ServiceApp app(5);
  app.in.terminal = true;
  app.in.answers = {"yes"};
  REQUIRE(app.run({"apply"}).exit == 0);
  CHECK(app.model.requests().size() == 3);
  for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 1);

  const Ended again = app.run({"plan", "--detailed-exitcode"});
  CHECK(again.exit == 0);
  CHECK(says(again.out, "Nothing to wipe."));
}

TEST_CASE("without a terminal apply does nothing and names the option", "[apply]") {
  ServiceApp app(3);
  const Ended ended = app.run({"apply"});
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "gild apply --auto-approve"));
  CHECK(app.connects == 0);
  CHECK_FALSE(app.folder.has("gild.state.json"));
}

TEST_CASE("a saved plan has been reviewed and is not asked about", "[apply]") {
  ServiceApp app(3);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  CHECK(app.connects == 0);
  CHECK(app.run({"apply", "plan.json"}).exit == 0);
  CHECK(app.in.asked == 0);
  CHECK(app.model.requests().size() == 2);
}

TEST_CASE("a saved plan is carried out whole and alone", "[apply]") {
  ServiceApp app(3);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  const std::vector<std::string> extra =
      GENERATE(std::vector<std::string>{"--group", "finance"}, std::vector<std::string>{"--refresh"},
               std::vector<std::string>{"fleet.yaml"});
  std::vector<std::string> arguments{"apply", "plan.json"};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  const Ended ended = app.run(arguments);
  CHECK(ended.exit == 1);
  CHECK(says(ended.err, "saved plan"));
  CHECK(app.model.requests().empty());
}

TEST_CASE("a plan whose state has moved on is refused before anything is sent", "[apply]") {
  ServiceApp app(3);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  REQUIRE(app.run({"refresh"}).exit == 0);
  const Ended ended = app.run({"apply", "plan.json"});
  CHECK(ended.exit == 5);
  CHECK(says(ended.err, "gild plan --out FILE"));
  CHECK(app.model.requests().empty());
}

TEST_CASE("a limit on wiped desktops is kept by plan and by apply", "[apply]") {
  ServiceApp app(3);
  CHECK(app.run({"plan", "--max-rebuilds", "3"}).exit == 0);
  CHECK(app.run({"plan", "--max-rebuilds", "2", "--out", "plan.json"}).exit == 5);
  CHECK_FALSE(app.folder.has("plan.json"));
  CHECK(app.run({"apply", "--auto-approve", "--max-rebuilds", "2"}).exit == 5);
  REQUIRE(app.run({"plan", "--out", "plan.json"}).exit == 0);
  CHECK(app.run({"apply", "plan.json", "--max-rebuilds", "2"}).exit == 5);
  CHECK(app.model.requests().empty());
}

TEST_CASE("a failure pauses its group; only --resume or a yes goes on with it", "[apply]") {
  ServiceApp app(6, "{batch_size: 1, max_unavailable: 1}");
  app.model.fail_jobs_onto(ImageId{"new"});
  const Ended first = app.run({"apply", "--auto-approve"});
  CHECK(first.exit == 3);
  CHECK(says(first.out, "Group finance is paused after 1 failure, 0 allowed."));
  CHECK(says(first.out, "    gild apply --resume --auto-approve\n"));
  REQUIRE(app.model.requests().size() == 1);

  SECTION("not the next night's run") {
    const Ended next = app.run({"apply", "--auto-approve"});
    CHECK(next.exit == 5);
    CHECK(app.model.requests().size() == 1);
  }
  SECTION("a yes that was told of it") {
    app.in.terminal = true;
    app.in.answers = {"yes"};
    const Ended next = app.run({"apply"});
    CHECK(says(next.err, "Group finance is paused after 1 failure, 0 allowed. A yes acknowledges it"));
    CHECK(next.exit == 3);
    CHECK(app.model.requests().size() == 2);
  }
  SECTION("--resume") {
    CHECK(app.run({"apply", "--auto-approve", "--resume"}).exit == 3);
    CHECK(app.model.requests().size() == 2);
  }
  SECTION("another image starts at zero") {
    app.want("newer");
    CHECK(app.run({"apply", "--auto-approve"}).exit == 0);
    CHECK(app.model.requests().size() == 7);
  }
}

TEST_CASE("with --no-wait a run sends what fits, says what is left, and the same again goes on", "[apply]") {
  ServiceApp app(6);
  const Ended first = app.run({"apply", "--auto-approve", "--no-wait"});
  CHECK(first.exit == 0);
  CHECK(says(first.out, "Apply: 4 rebuilding and 2 not sent yet; 2 requests sent."));
  CHECK(says(first.out, "    gild apply --auto-approve --no-wait\n"));
  app.clock.advance(std::chrono::minutes{10});
  CHECK(app.run({"apply", "--auto-approve"}).exit == 0);
  for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 1);
}

TEST_CASE("events are a JSON object a line, and standard output can be theirs alone", "[apply]") {
  ServiceApp app(3);
  const bool to_file = GENERATE(true, false);
  const Ended ended = app.run({"apply", "--auto-approve", "--events", to_file ? "events.ndjson" : "-"});
  REQUIRE(ended.exit == 0);
  const std::vector<std::string> lines = lines_of(to_file ? app.folder.read("events.ndjson") : ended.out);
  REQUIRE(lines.size() > 4);
  CHECK(type_of(lines.front()) == "run_started");
  CHECK(type_of(lines.back()) == "run_finished");
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [](const auto& line) { return type_of(line) == "request_accepted"; }) == 2);
  CHECK(says(to_file ? ended.out : ended.err, "Apply: 3 wiped and ready; 2 requests sent."));
}

TEST_CASE("a run goes on when nobody takes its events, and says that they are missing", "[apply]") {
  ServiceApp app(3);
  const Ended ended = app.run({"apply", "--auto-approve", "--events", "/dev/full"});
  CHECK(ended.exit == 0);
  CHECK(says(ended.err, "warning: Events are missing: "));
  CHECK(app.model.wipes().size() == 3);
}

TEST_CASE("desktops in use are left alone, and count only where somebody is strict", "[apply]") {
  ServiceApp app(3);
  app.model.desktop(app.ids[1]).login_status = "CONNECTED";
  CHECK(app.run({"apply", "--auto-approve", GENERATE("--verbose", "--quiet")}).exit == 0);
  CHECK(app.model.wipes_of(app.ids[1]) == 0);
  CHECK(app.run({"apply", "--auto-approve", "--strict"}).exit == 3);
  CHECK(app.model.wipes_of(app.ids[1]) == 0);
}

TEST_CASE("an interrupted run ends in order and names the command that goes on", "[apply]") {
  ServiceApp app(6);
  app.clock.at(std::chrono::seconds{30}, [&] { app.stop.request_stop(); });
  const Ended first = app.run({"apply", "--auto-approve"});
  CHECK(first.exit == 130);
  CHECK(says(first.err, "Stopping in order: nothing more is sent."));
  CHECK(says(first.out,
             "Interrupted. Jobs that the service accepted go on there and are recorded. To go on:\n\n"
             "    gild apply --auto-approve\n"));
  CHECK(app.model.requests().size() == 2);

  app.stop = {};
  CHECK(app.run({"apply", "--auto-approve"}).exit == 0);
  for (const DesktopId& id : app.ids) CHECK(app.model.wipes_of(id) == 1);
}

TEST_CASE("an apply without work needs neither credentials nor a network", "[apply]") {
  ServiceApp app(2);
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  const std::size_t before = app.connects;
  const Ended ended = app.run({"apply", "--auto-approve"});
  CHECK(ended.exit == 0);
  CHECK(ended.out == "Apply: nothing to do. No disk was wiped.\n");
  CHECK(app.connects == before);
}

TEST_CASE("a first revision is taken on without a rebuild, and the next one rebuilds", "[apply]") {
  ServiceApp app(3);
  app.want("new");
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  app.want("new", "r1");
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  CHECK(app.model.wipes().size() == 3);
  app.want("new", "r2");
  REQUIRE(app.run({"apply", "--auto-approve"}).exit == 0);
  CHECK(app.model.wipes().size() == 6);
}

TEST_CASE("the report accounts for every desktop, worst first", "[apply]") {
  ServiceApp app(9, "{batch_size: 3, max_unavailable: 9, max_failures: 5}");
  app.model.desktop(app.ids[1]).login_status = "DISCONNECTED";
  app.model.remove_desktop(app.ids[2]);
  app.model.fail_job_of(app.ids[4]);
  app.cloud.lose_answer_of_submission(3, Executed::no);
  const Ended ended = app.run({"apply", "--auto-approve", "--quiet"});
  CHECK(ended.exit == 3);
  check_golden("cli/apply_report.txt", ended.out);
}

TEST_CASE("a look that failed before it saw anything does not read like one that found nothing", "[refresh]") {
  ServiceApp app(3);
  app.cloud.fail_read(CallKind::detail, 1, 100);
  const Ended ended = app.run({GENERATE("refresh", "drift")});
  CHECK(ended.exit == 1);
  CHECK(ended.out.empty());
  CHECK(says(ended.err, "error: "));
}

TEST_CASE("drift tells by its exit status whether the state would be updated", "[refresh]") {
  ServiceApp app(3);
  CHECK(app.run({"drift"}).exit == 2);
  CHECK_FALSE(app.folder.has("gild.state.json"));
  CHECK(app.run({"refresh"}).exit == 0);
  CHECK(app.run({"drift"}).exit == 0);
  app.model.desktop(app.ids[0]).image_id = ImageId{"newer"};
  const Ended ended = app.run({"drift"});
  CHECK(ended.exit == 2);
  CHECK(says(ended.out, "recorded with image old, now on image newer"));
  CHECK(says(app.run({"plan", "--refresh"}).out, "from image newer"));
  CHECK(app.run({"drift"}).exit == 0);
}

}  // namespace gild::test
