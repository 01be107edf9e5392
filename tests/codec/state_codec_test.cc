// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/state_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <random>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"
#include "tests/codec/random_model.hpp"
#include "tests/codec/replaced.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

using test::golden;
using test::replaced;

Time at(std::string_view text) {
  return *parse_time(text);
}

Target finance_target() {
  return {{ImageId("img-2026-11"), "private", "Windows"}, "2026-w47"};
}

// A state with everything in it that a state can have.
State full_state() {
  State state;
  state.lineage = "7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1";
  state.serial = 42;
  const WorkspaceName prod("prod");
  const ImageState old_image{ImageId("img-2026-10"), "private", "Windows", "2026-w43"};

  DesktopRecord ready;
  ready.group = GroupName("finance");
  ready.name = "FIN-017";
  ready.image = image_state_of(finance_target());
  ready.job_id = JobId("job-1");
  ready.intent = 12;
  ready.updated_at = at("2026-11-23T21:04:11Z");
  ready.previous = old_image;
  ready.details =
      ObservedDetails{{{"ring", "canary"}, {"dept", "finance"}}, "pool-1", "DEDICATED", 80, 1, "DISCONNECTED"};
  state.desktops[{prod, DesktopId("d-01")}] = ready;

  DesktopRecord rebuilding;
  rebuilding.group = GroupName("finance");
  rebuilding.image = old_image;
  rebuilding.status = DesktopStatus::rebuilding;
  rebuilding.target = finance_target();
  rebuilding.job_id = JobId("job-2");
  rebuilding.intent = 38;
  rebuilding.updated_at = at("2026-11-24T20:00:03Z");
  state.desktops[{prod, DesktopId("d-02")}] = rebuilding;
  state.desktops[{prod, DesktopId("d-02")}].failed_before =
      std::make_shared<const PastFailure>(PastFailure{finance_target(), JobId("job-1"), "WKS.00020001"});

  DesktopRecord settling = rebuilding;
  settling.status = DesktopStatus::settling;
  settling.job_id.reset();
  settling.intent = 40;
  state.desktops[{prod, DesktopId("d-03")}] = settling;
  settling.image = {};
  state.desktops[{prod, DesktopId("d-04")}] = settling;

  DesktopRecord failed = rebuilding;
  failed.status = DesktopStatus::failed;
  failed.job_id = JobId("job-1");
  failed.intent = 12;
  failed.reason = "WKS.00020001 disk \"C:\" is full";
  state.desktops[{prod, DesktopId("d-05")}] = failed;

  state.desktops[{WorkspaceName("test"), DesktopId("d-01")}].updated_at = at("2026-11-01T00:00:00Z");

  Intent intent;
  intent.number = 40;
  intent.workspace = prod;
  intent.group = GroupName("finance");
  intent.batch = BatchId("finance-002");
  intent.target = finance_target();
  intent.options = {15, "Save your work.", "CS2026", "0", "KEEP", "kms-1"};
  IntentDesktop known{DesktopId("d-03"), old_image,      true, DesktopStatus::failed,
                      finance_target(),  JobId("job-1"), 12,   "WKS.00020001"};
  IntentDesktop unknown{DesktopId("d-04"), {}, false, DesktopStatus::ready, {}, {}, 0, {}};
  intent.desktops = {known, unknown};
  intent.asked_for = {DesktopId("d-03"), DesktopId("d-04"), DesktopId("d-09")};
  intent.known_sub_jobs = {SubJobId("sub-1"), SubJobId("sub-2")};
  intent.known_complete = true;
  intent.service_time = at("2026-11-24T20:01:00Z");
  intent.settle = std::chrono::seconds{1800};
  intent.lost = "the connection was reset after the request was sent";
  Finding finding{DesktopId("d-03"), {{SubJobId("sub-7"), JobId("job-9")}}, "scheduling", ImageId("img-x"), true};
  intent.looks = {{at("2026-11-24T20:02:00Z"), LookCompleteness::complete, {}},
                  {at("2026-11-24T20:33:00Z"), LookCompleteness::ended_beyond_reach, {finding}},
                  {at("2026-11-24T20:34:00Z"), LookCompleteness::incomplete, {}}};
  intent.adopted_jobs = {JobId("job-9")};
  state.intents[40] = intent;

  Job job;
  job.id = JobId("job-2");
  job.intent = 38;
  job.workspace = prod;
  job.group = GroupName("finance");
  job.batch = BatchId("finance-001");
  job.target = finance_target();
  job.desktops = {{DesktopId("d-02"), at("2026-11-24T20:20:00Z")}, {DesktopId("d-08"), std::nullopt}};
  job.accepted_at = at("2026-11-24T20:00:03Z");
  job.delay = std::chrono::minutes{15};
  job.vanished_since = at("2026-11-24T20:30:00Z");
  state.jobs[job.key()] = job;

  Rollout rollout;
  rollout.plan_digest = std::string(64, 'a');
  rollout.started = 37;
  rollout.started_at = at("2026-11-24T20:00:00Z");
  RolloutGroup group{GroupName("finance"), prod, finance_target(), 250, 100, 2, {DesktopId("d-05")}, {"ERROR"}};
  rollout.groups = {group};
  state.rollouts = {rollout};
  return state;
}

