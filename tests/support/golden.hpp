// SPDX-License-Identifier: Apache-2.0
// Golden files: what a format looked like when somebody last looked at it. ACCEPT_GOLDEN=1 writes them anew and fails
// the test all the same, so that an accepting run never counts as green.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace gild::test {

inline std::filesystem::path golden_path(std::string_view name) {
  return std::filesystem::path(GILD_SOURCE_DIR) / "tests" / "golden" / name;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  INFO("reading " << path);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The text of tests/golden/NAME ("state/open.json").
inline std::string golden(std::string_view name) {
  return read_file(golden_path(name));
}

inline void check_golden(std::string_view name, const std::string& actual) {
  const auto path = golden_path(name);
  if (std::getenv("ACCEPT_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    FAIL("wrote " << path << "; look at the difference, then run again without ACCEPT_GOLDEN");
  }
  INFO("golden file " << path << "; to accept: ACCEPT_GOLDEN=1");
  CHECK(actual == golden(name));
}

}  // namespace gild::test
