// SPDX-License-Identifier: Apache-2.0
#include "engine/codec/journal_codec.hpp"

#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "tests/codec/random_model.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

constexpr std::size_t kKindCount = std::variant_size_v<RecordBody>;

// One record of each kind, in the order of the variant.
std::vector<JournalRecord> one_of_each() {
  const WorkspaceName prod("prod");
  const GroupName finance("finance");
  const Target target{{ImageId("img-2"), "private", "Windows"}, "2026-w47"};
  const ImageState from{ImageId("img-1"), "private", "Windows", "2026-w43"};
  const std::vector<DesktopId> ids{DesktopId("d-1"), DesktopId("d-2")};
  const Time then = *parse_time("2026-11-24T20:00:00Z");
  const ServiceError error{409, "WKS.00010032", "state [ERROR] denies it, resource id [d-1]", "req-1"};
  const RolloutGroup group{finance, prod, target, 250, 100, 2, {DesktopId("d-9")}, {"ERROR"}};
  const ObservedDetails details{{{"ring", "canary"}}, "pool-1", "DEDICATED", 80, 1, "UNREGISTER"};
  const Finding finding{DesktopId("d-1"), {{SubJobId("sub-3"), JobId("job-3")}}, "rebuilding", ImageId("img-2"), false};
  const RebuildOptions options{15, "Save your work.", "CS1", "0", "KEEP", "kms-1"};

  const std::vector<RecordBody> bodies{
      Began{"apply", "ana", "build-7", "0a1b2c3", "0.1.0"},
      RolloutStarted{std::string(64, 'b'), {group}},
      RolloutAcknowledged{{finance}},
      RolloutClosed{std::string(64, 'b')},
      Intended{prod,
               finance,
               BatchId("finance-001"),
               target,
               options,
               {{DesktopId("d-1"), "FIN-1", from}, {DesktopId("d-2"), std::nullopt, {}}},
               {SubJobId("sub-1"), SubJobId("sub-2")},
               true,
               then,
               std::chrono::seconds{1800}},
      Accepted{5, JobId("job-1"), "req-1", then},
      Refused{5, error},
      NotExecuted{5, {0, "", "connection refused", ""}},
      Lost{5, "the answer was cut short", {502, "", "Bad gateway", ""}},
      Looked{5, {then, LookCompleteness::complete, {finding}}},
      Adopted{5, JobId("job-3"), ids, {SubJobId("sub-3"), SubJobId("sub-4")}, then},
      NotReceived{5, ids, "two complete looks show no new sub-job, no task and the image from before"},
      Verifying{{JobId("job-1"), prod}, ids, then},
      JobMissed{{JobId("job-1"), prod}, then},
      Held{0, prod, finance, HoldReason::in_use, ids, "CONNECTED"},
      Conflicted{finance, "ERROR"},
      Finished{prod,
               finance,
               JobId("job-1"),
               0,
               target,
               {{DesktopId("d-1"), Outcome::ready, std::nullopt},
                {DesktopId("d-2"), Outcome::failed, "WKS.1 no space"},
                {DesktopId("d-3"), Outcome::overdue, "its sub-job was still RUNNING when its time was up"}},
               "sub-jobs ended"},
      Recorded{prod, finance, target, {{DesktopId("d-1"), "FIN-1"}}, "the live image is the wanted one"},
      Refreshed{prod, {{DesktopId("d-1"), finance, "FIN-1", ImageId("img-2"), "Windows", details}}},
      Resolved{{{prod, DesktopId("d-1")}}, Resolution::not_received, "seen in the console", "ana"},
      Removed{{{prod, DesktopId("d-1")}}},
      Regrouped{{{prod, DesktopId("d-1")}}, GroupName("finance"), GroupName("sales")},
      Migrated{"postgresql://db.example.com/gild"},
  };
  std::vector<JournalRecord> out;
  for (const RecordBody& body : bodies) out.push_back({static_cast<std::int64_t>(out.size() + 1), then, body});
  return out;
}

