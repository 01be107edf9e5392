// SPDX-License-Identifier: Apache-2.0
#include "engine/core/parallel.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace gild {

TEST_CASE("parallel: each piece is done once") {
  for (const std::size_t count : {0UL, 1UL, 2UL, 1000UL}) {
    std::vector<std::atomic<int>> done(count);
    for_each_index(count, [&](std::size_t i) { ++done[i]; });
    for (const std::atomic<int>& times : done) CHECK(times == 1);
  }
}

TEST_CASE("parallel: of several failures the first piece's is told, in every run") {
  for (int i = 0; i < 200; ++i) {
    CHECK_THROWS_WITH(for_each_index(100,
                                     [](std::size_t piece) {
                                       if (piece % 7 == 3) throw std::runtime_error(std::to_string(piece));
                                     }),
                      "3");
  }
}

}  // namespace gild