std::string failure_of(const std::string& text) {
  try {
    read_state(text, "gild.state.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.advice().empty() ? error.what() : fmt::format("{} | {}", error.what(), error.advice());
  }
  return "no failure";
}

}  // namespace

TEST_CASE("a state is written one desktop a line, with every field present", "[codec]") {
  test::check_golden("state/full.json", write_state(full_state(), "0.1.0"));
}

TEST_CASE("an empty state is a state", "[codec]") {
  State state;
  state.lineage = "7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1";
  const std::string text = write_state(state, "0.1.0");
  test::check_golden("state/empty.json", text);
  CHECK(read_state(text, "gild.state.json").desktops.empty());
}

TEST_CASE("a state that was written reads back as the same state", "[codec]") {
  const auto seed = GENERATE(range(1, 200));
  INFO("seed " << seed);
  test::RandomModel random(static_cast<std::uint64_t>(seed));
  const std::string text = write_state(random.state(), "0.1.0");
  CHECK(write_state(read_state(text, "gild.state.json"), "0.1.0") == text);
}

TEST_CASE("a state written piece by piece is the same text, and no piece is long", "[codec]") {
  State state = full_state();
  for (int i = 0; i < 7000; ++i) {
    DesktopRecord record;
    record.reason = std::string(static_cast<std::size_t>(i % 500), 'x');
    state.desktops[{WorkspaceName("prod"), DesktopId("many-" + std::to_string(i))}] = std::move(record);
  }
  std::string all;
  std::size_t pieces = 0;
  write_state(state, "0.1.0", [&](std::string_view piece) {
    all += piece;
    ++pieces;
    CHECK_FALSE(piece.empty());
    CHECK(piece.size() < 1'100'000);
  });
  CHECK(pieces > 3);
  CHECK(all == write_state(state, "0.1.0"));
}

// The fields that the first version did not have.
std::string with_later_fields(const std::string& text) {
  const std::string version = "\"gild_version\": \"0.1.0\",\n";
  std::istringstream lines(replaced(text, version, version + "  \"moved_to\": null,\n  \"unread\": null,\n"));
  std::string out;
  for (std::string line; std::getline(lines, line); out += line + "\n") {
    const bool is_desktop = line.rfind("    {\"workspace\":", 0) == 0;
    if (is_desktop) line.insert(line.rfind('}'), ",\"failed_before\":null");
  }
  return out;
}

TEST_CASE("every state that was ever written can be read, forever", "[codec]") {
  // The files v1-… stay as they are: what reads them may change, they may not.
  std::size_t first_version = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::golden_path("state"))) {
    const std::string file = entry.path().filename().string();
    INFO(file);
    const std::string text = test::read_file(entry.path());
    const bool is_new = text.find("\"unread\"") != std::string::npos;
    CHECK(write_state(read_state(text, file), "0.1.0") == (is_new ? text : with_later_fields(text)));
    if (file.rfind("v1-", 0) == 0) ++first_version;
  }
  CHECK(first_version >= 4);
}

TEST_CASE("jobs of one id in two Workspaces, and desktops that are overdue in them, come back as they were",
          "[codec]") {
  State state;
  state.lineage = "lineage-1";
  for (const char* name : {"annex", "prod"}) {
    const WorkspaceName workspace(name);
    Job job;
    job.id = JobId("job-1");
    job.workspace = workspace;
    job.target = finance_target();
    job.desktops = {{DesktopId("d-1"), std::nullopt, true}, {DesktopId("d-2"), at("2026-11-24T20:20:00Z")}};
    state.jobs[job.key()] = job;
    for (const JobDesktop& desktop : job.desktops) {
      DesktopRecord& record = state.desktops[{workspace, desktop.id}];
      record.status = DesktopStatus::unknown;
      record.job_id = job.id;
    }
  }
  const State read = read_state(write_state(state, "0.1.0"), "gild.state.json");
  REQUIRE(read.jobs.size() == 2);
  for (const auto& [key, job] : read.jobs) {
    CHECK(key == job.key());
    CHECK(job.desktops[0].overdue);
    CHECK_FALSE(job.desktops[1].overdue);  // its part of the job has ended
  }
}

