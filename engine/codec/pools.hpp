// SPDX-License-Identifier: Apache-2.0
// Gives equal texts and equal values one memory where they come close to each other: names of groups, images and jobs
// in a long list, and what its items have alike. Each place of a pool remembers one, so no pool grows: what it has
// forgotten is made anew. Used inside this folder only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/core/shared_optional.hpp"
#include "engine/core/shared_text.hpp"

namespace gild {

inline std::size_t place_in_pool(std::string_view text, std::size_t places) {
  std::uint64_t hash = text.size();
  for (std::size_t i = 0; i < text.size(); i += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, std::min(sizeof word, text.size() - i));
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  }
  return static_cast<std::size_t>(hash) % places;
}

class TextPool {
 public:
  // A shared text that equals `text`.
  const SharedText& share(std::string_view text) {
    SharedText& place = texts_[place_in_pool(text, texts_.size())];
    if (place.view() != text) place = SharedText{text};
    return place;
  }

 private:
  std::array<SharedText, 1024> texts_;
};

template <class T>
class ValuePool {
 public:
  // The value that `text` stands for; make() makes it.
  template <class Make>
  const SharedOptional<T>& share(std::string_view text, Make make) {
    Place& place = places_[place_in_pool(text, places_.size())];
    if (place.text != text) place = {std::string(text), make()};
    return place.value;
  }

 private:
  struct Place {
    std::string text;
    SharedOptional<T> value;
  };
  std::array<Place, 64> places_;
};

}  // namespace gild
