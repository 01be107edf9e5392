// SPDX-License-Identifier: Apache-2.0
#include "engine/core/time.hpp"

#include <catch2/catch.hpp>

namespace gild {

TEST_CASE("the time forms that the service is known to write are read alike") {
  const auto text = GENERATE("2022-03-07T10:40:43.858Z", "2022-03-07T10:40:43Z", "2022-03-07 10:40:43");
  const auto time = parse_time(text);
  REQUIRE(time);
  CHECK(format_time(*time) == "2022-03-07T10:40:43Z");
}

TEST_CASE("what is not a time is not guessed at") {
  CHECK_FALSE(parse_time("2022-02-30 00:00:00"));
  CHECK_FALSE(parse_time("2022-03-07T10:40:43"));
  CHECK_FALSE(parse_time("2022-03-07T10:40:43+02:00"));
  CHECK_FALSE(parse_time("2022-03-07T25:40:43Z"));
  CHECK_FALSE(parse_time(""));
}

TEST_CASE("every time that is read can be written and read again, the last one too") {
  const auto last = parse_time("9999-12-31T23:59:59Z");
  REQUIRE(last);
  CHECK(parse_time(format_time(*last)) == last);
  CHECK_FALSE(parse_time("9999-12-31T23:59:60Z"));
  CHECK_FALSE(parse_http_date("Fri, 31 Dec 9999 23:59:60 GMT"));
}

TEST_CASE("the Date header is read and written") {
  const auto time = parse_http_date("Mon, 23 Nov 2026 21:04:11 GMT");
  REQUIRE(time);
  CHECK(format_time(*time) == "2026-11-23T21:04:11Z");
  CHECK(format_http_date(*time) == "Mon, 23 Nov 2026 21:04:11 GMT");
  CHECK_FALSE(parse_http_date("23 Nov 2026"));
}

TEST_CASE("durations are read with their unit and told in words") {
  CHECK(parse_duration("90s") == Duration{90000});
  CHECK(parse_duration("15m") == Duration{900000});
  CHECK(parse_duration("2") == Duration{2000});
  CHECK_FALSE(parse_duration("2 weeks"));
  CHECK_FALSE(parse_duration("-1s"));
  CHECK(describe_duration(std::chrono::seconds{45}) == "45 s");
  CHECK(describe_duration(std::chrono::minutes{12}) == "12 min");
  CHECK(describe_duration(std::chrono::minutes{65}) == "1 h 5 min");
}

}  // namespace gild