TEST_CASE("the layout and the order of the members do not matter", "[codec]") {
  const std::string text =
      "{\"rollouts\":[],\"jobs\" : [ ] "
      ",\"intents\":[],\n\n\"desktops\":[\r\n\t{\"id\":\"d-1\",\"workspace\":\"prod\",\"group\":null,"
      "\"image_id\":\"a \\\"]}, \\\\\",\"name\":null,\"image_type\":null,\"os_type\":null,\"revision\":null,"
      "\"status\":\"ready\",\"target\":null,\"details\":null,\"job_id\":null,\"intent\":null,\"reason\":null,"
      "\"updated_at\":\"2026-11-23T21:04:11Z\",\"previous\":null} "
      "],\"lineage\":\"l\",\"serial\":3,\"gild_version\":\"0.1.0\","
      "\"format\":\"gild.state/1\"}";
  const State state = read_state(text, "gild.state.json");
  CHECK(state.serial == 3);
  REQUIRE(state.desktops.size() == 1);
  CHECK(state.desktops.begin()->second.image.image_id == ImageId("a \"]}, \\"));
}

TEST_CASE("text that is no UTF-8 does not break the state", "[codec]") {
  State state = full_state();
  state.desktops.begin()->second.reason = "caf\xE9 \xF0\x9F\x96\xA5 \xC3";
  const State read = read_state(write_state(state, "0.1.0"), "gild.state.json");
  CHECK(read.desktops.begin()->second.reason == "caf\uFFFD \U0001F5A5 \uFFFD");
}

TEST_CASE("a state that cannot be understood is refused, and the message says where it is wrong", "[codec]") {
  const std::string good = write_state(full_state(), "0.1.0");
  struct Bad {
    std::string what, with, message;
  };
  const Bad bad = GENERATE(values<Bad>({
      {"\"format\": \"gild.state/1\"", "\"format\": \"gild.state/2\"",
       "gild.state.json: its format is gild.state/2, and this gild reads gild.state/1 only | gild 0.1.0 wrote it: use "
       "that "
       "version or a newer one."},
      {"\"format\": \"gild.state/1\"", "\"format\": \"gild.plan/1\"",
       "gild.state.json: its format is \"gild.plan/1\", where \"gild.state/1\" is needed"},
      {"\"format\": \"gild.state/1\",", "", "gild.state.json: its format is \"\", where \"gild.state/1\" is needed"},
      {"\"serial\": 42", "\"serial\": -1", "gild.state.json:3: serial: -1 is not between 0 and 9007199254740991"},
      {"\"serial\": 42", "\"serial\": 1.5", "gild.state.json:3: serial: expected an integer, found a fraction"},
      {"\"lineage\": \"7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1\"", "\"lineage\": \"\"",
       "gild.state.json:4: lineage: must not be empty"},
      {"\"serial\": 42,", "\"serial\": 42, \"color\": 1,", "gild.state.json:3: unknown key \"color\""},
      {"\"serial\": 42,", "\"serial\": 42, \"serial\": 43,", "gild.state.json:3: key \"serial\" is given twice"},
      {"\"serial\": 42,", "", "gild.state.json: key \"serial\" is missing"},
      {"\"status\":\"rebuilding\"", "\"status\":\"melting\"",
       "gild.state.json:10: desktops[1]: status: \"melting\" is not one of the values that this gild knows"},
      {"\"name\":\"FIN-017\"", "\"nmae\":\"FIN-017\"", "gild.state.json:9: desktops[0]: key \"name\" is missing"},
      {"\"name\":\"FIN-017\"", "\"name\":\"FIN-017\",\"colour\":1",
       "gild.state.json:9: desktops[0]: unknown key \"colour\""},
      {"\"name\":\"FIN-017\"", "\"name\":\"FIN-017\",\"name\":null",
       "gild.state.json:9: desktops[0]: key \"name\" is given twice"},
      {"\"name\":\"FIN-017\"", "\"name\":17",
       "gild.state.json:9: desktops[0]: name: expected a string, found an integer"},
      {"\"updated_at\":\"2026-11-23T21:04:11Z\"", "\"updated_at\":\"2026-11-23 21:04:11\"",
       "gild.state.json:9: desktops[0]: updated_at: \"2026-11-23 21:04:11\" is not a time such as "
       "2026-11-23T21:04:11Z"},
      {"\"id\":\"d-02\"", "\"id\":\"d-01\"", "gild.state.json:10: desktops[1]: this desktop is listed twice"},
      {"\"id\":\"d-01\"", "\"id\":\"d-025\"", "gild.state.json:10: desktops[1]: this desktop is not in sorted order"},
      {"\"completeness\":\"complete\"", "\"completeness\":\"nearly\"",
       "gild.state.json:17: intents[0]: looks[0].completeness: \"nearly\" is not one of the values that this gild "
       "knows"},
      {"\"known_complete\":true", "\"known_complete\":null",
       "gild.state.json:17: intents[0]: known_complete: expected true or false, found null"},
      {"\"before\":null", "\"before\":{}",
       "gild.state.json:17: intents[0]: desktops[1].before: key \"status\" is missing"},
      {"\"adopted_jobs\":[\"job-9\"]}", "\"adopted_jobs\":[\"job-9\"]",
       "gild.state.json:18: expected \"}\", found \"]\""},
  }));
  CHECK(failure_of(replaced(good, bad.what, bad.with)) == bad.message);
}

