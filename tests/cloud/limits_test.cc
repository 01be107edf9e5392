// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "engine/cloud/rate_limiter.hpp"
#include "engine/cloud/retry.hpp"

namespace gild {
namespace {

using namespace std::chrono_literals;

TEST_CASE("waits double, with up to half as much again, up to a minute and a half") {
  const RetryRules rules;
  CHECK(backoff(rules, 1, 0.0) == 1000ms);
  CHECK(backoff(rules, 2, 0.0) == 2000ms);
  CHECK(backoff(rules, 3, 0.5) == 5000ms);
  CHECK(backoff(rules, 7, 0.0) == 60s);
  CHECK(backoff(rules, 1000, 1.0) == 90s);
}

TEST_CASE("what the service asks for is kept, and patience ends after half an hour") {
  const RetryRules rules;
  CHECK(wait_before_retry(rules, 1, 0s, 7s, 0.0) == 7000ms);
  CHECK(wait_before_retry(rules, 1, 0s, 7s, 1.0) == 7500ms);
  CHECK(wait_before_retry(rules, 5, 0s, 7s, 0.0) == 16s);
  CHECK(wait_before_retry(rules, 1, 30min - 1s, std::nullopt, 0.0) == 1s);
  CHECK_FALSE(wait_before_retry(rules, 1, 30min, std::nullopt, 0.0));
  CHECK_FALSE(wait_before_retry(rules, 1, 0s, 31min, 0.0));
}

TEST_CASE("a bucket may be emptied at once and no minute sees more than it holds") {
  RateLimiter limiter(3);
  const Instant begin = Instant{} + 1h;
  Instant now = begin;
  std::vector<Instant> sent;
  for (int i = 0; i < 9; ++i) {
    now = limiter.next(now);
    limiter.sent(now);
    sent.push_back(now);
    now += 10s;
  }
  CHECK(sent == std::vector<Instant>{begin, begin + 10s, begin + 20s, begin + 60s, begin + 70s, begin + 80s,
                                     begin + 120s, begin + 130s, begin + 140s});
}

TEST_CASE("being throttled halves the bucket, and each quiet minute gives a tenth back") {
  RateLimiter limiter(100);
  const Instant begin = Instant{} + 1h;
  limiter.throttled(begin);
  CHECK(limiter.budget(begin) == 50);
  CHECK(limiter.budget(begin + 59s) == 50);
  CHECK(limiter.budget(begin + 2min) == 70);
  limiter.throttled(begin + 2min);
  CHECK(limiter.budget(begin + 2min) == 35);
  CHECK(limiter.budget(begin + 1h) == 100);
  for (int i = 0; i < 20; ++i) limiter.throttled(begin);
  CHECK(limiter.budget(begin) == 1);
}

TEST_CASE("a smaller bucket counts what was sent before it shrank") {
  RateLimiter limiter(4);
  const Instant begin = Instant{} + 1h;
  for (int i = 0; i < 4; ++i) limiter.sent(begin + i * 1s);
  limiter.throttled(begin + 4s);
  CHECK(limiter.next(begin + 4s) == begin + 62s);  // the third of four: then only one is younger than a minute
}

}  // namespace
}  // namespace gild
