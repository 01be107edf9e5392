// SPDX-License-Identifier: Apache-2.0
// How far a run has come, counted from its events: what both progress displays show.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "engine/model/event.hpp"

namespace gild {

struct GroupProgress {
  std::size_t total = 0;  // still to be sent, or under way, when the run began
  std::size_t ready = 0;
  std::size_t already = 0;     // had the image
  std::size_t rebuilding = 0;  // a job runs
  std::size_t settling = 0;    // an answer was lost
  std::size_t failed = 0;      // failed, unhealthy, unknown or refused
  std::size_t held = 0;        // left alone
  bool paused = false;
  std::optional<Instant> first_sent;

  std::size_t done() const { return ready + already + failed + held; }
  std::size_t waiting() const;
  bool ended() const { return done() >= total; }
  // How much longer at the pace so far; nullopt: nothing has come to an end yet, or nothing is left.
  std::optional<Duration> time_left(Instant now) const;
};

class RunProgress {
 public:
  // Until the run has begun nothing is counted: what a look before it finds belongs to no bar.
  void take(const Event& event, Instant now);
  const std::map<GroupName, GroupProgress>& groups() const { return groups_; }
  GroupProgress all() const;
  bool started() const { return started_; }

 private:
  bool started_ = false;
  std::map<GroupName, GroupProgress> groups_;
};

// What an event has to tell a person, one line without its end, escaped; nullopt: it moves numbers and nothing else.
std::optional<std::string> describe_event(const Event& event);

}  // namespace gild
