// SPDX-License-Identifier: Apache-2.0
// A random source that gives the same numbers for the same seed on every machine and in every standard library, so that
// a failing seed can be replayed anywhere. A value: copying it copies its place in the sequence. Not for secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gild {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();                                         // SplitMix64
  std::uint64_t below(std::uint64_t bound);                     // 0 … bound - 1; 0 where bound is 0
  std::int64_t between(std::int64_t least, std::int64_t most);  // both included; `least` where most < least
  bool chance(double probability);                              // 0: never, 1: always
  std::string uuid();                                           // shaped like a version 4 UUID

 private:
  std::uint64_t state_;
};

// The same UUID-shaped id for the same name, always: examples and tests can write it down.
std::string uuid_for(std::string_view name);

}  // namespace gild