// The line of a journal file as schemas/README.md has it: the checksum of all before it is the last member.
std::string framed(std::string record) {
  record.pop_back();
  return fmt::format("{},\"crc\":\"{:08x}\"}}\n", record, crc32c(record));
}

std::string failure_of(const std::string& line) {
  JsonParser parser;
  try {
    read_record(line, "gild.state.json.journal:7", parser);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "no failure";
}

}  // namespace

TEST_CASE("each kind of record has its line", "[codec]") {
  const auto records = one_of_each();
  std::string file;
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(records[i].body.index() == i);
    file += framed(write_record(records[i]));
  }
  CHECK(records.size() == kKindCount);
  test::check_golden("journal/every-kind.ndjson", file);
}

TEST_CASE("a record that was written reads back as the same record", "[codec]") {
  JsonParser parser;
  for (const JournalRecord& record : one_of_each()) {
    const std::string line = write_record(record);
    CHECK(write_record(read_record(line, "journal", parser)) == line);
  }
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    INFO("seed " << seed);
    test::RandomModel random(seed);
    const JournalRecord record = random.record(seed % kKindCount);
    const std::string line = write_record(record);
    CHECK(line.find('\n') == std::string::npos);
    const JournalRecord read = read_record(line, "journal", parser);
    CHECK(read.body.index() == record.body.index());
    CHECK(write_record(read) == line);
  }
}

TEST_CASE("a record that was synced once can always be read", "[codec]") {
  std::istringstream file(test::golden("journal/every-kind.ndjson"));
  JsonParser parser;
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto crc = line.rfind(",\"crc\":");
    REQUIRE(crc != std::string::npos);
    const std::string record = line.substr(0, crc) + "}";
    CHECK(write_record(read_record(record, "every-kind.ndjson", parser)) == record);
  }
  CHECK(lines == kKindCount);
}

TEST_CASE("records of jobs from before Workspaces were written into them are read, and stay as they were", "[codec]") {
  JsonParser parser;
  for (
      const char* line :
      {R"({"serial":13,"at":"2026-11-24T20:00:00Z","kind":"verifying","job_id":"job-1","desktops":["d-1"],"time":"2026-11-24T20:00:00Z"})",
       R"({"serial":14,"at":"2026-11-24T20:00:00Z","kind":"job_missed","job_id":"job-1","time":"2026-11-24T20:00:00Z"})"}) {
    CHECK(write_record(read_record(line, "journal", parser)) == line);
  }
}

TEST_CASE("the image that a request's desktops had is written once, and again only for one that had another",
          "[codec]") {
  const ImageState common{ImageId("img-1"), "private", "Windows", std::nullopt};
  const ImageState other{ImageId("img-0"), "private", "Windows", std::nullopt};
  Intended intended;
  intended.workspace = WorkspaceName("prod");
  for (const char* id : {"d-1", "d-2", "d-3"}) intended.desktops.push_back({DesktopId(id), std::nullopt, common});
  intended.desktops[1].from = other;
  const std::string line = write_record({5, Time{}, intended});
  CHECK(line.find(R"("from":{"image_id":"img-1","image_type":"private","os_type":"Windows","revision":null},)"
                  R"("desktops":[{"id":"d-1","name":null,"from":null},)"
                  R"({"id":"d-2","name":null,"from":{"image_id":"img-0","image_type":"private","os_type":"Windows",)"
                  R"("revision":null}},{"id":"d-3","name":null,"from":null}])") != std::string::npos);
  JsonParser parser;
  const auto read = std::get<Intended>(read_record(line, "journal", parser).body);
  REQUIRE(read.desktops.size() == 3);
  CHECK(read.desktops[0].from == common);
  CHECK(read.desktops[1].from == other);
  CHECK(read.desktops[2].from == common);
}

