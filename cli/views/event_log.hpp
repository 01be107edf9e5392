// SPDX-License-Identifier: Apache-2.0
// `apply --events`: one JSON object a line (schemas/event.schema.json), written as things happen.
#pragma once

#include <optional>
#include <string>

#include "cli/streams.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/observer.hpp"

namespace gild {

class EventLog : public Observer {
 public:
  EventLog(OutputStream& out, const Clock& clock) : out_(out), clock_(clock) {}
  void on(const Event& event) noexcept override;

  // Why lines are missing; nullopt: none are. A run does not end because nobody takes its events.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  OutputStream& out_;
  const Clock& clock_;
  std::optional<std::string> failure_;
};

}  // namespace gild
