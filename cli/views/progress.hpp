// SPDX-License-Identifier: Apache-2.0
// What a run shows while it goes on, on standard error: lines where it is read later, a display that renews itself
// where somebody watches. Both are observers that never throw: a run does not end because nobody can see it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cli/streams.hpp"
#include "cli/style.hpp"
#include "cli/views/run_progress.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/observer.hpp"

namespace gild {

class Progress : public Observer {
 public:
  // A line of the caller's own, in its place among the others.
  virtual void say(const std::string& line) noexcept = 0;
};

// For whoever wants no display.
class NoProgress : public Progress {
 public:
  explicit NoProgress(OutputStream& out) : out_(out) {}
  void on(const Event&) noexcept override {}
  void say(const std::string& line) noexcept override;

 private:
  OutputStream& out_;
};

// For log files and pipelines: what happened, a line each, and per group a line of numbers now and then.
class PlainProgress : public Progress {
 public:
  PlainProgress(OutputStream& out, const Clock& clock) : out_(out), clock_(clock) {}
  void on(const Event& event) noexcept override;
  void say(const std::string& line) noexcept override;

 private:
  void tell_numbers(Instant now);

  OutputStream& out_;
  const Clock& clock_;
  RunProgress progress_;
  std::map<GroupName, std::string> told_;
  Instant next_{};
};

// A bar for each group, drawn anew once a second and whenever something happens; above it scrolls what happened.
class LiveProgress : public Progress {
 public:
  LiveProgress(OutputStream& out, const Clock& clock, Style style);
  ~LiveProgress() override;
  LiveProgress(const LiveProgress&) = delete;
  LiveProgress& operator=(const LiveProgress&) = delete;
  void on(const Event& event) noexcept override;
  void say(const std::string& line) noexcept override;

 private:
  void clear() noexcept;
  void tick(std::stop_token stop);
  void draw(const std::string& above) noexcept;

  OutputStream& out_;
  const Clock& clock_;
  Style style_;
  std::mutex mutex_;  // of all below
  std::condition_variable_any wakes_;
  RunProgress progress_;
  std::size_t drawn_ = 0;  // lines on the screen
  bool running_ = false;
  std::jthread ticker_;  // last: it uses the others
};

// Hands every event on to each of them, in order.
class ObserverList : public Observer {
 public:
  void add(Observer& observer) { observers_.push_back(&observer); }
  void on(const Event& event) noexcept override {
    for (Observer* observer : observers_) observer->on(event);
  }

 private:
  std::vector<Observer*> observers_;
};

// The display as it stands: at most `rows` lines for groups, those with something under way first, and one for them
// all.
std::vector<std::string> render_bars(const RunProgress& progress, Instant now, std::size_t width, std::size_t rows,
                                     const Style& style);
// "12 of 40 ready, 20 rebuilding, 8 waiting"
std::string describe_numbers(const GroupProgress& group, const Style& style);

}  // namespace gild