TEST_CASE("requests from before their desktops shared an image are read", "[codec]") {
  const std::string head =
      R"({"serial":5,"at":"2026-11-24T20:00:00Z","kind":"intended","workspace":"prod","group":"finance",)"
      R"("batch":"finance-001","target":{"image_id":"img-2","image_type":"private","os_type":null,"revision":null},)"
      R"("options":{"delay_time":null,"message":null,"order_id":null,"enterprise_project_id":null,)"
      R"("encrypt_type":null,"kms_id":null},)";
  const std::string tail = R"("known_sub_jobs":[],"known_complete":true,"service_time":null,"settle_seconds":1800})";
  const std::string line =
      head +
      R"("desktops":[{"id":"d-1","name":"FIN-1","from":{"image_id":"img-1","image_type":null,"os_type":null,)"
      R"("revision":null}},{"id":"d-2","name":null,"from":{"image_id":null,"image_type":null,"os_type":null,)"
      R"("revision":null}}],)" +
      tail;
  JsonParser parser;
  const auto read = std::get<Intended>(read_record(line, "journal", parser).body);
  REQUIRE(read.desktops.size() == 2);
  CHECK(read.desktops[0].from == ImageState{ImageId("img-1"), std::nullopt, std::nullopt, std::nullopt});
  CHECK(read.desktops[1].from == ImageState{});
  // Neither the record nor the desktop says what was there: that is no record.
  const std::string nowhere = R"("desktops":[{"id":"d-1","name":null,"from":null}],)";
  const std::string complaint =
      "gild.state.json.journal:7: desktops[0].from: neither the record nor the desktop says which image was there";
  CHECK(failure_of(head + nowhere + tail) == complaint);
  CHECK(failure_of(head + R"("from":null,)" + nowhere + tail) == complaint);
}

TEST_CASE("what the service said in broken text is still a record", "[codec]") {
  const JournalRecord record{7, Time{}, Lost{5, "half an answer: \xFF\xFE", {502, "\x80", std::string("a\0b", 3), ""}}};
  JsonParser parser;
  const JournalRecord read = read_record(write_record(record), "journal", parser);
  const auto& lost = std::get<Lost>(read.body);
  CHECK(lost.why == "half an answer: \uFFFD\uFFFD");
  CHECK(lost.error.code == "\uFFFD");
  CHECK(lost.error.message == std::string("a\0b", 3));
}

TEST_CASE("a line that is no record is refused, and the message says why", "[codec]") {
  const std::string head = R"({"serial":7,"at":"2026-11-24T20:00:00Z","kind":)";
  struct Bad {
    std::string line, message;
  };
  const Bad bad = GENERATE_COPY(values<Bad>({
      {head + R"("melted"})",
       "gild.state.json.journal:7: kind: \"melted\" is not a kind of record that this gild knows; a newer gild may "
       "have "
       "written it"},
      {head + R"("job_missed","job_id":"j"})", "gild.state.json.journal:7: key \"time\" is missing"},
      {head + R"("rollout_closed","plan_digest":"a","why":"b"})", "gild.state.json.journal:7: unknown key \"why\""},
      {head + R"("rollout_closed","plan_digest":"a","plan_digest":"a"})",
       "gild.state.json.journal:7: key \"plan_digest\" is given twice"},
      {R"({"at":"2026-11-24T20:00:00Z","kind":"rollout_closed","plan_digest":"a"})",
       "gild.state.json.journal:7: key \"serial\" is missing"},
      {R"({"serial":0,"at":"2026-11-24T20:00:00Z","kind":"rollout_closed","plan_digest":"a"})",
       "gild.state.json.journal:7: serial: 0 is not between 1 and 9007199254740991"},
      {R"({"serial":7,"at":"yesterday","kind":"rollout_closed","plan_digest":"a"})",
       "gild.state.json.journal:7: at: \"yesterday\" is not a time such as 2026-11-23T21:04:11Z"},
      {head + R"("held","intent":0})", "gild.state.json.journal:7: intent: 0 is not between 1 and 9007199254740991"},
      {head + R"("accepted","intent":5,"job_id":null,"request_id":"","service_time":null})",
       "gild.state.json.journal:7: job_id: expected a string, found null"},
      {"[]", "gild.state.json.journal:7: expected an object, found a list"},
  }));
  CHECK(failure_of(bad.line) == bad.message);
}

}  // namespace gild
