// SPDX-License-Identifier: Apache-2.0
// Is told what happens in a run. Never decides, never throws, never slows a run down for long.
#pragma once

#include "engine/model/event.hpp"

namespace gild {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on(const Event& event) noexcept = 0;
};

}  // namespace gild
