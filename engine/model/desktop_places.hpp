// SPDX-License-Identifier: Apache-2.0
// Where desktops of a state are, so that finding one takes the same time however many others there are.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/state.hpp"

namespace gild {

// For folding many records into a state that nothing else changes meanwhile, and that is not moved. A search in the
// state itself goes from one desktop to the next through memory that was not touched lately: in a million, twenty
// times.
class DesktopPlaces {
 public:
  using Place = decltype(State::desktops)::value_type;
  // Knows where those are that were looked for before: the desktops of a request come up again with its answer and with
  // its end. Half a megabyte.
  explicit DesktopPlaces(State& state);
  // Knows from the beginning where all are, which takes a look at each, and up to 64 bytes for it.
  static DesktopPlaces of_all(State& state);
  // nullptr where it is not recorded.
  DesktopRecord* find(const DesktopKey& key);
  // Made where it is not recorded.
  DesktopRecord& at(const DesktopKey& key);
  // Before a desktop is taken out of the state.
  void forget(const DesktopKey& key) { place_of(key) = nullptr; }

 private:
  DesktopPlaces(State& state, std::size_t places);
  Place*& place_of(const DesktopKey& key);

  State& state_;
  std::vector<Place*> places_;  // by the hash of the id; one desktop takes the place of another
};

}  // namespace gild
