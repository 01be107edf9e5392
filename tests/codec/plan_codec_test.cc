// SPDX-License-Identifier: Apache-2.0
// A saved plan may have been touched on its way to apply. Whatever in it contradicts itself is refused: nothing is
// wiped that the plan does not show.
#include "engine/codec/plan_codec.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "tests/codec/replaced.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

using test::replaced;

constexpr std::string_view kAdvice =
    "A saved plan is applied as it was reviewed, so one that is damaged or contradicts itself is not used. Make a new "
    "one "
    "with gild plan --out.";

std::string failure_of(const std::string& text) {
  try {
    read_plan(text, "plan.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.advice() == kAdvice ? error.what() : fmt::format("{} | {}", error.what(), error.advice());
  }
  return "no failure";
}

}  // namespace

TEST_CASE("every golden plan is read, and written again as it was", "[codec]") {
  for (const auto& entry : std::filesystem::directory_iterator(test::golden_path("plan"))) {
    if (entry.path().extension() != ".json") continue;
    INFO(entry.path());
    const std::string text = test::read_file(entry.path());
    CHECK(write_plan(read_plan(text, "plan.json")) == text);
  }
}

TEST_CASE("a plan that cannot be understood is refused, and the message says where it is wrong", "[codec]") {
  struct Bad {
    std::string what, with, message;
  };
  const Bad bad = GENERATE(values<Bad>({
      {"gild.plan/1", "gild.plan/2",
       "plan.json: its format is gild.plan/2, and this gild reads gild.plan/1 only | A newer gild wrote it: use that "
       "one."},
      {"gild.plan/1", "gild.state/1", "plan.json: its format is \"gild.state/1\", where \"gild.plan/1\" is needed"},
      {"\"serial\": 61", "\"serial\": \"61\"", "plan.json:4: basis: serial: expected an integer, found a string"},
      {"\"region\":", "\"area\":", "plan.json:9: workspaces[0]: key \"region\" is missing"},
      {"\"poll_seconds\":0.25", "\"poll_seconds\":-1",
       "plan.json:9: workspaces[0]: poll_seconds: -1 is not between 0 and 31622400"},
      {"\"batch_size\":4", "\"batch_size\":101",
       "plan.json:25: groups[0]: rollout.batch_size: 101 is not between 1 and 100"},
      {"\"policy\":\"skip\"", "\"policy\":\"ask\"",
       "plan.json:25: groups[0]: rollout.sessions.policy: \"ask\" is not one of the values that this gild knows"},
      {"\"wave\":1", "\"wave\":0", "plan.json:29: batches[0]: wave: 0 is not between 1 and 2147483647"},
      {"\"action\":\"rebuild\"", "\"action\":\"wipe\"",
       "plan.json:35: desktops[0]: action: \"wipe\" is not one of the values that this gild knows"},
      {"\"labels\":[{\"key\":\"dept\",", "\"labels\":[{\"key\":\"x\",\"value\":\"\"},{\"key\":\"dept\",",
       "plan.json:25: groups[0]: labels[1]: the label is listed twice or not in sorted order"},
      {"\"given\":[", "\"given\":[\"canary\",",
       "plan.json:25: groups[0]: rollout.given[0]: \"canary\" is not one of the values that this gild knows"},
      {"\"warnings\": [", "\"warnings\": [1,", "plan.json:54: warnings[0]: expected a string, found an integer"},
  }));
  CHECK(failure_of(replaced(test::golden("plan/all-actions.json"), bad.what, bad.with)) == bad.message);
}

