// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/random.hpp"

#include <fmt/format.h>

#include "engine/core/digest.hpp"

namespace gild {
namespace {

std::string uuid_shaped(std::uint64_t high, std::uint64_t low) {
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::uint64_t Random::below(std::uint64_t bound) {
  return bound == 0 ? 0 : next() % bound;
}

std::int64_t Random::between(std::int64_t least, std::int64_t most) {
  if (most <= least) return least;
  return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
}

bool Random::chance(double probability) {
  if (probability <= 0) return false;
  return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
}

std::string Random::uuid() {
  const std::uint64_t high = next();
  return uuid_shaped(high, next());
}

std::string uuid_for(std::string_view name) {
  const std::string digest = sha256_hex(name);
  return uuid_shaped(std::stoull(digest.substr(0, 16), nullptr, 16), std::stoull(digest.substr(16, 16), nullptr, 16));
}

}  // namespace gild
