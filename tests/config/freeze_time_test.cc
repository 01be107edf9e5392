// SPDX-License-Identifier: Apache-2.0
#include "engine/config/freeze_time.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace gild {

TEST_CASE("a freeze begins and ends where its times say, in UTC or at their offset", "[config]") {
  struct Case {
    std::string text, first, last;
  };
  const Case c = GENERATE(values<Case>({
      {"2026-12-20", "2026-12-20T00:00:00Z", "2026-12-21T00:00:00Z"},
      {"2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
      {"2026-12-20T18:00:00Z", "2026-12-20T18:00:00Z", "2026-12-20T18:00:00Z"},
      {"2026-12-20T18:00:00+08:00", "2026-12-20T10:00:00Z", "2026-12-20T10:00:00Z"},
      {"2026-12-20T23:30:00-01:30", "2026-12-21T01:00:00Z", "2026-12-21T01:00:00Z"},
      {"2026-12-20T18:00:00.25+00:00", "2026-12-20T18:00:00Z", "2026-12-20T18:00:00Z"},
  }));
  const auto time = parse_freeze_time(c.text);
  REQUIRE(time);
  CHECK(format_time(time->first()) == c.first);
  CHECK(format_time(time->last()) == c.last);
}

TEST_CASE("a time that would mean another moment elsewhere is none, and neither is a day that is not there",
          "[config]") {
  const std::string text =
      GENERATE(as<std::string>(), "", "2026-12-20T18:00:00", "2026-12-20 18:00:00Z", "2026-12-20T18:00:00+1:00",
               "2026-12-20T18:00:00+24:00", "2026-12-20T18:00:00+08:60", "2026-12-20T18:00+08:00", "2026-02-30",
               "2026-13-01", "20.12.2026", "2026-12-20Z", "2026-12-20T18:00:00 +08:00", "2026-12-20T18:00:00Z+08:00");
  CHECK_FALSE(parse_freeze_time(text));
}

}  // namespace gild
