// SPDX-License-Identifier: Apache-2.0
#include "cli/views/event_log.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "engine/codec/event_codec.hpp"
#include "engine/core/text.hpp"

namespace gild {

EventLog::EventLog(OutputStream& out, const Clock& clock, EventLogLimits limits)
    : out_(out),
      clock_(clock),
      limits_(limits),
      writer_([this](std::stop_token give_up) { write(std::move(give_up)); }) {}

void EventLog::on(const Event& event) noexcept {
  try {
    std::string line = write_event(event, clock_.now()) + "\n";
    const std::lock_guard lock(mutex_);
    if (failure_ || closing_) return;
    if (bytes_ + line.size() > limits_.bytes) {
      fail("whoever reads them is too slow, and more of them wait than gild keeps.");
      return;
    }
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    changed_.notify_all();
  } catch (const std::exception& error) {  // told at the end of the run
    const std::lock_guard lock(mutex_);
    fail(error.what());
  }
}

void EventLog::fail(std::string why) {
  if (!failure_) failure_ = std::move(why);
}

// Until all is written, or given up.
void EventLog::write(std::stop_token give_up) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !lines_.empty() || closing_; });
    if (lines_.empty() || give_up.stop_requested()) break;
    const std::string& line = lines_.front();  // stays where it is while others are added
    lock.unlock();
    bool whole = false;
    std::optional<std::string> problem;
    try {
      whole = out_.write_unless(give_up, line);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    lock.lock();
    if (problem) fail(*problem);
    if (!whole) break;
    bytes_ -= line.size();
    lines_.pop_front();
    ++written_;
    changed_.notify_all();
  }
  ended_ = true;
  changed_.notify_all();
}

// As long as there is a reader who takes something now and then.
void EventLog::wait_for_reader() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  while (!ended_) {
    const std::size_t before = written_;
    if (changed_.wait_for(lock, limits_.patience, [&] { return ended_ || written_ != before; })) continue;
    fail(fmt::format("whoever reads them took nothing more; {} not written.",
                     plural(lines_.size(), "line was", "lines were")));
    return;
  }
}

void EventLog::close() noexcept {
  if (!writer_.joinable()) return;
  try {
    wait_for_reader();
  } catch (const std::exception&) {
    // Nothing to wait with; what is not written is given up, and missed below.
  }
  writer_.request_stop();
  writer_.join();
  if (!failure_ && !lines_.empty()) failure_ = "they could not be waited for.";
}

}  // namespace gild
