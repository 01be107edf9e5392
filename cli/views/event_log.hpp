// SPDX-License-Identifier: Apache-2.0
// `apply --events`: one JSON object a line (schemas/event.schema.json), written as things happen, each line by one
// write.
//
// A thread of its own writes, since whoever reads a pipe may be slow, or stand still, and the run must record and
// follow all the same: events wait in memory meanwhile, in their order. Where more wait than fits, or where at the
// run's end the reader has taken nothing for a while, the rest is given up and failure() says so. Nothing is ever
// missing in between: lines after a gap would read as if nothing were.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/streams.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/observer.hpp"

namespace gild {

struct EventLogLimits {
  std::size_t bytes = 64U << 20U;              // that wait in memory
  std::chrono::milliseconds patience{10'000};  // at the end, while the reader takes nothing
};

class EventLog : public Observer {
 public:
  // `out` belongs to the log until it is closed.
  EventLog(OutputStream& out, const Clock& clock, EventLogLimits limits = {});
  ~EventLog() override { close(); }
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void on(const Event& event) noexcept override;
  // Returns when everything is written or given up. Later events are missing.
  void close() noexcept;

  // Why lines are missing; nullopt: none are. Known once it is closed. A run does not end because nobody takes its
  // events.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  void write(std::stop_token give_up);
  void fail(std::string why);
  void wait_for_reader();

  OutputStream& out_;
  const Clock& clock_;
  EventLogLimits limits_;
  std::mutex mutex_;  // of all below, while the writer runs
  std::condition_variable changed_;
  std::deque<std::string> lines_;  // the first one may be under way
  std::size_t bytes_ = 0;
  std::size_t written_ = 0;  // lines
  bool closing_ = false;
  bool ended_ = false;
  std::optional<std::string> failure_;
  std::jthread writer_;  // last: it uses the others
};

}  // namespace gild