TEST_CASE("what is no JSON is told in plain words, with its line", "[codec]") {
  const std::string good = write_state(full_state(), "0.1.0");
  struct Bad {
    std::string what, with, message;
  };
  const Bad bad = GENERATE(values<Bad>({
      {"\"FIN-017\"", "FIN",
       "9: desktops[0]: not readable as JSON: a comma, a bracket or a value is missing or too many"},
      {"\"serial\": 42", "\"serial\": NaN",
       "3: serial: not readable as JSON: a comma, a bracket or a value is missing or too many"},
      {"\"serial\": 42", "\"serial\": nan",
       "3: serial: not readable as JSON: a word that is none of true, false and null"},
      {"\"serial\": 42", "\"serial\": 042", "3: serial: not readable as JSON: a number that JSON does not know"},
      {"\"serial\": 42", "\"serial\": 1e999", "3: serial: not readable as JSON: a number that JSON does not know"},
      {"\"serial\": 42", "\"serial\": 18446744073709551615",
       "3: serial: 18446744073709551615 is not between 0 and 9007199254740991"},
      {"FIN-017", "FIN\xFF", "9: desktops[0]: not readable as JSON: bytes that are not UTF-8"},
      {"FIN-017", "FIN\t", "9: desktops[0]: not readable as JSON: a control character that is not escaped"},
      {"FIN-017", "FIN\\q", "9: desktops[0]: not readable as JSON: an escape that JSON does not know"},
      {"\"FIN-017\"", std::string(5000, '[') + std::string(5000, ']'),
       "9: desktops[0]: not readable as JSON: lists or objects nested too deep"},
  }));
  CHECK(failure_of(replaced(good, bad.what, bad.with)) == "gild.state.json:" + bad.message);
}

TEST_CASE("a state with the marks of an unfinished merge is refused as that", "[codec]") {
  const std::string line = "    {\"workspace\":\"prod\",\"id\":\"d-02\"";
  const std::string text = replaced(write_state(full_state(), "0.1.0"), line, "<<<<<<< HEAD\n" + line);
  CHECK(
      failure_of(text) ==
      "gild.state.json:10: the marks of a merge that was not finished | Nothing was changed. Two branches wrote to "
      "this "
      "state, and what is mixed from both is true for neither. Take the file of one of them whole. gild does not know "
      "of the other one's requests then, so make sure in the service's console that no rebuild of its runs, and read "
      "the desktops again:\n\n    gild refresh");
}

TEST_CASE("a document cut short anywhere is refused, never read in part", "[codec]") {
  const std::string good = write_state(full_state(), "0.1.0");
  for (std::size_t length = 0; length + 2 < good.size(); length += 7) {
    INFO("cut at " << length);
    CHECK_THROWS_AS(read_state(good.substr(0, length), "gild.state.json"), Error);
  }
  CHECK(failure_of("") == "gild.state.json: the file is empty");
  CHECK(failure_of(" \r\n\t") == "gild.state.json: the file is empty");
  CHECK(failure_of(std::string(4096, '\0')) == "gild.state.json: the file is empty");
  CHECK(failure_of("[]") == "gild.state.json:1: expected \"{\", found \"[\"");
  CHECK(failure_of(good + "x") == "gild.state.json:26: there is more behind the end of the document");
}

