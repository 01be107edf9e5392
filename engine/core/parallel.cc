// SPDX-License-Identifier: Apache-2.0
#include "engine/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace gild {
namespace {

constexpr std::size_t kMostThreads = 8;  // beyond, memory is what everybody waits for

class Crew {
 public:
  Crew(std::size_t count, const std::function<void(std::size_t)>& work) : count_(count), work_(work) {}

  void run() noexcept {
    for (;;) {
      const std::size_t index = next_++;
      if (index >= count_ || index > failed_at_.load()) return;
      try {
        work_(index);
      } catch (...) {
        const std::lock_guard guard{mutex_};
        if (index < failed_at_.load()) {
          failed_at_ = index;
          failure_ = std::current_exception();
        }
      }
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> failed_at_{std::numeric_limits<std::size_t>::max()};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  Crew crew{count, work};
  const std::size_t threads = std::min({count, std::size_t{std::thread::hardware_concurrency()}, kMostThreads});
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back([&] { crew.run(); });
  } catch (const std::system_error&) {
    // No further thread to be had: those that run do all of it.
  }
  crew.run();
  others.clear();
  crew.rethrow();
}

}  // namespace gild
