// SPDX-License-Identifier: Apache-2.0
#include "engine/model/desktop_places.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace gild {
namespace {

// Enough for all desktops that are under way at once.
constexpr std::size_t kPlaces = std::size_t{64} * 1024;

}  // namespace

DesktopPlaces::DesktopPlaces(State& state, std::size_t places) : state_(state), places_(places) {}
DesktopPlaces::DesktopPlaces(State& state) : DesktopPlaces(state, kPlaces) {}

DesktopPlaces DesktopPlaces::of_all(State& state) {
  // With four places a desktop, one in nine loses its own to another, and is looked for in the state.
  DesktopPlaces places(state, std::max(kPlaces, std::bit_ceil(state.desktops.size() * 4)));
  for (Place& place : state.desktops) places.place_of(place.first) = &place;
  return places;
}

DesktopPlaces::Place*& DesktopPlaces::place_of(const DesktopKey& key) {
  return places_[std::hash<DesktopId>{}(key.id) % places_.size()];
}

DesktopRecord* DesktopPlaces::find(const DesktopKey& key) {
  Place*& place = place_of(key);
  if (place != nullptr && place->first == key) return &place->second;
  const auto found = state_.desktops.find(key);
  if (found == state_.desktops.end()) return nullptr;
  place = &*found;
  return &found->second;
}

DesktopRecord& DesktopPlaces::at(const DesktopKey& key) {
  if (DesktopRecord* found = find(key)) return *found;
  Place*& place = place_of(key);
  place = &*state_.desktops.try_emplace(key).first;
  return place->second;
}

}  // namespace gild
