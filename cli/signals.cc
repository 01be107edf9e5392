// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <csignal>
#include <thread>
#include <utility>

#include <unistd.h>

#include "cli/exit_code.hpp"

namespace gild {

void stop_on_signals(std::stop_source stop) {
  // A thread that waits for signals may do anything, where a handler may do next to nothing.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, stop = std::move(stop)]() mutable {
    int number = 0;
    while (::sigwait(&signals, &number) != 0) {
    }
    stop.request_stop();
    while (::sigwait(&signals, &number) != 0) {
    }
    ::_exit(static_cast<int>(ExitCode::interrupted));
  }).detach();
}

}  // namespace gild
