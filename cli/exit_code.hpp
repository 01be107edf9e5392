// SPDX-License-Identifier: Apache-2.0
// How gild ends, and nowhere else is a number written. Scripts and pipelines decide by these.
#pragma once

#include "engine/core/error.hpp"

namespace gild {

enum class ExitCode {
  ok = 0,               // done; desktops skipped by policy are reported, not counted
  error = 1,            // usage, input, configuration, service, disk; or a question was not answered with yes
  changes_pending = 2,  // plan --detailed-exitcode: something would be wiped; drift: the state would be updated
  incomplete = 3,       // desktops failed, unhealthy, unknown, settling, refused or held, or a rollout that paused
  locked = 4,           // somebody else holds the state's lock
  refused = 5,          // refused before anything was sent: stale plan, guard, limit, digest, untrusted host
  interrupted = 130,    // a signal asked gild to stop, and it did so in order
};

constexpr ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::input:
    case ErrorKind::service:
    case ErrorKind::storage:
      return ExitCode::error;
    case ErrorKind::locked:
      return ExitCode::locked;
    case ErrorKind::refused:
      return ExitCode::refused;
  }
  return ExitCode::error;
}

}  // namespace gild
