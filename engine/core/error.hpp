// SPDX-License-Identifier: Apache-2.0
// "This operation cannot go on." Not for what the user wrote (diagnostic.hpp) and not for answers that a caller must
// choose by (variants). Each frame that knows something adds it with while_doing() and rethrows; rendering the trail is
// a view's work.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace gild {

// What a caller outside may conclude; cli/exit_code.hpp maps it to the exit status of contract 2.
enum class ErrorKind {
  usage,    // what was asked for makes no sense
  input,    // manifests, plan or state cannot be used as they are
  service,  // the service, the network or the credentials
  storage,  // a file could not be read or written
  locked,   // somebody else holds the state's lock
  refused,  // refused before anything was sent: stale plan, guard, limit, digest, untrusted host
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, std::string advice = {});

  ErrorKind kind() const { return kind_; }
  // What to do about it, in full sentences; may be empty. A command to copy stands alone on an indented line.
  const std::string& advice() const { return advice_; }
  // Outermost step last: {"reading page 3 of the desktops", "refreshing workspace prod"}.
  const std::vector<std::string>& trail() const { return trail_; }
  Error& while_doing(std::string step) &;
  Error while_doing(std::string step) &&;

 private:
  ErrorKind kind_;
  std::string advice_;
  std::vector<std::string> trail_;
};

// A file that could not be read, written, locked or synced; the message names the path and the system's reason.
class IoError : public Error {
 public:
  IoError(std::string path, std::string action, int error_number);
  const std::string& path() const { return path_; }
  int error_number() const { return error_number_; }

 private:
  std::string path_;
  int error_number_;
};

}  // namespace gild
