// SPDX-License-Identifier: Apache-2.0
// Where desktops of a state are that were looked for before.
#pragma once

#include <vector>

#include "engine/model/state.hpp"

namespace gild {

// The desktops of a request come up again with its answer and with its end, which finds them at once here, however many
// others there are. For folding a whole journal into a state that nothing else changes meanwhile, and that is not
// moved.
class DesktopPlaces {
 public:
  using Place = decltype(State::desktops)::value_type;
  explicit DesktopPlaces(State& state);
  // nullptr where it is not recorded.
  DesktopRecord* find(const DesktopKey& key);
  // Made where it is not recorded.
  DesktopRecord& at(const DesktopKey& key);
  // Before a desktop is taken out of the state.
  void forget(const DesktopKey& key) { place_of(key) = nullptr; }

 private:
  Place*& place_of(const DesktopKey& key);

  State& state_;
  std::vector<Place*> places_;  // by the hash of the id; one desktop takes the place of another
};

}  // namespace gild
