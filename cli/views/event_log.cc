// SPDX-License-Identifier: Apache-2.0
#include "cli/views/event_log.hpp"

#include <exception>

#include "engine/codec/event_codec.hpp"

namespace gild {

void EventLog::on(const Event& event) noexcept {
  if (failure_) return;  // lines after a gap would read as if nothing were missing
  try {
    out_.write(write_event(event, clock_.now()) + "\n");
  } catch (const std::exception& error) {  // told at the end of the run
    failure_ = error.what();
  }
}

}  // namespace gild
