// SPDX-License-Identifier: Apache-2.0
// A golden document with one thing changed.
#pragma once

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

namespace gild::test {

// `text` with the first `what` replaced; a document that has no such thing is a mistake of the test.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto found = text.find(what);
  INFO("looking for " << what);
  REQUIRE(found != std::string::npos);
  return text.replace(found, what.size(), with);
}

}  // namespace gild::test
