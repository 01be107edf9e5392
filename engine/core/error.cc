// SPDX-License-Identifier: Apache-2.0
#include "engine/core/error.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace gild {

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
            fmt::format("Cannot {} {}: {}", action, path, std::generic_category().message(error_number))),
      path_(std::move(path)),
      error_number_(error_number) {}

}  // namespace gild
