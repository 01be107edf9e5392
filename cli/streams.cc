// SPDX-License-Identifier: Apache-2.0
#include "cli/streams.hpp"

#include <array>
#include <cerrno>

#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/core/error.hpp"

namespace gild {

void DescriptorOutput::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw IoError(name_, "write to", errno);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool DescriptorOutput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

std::size_t DescriptorOutput::width() const {
  winsize size{};
  if (!is_terminal() || ::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kPlainWidth;
  return size.ws_col;
}

bool DescriptorInput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

std::optional<std::string> DescriptorInput::read_line() {
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count <= 0) return std::nullopt;  // a line without an end is not an answer
    pending_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace gild
