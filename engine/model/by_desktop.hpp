// SPDX-License-Identifier: Apache-2.0
// Finding many desktops in the list of a request or of a job.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/core/ids.hpp"

namespace gild {

// The items of a list by desktop. They are mostly asked for in the order in which they stand, so each search begins
// behind what was found last: a batch costs its size, and not its square.
template <class Item>
class ByDesktop {
 public:
  explicit ByDesktop(std::vector<Item>& items) : items_(items), dropped_(items.size()) {}

  // nullptr where there is none, or where it was dropped.
  Item* find(const DesktopId& id) {
    for (std::size_t tried = 0; tried < items_.size(); ++tried) {
      const std::size_t index = next_ < items_.size() ? next_ : 0;
      next_ = index + 1;
      if (dropped_[index] == 0 && items_[index].id == id) return &items_[index];
    }
    return nullptr;
  }
  void drop(const Item* item) { dropped_[static_cast<std::size_t>(item - items_.data())] = 1; }
  // Takes those that were dropped out of the list. Nothing may be asked for after that.
  void erase_dropped() {
    std::size_t index = 0;
    std::erase_if(items_, [&](const Item&) { return dropped_[index++] != 0; });
  }

 private:
  std::vector<Item>& items_;
  std::vector<char> dropped_;
  std::size_t next_ = 0;
};

}  // namespace gild
