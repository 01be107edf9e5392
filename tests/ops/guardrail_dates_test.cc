// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/guardrail_dates.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/core/error.hpp"

namespace gild {
namespace {

using std::chrono::hours;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}};
constexpr Time kSince = kNow - hours{24};

Intended request_for(const std::vector<std::string>& ids) {
  Intended intended;
  intended.workspace = WorkspaceName{"prod"};
  intended.group = GroupName{"finance"};
  intended.target = {{ImageId{"new"}, "private", std::nullopt}, std::nullopt};
  for (const std::string& id : ids) intended.desktops.push_back({DesktopId{id}, std::nullopt, {}});
  return intended;
}

// A history from its beginning on.
class Told {
 public:
  std::int64_t add(Time at, RecordBody body) {
    records.push_back({++serial_, at, std::move(body)});
    return serial_;
  }
  std::vector<JournalRecord> records;

 private:
  std::int64_t serial_ = 0;
};

}  // namespace

TEST_CASE("a freeze holds from its first moment on, up to the first moment after it", "[guardrails]") {
  Guardrails rails;
  rails.freeze = {{kNow, kNow + hours{1}, "closing", "rails.yaml:7:5"}};
  CHECK_FALSE(find_freeze({rails}, kNow - std::chrono::seconds{1}));
  REQUIRE(find_freeze({rails}, kNow));
  CHECK(find_freeze({rails}, kNow)->where == "rails.yaml:7:5");
  CHECK(find_freeze({rails}, kNow + hours{1} - std::chrono::seconds{1}));
  CHECK_FALSE(find_freeze({rails}, kNow + hours{1}));
}

TEST_CASE("every request of the last day counts, but those that certainly wiped nothing", "[guardrails]") {
  Told told;
  told.add(kSince - hours{3}, request_for({"a"}));  // too long ago
  told.add(kSince + hours{1}, request_for({"b", "c"}));
  const auto lost = told.add(kSince + hours{2}, request_for({"d", "e"}));
  told.add(kSince + hours{2}, Lost{lost, "reset", {}});
  told.add(kSince + hours{3}, NotReceived{lost, {DesktopId{"e"}}, "quiet"});
  const auto throttled = told.add(kSince + hours{4}, request_for({"f"}));
  told.add(kSince + hours{4}, NotExecuted{throttled, {}});
  const auto refused = told.add(kSince + hours{5}, request_for({"g"}));
  told.add(kSince + hours{5}, Refused{refused, {}});
  told.add(kNow + hours{1}, request_for({"b"}));  // a second time, by a clock that is ahead
  CHECK(count_rebuilds(told.records, {}, kSince) == 4);
}

TEST_CASE("where the history does not tell all of the day, nothing is counted as nothing", "[guardrails]") {
  Told told;
  told.add(kSince - hours{1}, request_for({"a"}));
  told.add(kSince + hours{1}, request_for({"b"}));
  CHECK(count_rebuilds(told.records, {}, kSince) == 1);

  SECTION("its beginning was dropped, and what is left is younger than a day") {
    told.records.erase(told.records.begin());
    CHECK_THROWS_AS(count_rebuilds(told.records, {}, kSince), Error);
  }
  SECTION("its beginning was dropped, and what is left reaches back far enough") {
    told.add(kSince + hours{2}, request_for({"c"}));
    told.records.front().serial = 100;
    CHECK(count_rebuilds(told.records, {}, kSince) == 2);
  }
  SECTION("the state knows of a request that it does not have") {
    State state;
    DesktopRecord& record = state.desktops[{WorkspaceName{"prod"}, DesktopId{"z"}}];
    record.intent = 77;
    record.updated_at = kSince + hours{1};
    CHECK_THROWS_AS(count_rebuilds(told.records, state, kSince), Error);
    CHECK_THROWS_AS(count_rebuilds({}, state, kSince), Error);
    record.updated_at = kSince - hours{1};
    CHECK(count_rebuilds(told.records, state, kSince) == 1);
  }
}

}  // namespace gild