TEST_CASE("a plan that contradicts itself is refused", "[codec]") {
  struct Bad {
    std::string what, with, message;
  };
  const Bad bad = GENERATE(values<Bad>({
      {"\"manifest_digest\": \"3d", "\"manifest_digest\": \"3D",
       "manifest_digest is not a SHA-256 in lower-case hexadecimal"},
      {"\"lineage\": \"7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1\"", "\"lineage\": null",
       "basis has a serial but no lineage"},
      {"\"lineage\": \"7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1\"", "\"lineage\": \"\"", "basis has an empty lineage"},
      {"{\"name\":\"prod\",\"region\"", "{\"name\":\"aaa\",\"region\"",
       "workspace aaa is listed twice or not in sorted order"},
      {"{\"name\":\"lab\",\"region\"", "{\"name\":\"\",\"region\"", "a workspace without a name"},
      {"\"settle_seconds\":1800", "\"settle_seconds\":599",
       "workspace prod: settle_seconds is 599, where at least 600 are needed to prove that a request was not received"},
      {"\"endpoint\":\"https://localhost:9443\"", "\"endpoint\":\"https://localhost.example.com\"",
       "workspace lab: settle_seconds is 30, where at least 600 are needed to prove that a request was not received"},
      // Groups.
      {"{\"name\":\"lab\",\"workspace\":\"lab\"", "{\"name\":\"finance\",\"workspace\":\"lab\"",
       "group finance is listed twice or not in sorted order"},
      {"{\"name\":\"lab\",\"workspace\":\"lab\"", "{\"name\":\"lab\",\"workspace\":\"other\"",
       "group lab: the plan has no workspace other"},
      {"\"rebuild\":{\"delay_time\":15", "\"rebuild\":{\"delay_time\":16",
       "group finance: delay_time is 16, where 0 to 15 are allowed"},
      // Batches.
      {"\"id\":\"lab-001\"", "\"id\":\"finance-001\"", "batch finance-001 is listed twice"},
      {"\"id\":\"finance-001\",\"group\":\"finance\",\"workspace\":\"prod\"",
       "\"id\":\"finance-001\",\"group\":\"finance\",\"workspace\":\"lab\"",
       "batch finance-001 is for workspace lab, but group finance is in prod"},
      {"\"image_type\":\"private\",\"image_id\":\"img-2026-11\"",
       "\"image_type\":\"private\",\"image_id\":\"img-evil\"",
       "batch finance-001 asks for another image than group finance"},
      {"\"os_type\":\"Windows\",\"delay_time\":15", "\"os_type\":\"Windows\",\"delay_time\":0",
       "batch finance-001 asks for other rebuild options than group finance"},
      {"[\"f-02\",\"f-03\",\"f-04\",\"f-13\"]", "[\"f-02\",\"f-02\",\"f-04\",\"f-13\"]",
       "batch finance-001: desktop f-02 is named twice or not in sorted order"},
      {"[\"f-02\",\"f-03\",\"f-04\",\"f-13\"]", "[\"f-01\",\"f-02\",\"f-03\",\"f-04\",\"f-13\"]",
       "batch finance-001 has 5 desktops, where group finance allows 4"},
      {"[\"f-05\"]", "[]", "batch finance-002 is empty"},
      // A desktop that the plan does not show as one to be wiped, and one that it shows and that no batch names.
      {"[\"f-05\"]", "[\"f-05\",\"f-10\"]", "the batches name 9 desktops, but 8 desktops are to be rebuilt"},
      {"[\"f-05\"]", "[\"f-10\"]", "desktop f-05 says that it is in batch finance-002, which does not name it"},
      {"\"batch\":\"finance-002\"", "\"batch\":\"finance-003\"", "desktop f-05: the plan has no batch finance-003"},
      {"\"batch\":\"finance-002\"", "\"batch\":null", "desktop f-05 is to be rebuilt, but is in no batch"},
      {"\"action\":\"protected\"", "\"action\":\"rebuild\"", "desktop f-10 is to be rebuilt, but is in no batch"},
      {"\"action\":\"rebuild\"", "\"action\":\"held\"", "desktop l-01 is in a batch, but is not to be rebuilt"},
      {"{\"id\":\"l-02\"", "{\"id\":\"l-01\"", "desktop l-01 is listed twice or not in sorted order"},
      {"\"workspace\":\"lab\",\"group\":\"lab\"", "\"workspace\":\"lab\",\"group\":\"gone\"",
       "l-01: the plan has no group gone"},
      {"\"to\":{\"image_id\":\"img-lab\"", "\"to\":{\"image_id\":\"img-other\"",
       "desktop l-01 is to have another image or revision than group lab"},
      // Numbers.
      {"\"counts\":{\"rebuild\":5", "\"counts\":{\"rebuild\":4",
       "group finance: counts are not those of the listed desktops"},
      {"\"rebuild\": 8", "\"rebuild\": 0", "summary is not the sum of the groups"},
      {"\"batches\": 4", "\"batches\": 3", "summary is not the sum of the groups"},
      {"\"worst_case\": 7", "\"worst_case\": 1", "summary is not the sum of the groups"},
      {"\"named\": 16", "\"named\": 15", "summary: the manifests name fewer desktops than the groups have"},
      {"\"desktops\":13", "\"desktops\":12", "group finance: counts are of more desktops than the group has"},
      // Guardrails.
      {"\"to\":\"2027-01-05", "\"to\":\"2026-12-20", "guardrails dated: a freeze ends before it begins"},
  }));
  CHECK(failure_of(replaced(test::golden("plan/all-actions.json"), bad.what, bad.with)) == "plan.json: " + bad.message);
}

TEST_CASE("a plan cut short anywhere is refused, never read in part", "[codec]") {
  const std::string good = test::golden("plan/all-actions.json");
  for (std::size_t length = 0; length + 2 < good.size(); length += 7) {
    INFO("cut at " << length);
    CHECK_THROWS_AS(read_plan(good.substr(0, length), "plan.json"), Error);
  }
  CHECK(failure_of("") == "plan.json: the file is empty");
  CHECK(failure_of(good.substr(0, 500)) == "plan.json:9: a string that does not end");
  CHECK(failure_of(good.substr(0, good.size() - 3)) == "plan.json:59: the document is cut short here");
}

}  // namespace gild
