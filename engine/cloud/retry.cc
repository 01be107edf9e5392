// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/retry.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace gild {
namespace {

Duration spread(Duration wait, double random) {
  return wait + Duration(static_cast<Duration::rep>(static_cast<double>(wait.count()) * 0.5 * random));
}

}  // namespace

RandomSource make_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0.0, 1.0)(*engine); };
}

Duration backoff(const RetryRules& rules, int failures, double random) {
  Duration wait = rules.first;
  for (int i = 1; i < failures && wait < rules.longest; ++i) wait *= 2;
  return spread(std::min(wait, rules.longest), random);
}

std::optional<Duration> wait_before_retry(const RetryRules& rules, int failures, Duration spent,
                                          std::optional<Duration> asked, double random) {
  Duration wait = backoff(rules, failures, random);
  // A little more than asked: a window that ends now has not quite ended for everybody.
  if (asked) wait = std::max(wait, *asked + spread(rules.first, random) - rules.first);
  if (spent + wait > rules.total) return std::nullopt;
  return wait;
}

}  // namespace gild
