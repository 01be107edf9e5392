// SPDX-License-Identifier: Apache-2.0
// Keeps every event of a run, for tests to look at.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "engine/seams/observer.hpp"

namespace gild {

class RecordingObserver : public Observer {
 public:
  void on(const Event& event) noexcept override { events_.push_back(event); }

  const std::vector<Event>& events() const { return events_; }
  void clear() { events_.clear(); }

  template <class Kind>
  std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const Event& event : events_) {
      if (const Kind* match = std::get_if<Kind>(&event)) found.push_back(*match);
    }
    return found;
  }
  template <class Kind>
  std::size_t count() const {
    std::size_t found = 0;
    for (const Event& event : events_) {
      if (std::holds_alternative<Kind>(event)) ++found;
    }
    return found;
  }
  // The last one of its kind.
  template <class Kind>
  std::optional<Kind> last() const {
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (const Kind* match = std::get_if<Kind>(&*event)) return *match;
    }
    return std::nullopt;
  }

 private:
  std::vector<Event> events_;
};

}  // namespace gild