TEST_CASE("commas and brackets out of place are refused", "[codec]") {
  const std::string head = "{\"format\":\"gild.state/1\",\"gild_version\":\"0\",\"serial\":0,\"lineage\":\"l\",";
  const std::string tail = ",\"intents\":[],\"jobs\":[],\"rollouts\":[]}";
  CHECK(failure_of(head + "\"desktops\":[]" + tail) == "no failure");
  CHECK(failure_of(head + "\"desktops\":[,]" + tail) == "gild.state.json:1: expected a value");
  CHECK(failure_of(head + "\"desktops\":[{},]" + tail) ==
        "gild.state.json:1: desktops[0]: key \"workspace\" is missing");
  CHECK(failure_of(head + "\"desktops\":{}" + tail) == "gild.state.json:1: \"desktops\" must be a list");
  CHECK(failure_of(head + "\"desktops\":[}" + tail) == "gild.state.json:1: expected \"]\", found \"}\"");
  CHECK(failure_of(head + "\"desktops\":[]" + ",,\"intents\":[]}") ==
        "gild.state.json:1: expected a key in double quotes");
  CHECK(failure_of(head + "\"desktops\":" + tail) == "gild.state.json:1: expected a value");
}

namespace {

// What became of reading a text: the state, or the complaint.
std::string outcome(const std::string& text) {
  try {
    return write_state(read_state(text, "gild.state.json"), "0.1.0");
  } catch (const Error& error) {
    return fmt::format("{} | {}", error.what(), error.advice());
  }
}

// With a blank in front the layout is not ours, so that the reader of all JSON has to do it; no line changes by that.
std::string thorough_outcome(const std::string& text) {
  return outcome(" " + text);
}

// In pieces of `size` bytes, and fewer at the end.
State read_in_pieces(const std::string& text, std::size_t size) {
  return read_state(
      [&](std::uint64_t offset, std::span<char> into) {
        return offset < text.size() ? text.copy(into.data(), std::min(into.size(), size), offset) : 0;
      },
      "gild.state.json");
}

}  // namespace

TEST_CASE("state: what is read line by line is what the thorough reader reads, whatever byte is changed") {
  const std::string good = golden("state/full.json");
  REQUIRE(outcome(good) == good);
  REQUIRE(thorough_outcome(good) == good);
  const std::string bytes = "\"\\{}[],: \n0-19aZ\x01\x80\xc3u";
  std::mt19937 random(20261130);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string text = good;
    switch (random() % 4) {
      case 0:
        text.erase(at, 1 + random() % 3);
        break;
      case 1:
        text.insert(at, 1, bytes[random() % bytes.size()]);
        break;
      case 2:
        text[at] = bytes[random() % bytes.size()];
        break;
      default:
        text.insert(at, good.substr(at, 1 + random() % 40));
    }
    INFO(text.substr(at < 60 ? 0 : at - 60, 120));
    CHECK(outcome(text) == thorough_outcome(text));
  }
}

TEST_CASE("state: lines that are moved, doubled or taken out are told as ever") {
  const std::string good = golden("state/full.json");
  std::vector<std::string> lines;
  std::istringstream stream(good);
  for (std::string line; std::getline(stream, line);) lines.push_back(line + "\n");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = 0; j < lines.size(); ++j) {
      std::vector<std::string> changed = lines;
      std::swap(changed[i], changed[j]);
      if (i == j) changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
      if (j == i + 1) changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
      std::string text;
      for (const std::string& line : changed) text += line;
      INFO(i << " " << j);
      CHECK(outcome(text) == thorough_outcome(text));
    }
  }
}

TEST_CASE("state: it makes no difference in which pieces a text comes") {
  const std::string good = golden("state/full.json");
  for (const std::size_t size : {1UL, 2UL, 7UL, 64UL, 1000UL, good.size() - 1, good.size(), good.size() + 1}) {
    CHECK(write_state(read_in_pieces(good, size), "0.1.0") == good);
  }
  const std::string reformatted = replaced(good, "\"id\":", "\"id\" : ");
  CHECK(write_state(read_in_pieces(reformatted, 100), "0.1.0") == good);
}

}  // namespace gild
