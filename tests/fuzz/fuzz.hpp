// SPDX-License-Identifier: Apache-2.0
// What every fuzz target stands on. A target is one function of some bytes: libFuzzer calls it with bytes that it makes
// up, and replay.cc, in the ordinary test run, with the files of the corpora. It must do the same for the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/core/error.hpp"

// The entry that libFuzzer looks for; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gild::fuzz {

// `bytes` as text, which is what every reader takes.
inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the run with a report where a property does not hold.
inline void require(bool holds, std::string_view property, std::string_view detail = {}) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n{}\n", property, detail);
  std::abort();
}
inline void require_same(std::string_view a, std::string_view b, std::string_view property) {
  if (a != b) require(false, property, "one: " + std::string(a) + "\nother: " + std::string(b));
}

// Takes bytes off the front of an input, for choices.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}
  // 0 to 255; 0 where nothing is left.
  std::size_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The lines of a text, the last one also where no line break ends it.
template <class Function>
void for_each_line(std::string_view text, Function function) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    function(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace gild::fuzz
