// SPDX-License-Identifier: Apache-2.0
#include "engine/core/shared_text.hpp"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/core/optional_text.hpp"

namespace gild {

TEST_CASE("shared text: a copy is the same text, in the same memory") {
  const std::string long_text(1000, 'x');
  SharedText first{long_text};
  SharedText copy = first;
  CHECK(copy.view().data() == first.view().data());
  const SharedText& itself = first;
  first = itself;
  CHECK(first == long_text);
  SharedText moved = std::move(first);
  copy = SharedText{"short"};
  CHECK(moved == long_text);
  CHECK(copy == "short");
  CHECK(SharedText{}.empty());
  CHECK(SharedText{""} == SharedText{});
  CHECK(SharedText{"a"} < SharedText{"b"});
  CHECK(SharedText{"a"} < SharedText{"aa"});
}

TEST_CASE("shared text: copies live and die in different threads") {
  const SharedText text{"shared by all"};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([text] {
      std::vector<SharedText> copies(1000, text);
      for (SharedText& copy : copies) copy = SharedText{copy.view()};
    });
  }
  threads.clear();
  CHECK(text == "shared by all");
}

TEST_CASE("optional text: none is neither the empty text nor any other") {
  const OptionalText<SharedText> none;
  const OptionalText<SharedText> empty{""};
  CHECK(!none);
  CHECK(empty);
  CHECK(none != empty);
  CHECK(none < empty);
  CHECK(none == std::nullopt);
  CHECK(empty == "");
  CHECK_FALSE(none == "");
  CHECK(none.value_or("other") == "other");
  CHECK(std::optional<std::string>(none) == std::nullopt);
  CHECK(std::optional<std::string>(empty) == "");
  OptionalText<SharedText> copy = OptionalText<SharedText>{"text"};
  copy = none;
  CHECK(copy == none);
  copy = std::optional<std::string>("again");
  CHECK(copy == "again");
  copy.reset();
  CHECK(!copy);
}

}  // namespace gild
