// SPDX-License-Identifier: Apache-2.0
#include "engine/core/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace gild {
namespace {

// The advice of an IoError: what a person can do about it. Empty where the reason says it all, as "No such file".
const char* advice_on(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "Make room there, then run the same command again.";
    case EROFS:
      return "Make it possible to write there, or work in another folder, then run the same command again.";
    case EACCES:
    case EPERM:
      return "Find out who may do that there, and run the same command again as somebody who may.";
    case EIO:
      return "The disk, or the network drive, fails. Have it looked at before anything else is written to it, then run "
             "the same command again.";
    default:
      return "";
  }
}

}  // namespace

// By value like its neighbour, though std::runtime_error only ever copies.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Error::Error(ErrorKind kind, std::string message, std::string advice)
    : std::runtime_error(message), kind_(kind), advice_(std::move(advice)) {}

Error& Error::while_doing(std::string step) & {
  trail_.push_back(std::move(step));
  return *this;
}

Error Error::while_doing(std::string step) && {
  trail_.push_back(std::move(step));
  return std::move(*this);
}

IoError::IoError(std::string path, std::string action, int error_number)
    : Error(ErrorKind::storage,
            fmt::format("Cannot {} {}: {}", action, path, std::generic_category().message(error_number)),
            advice_on(error_number)),
      path_(std::move(path)),
      error_number_(error_number) {}

}  // namespace gild
