// SPDX-License-Identifier: Apache-2.0
#include "cli/streams.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/core/error.hpp"

namespace gild {

DescriptorOutput::~DescriptorOutput() {
  if (ownership_ == Ownership::owned) ::close(descriptor_);
}

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

void SteadyOutput::write(std::string_view text) {
  if (failure_) return;
  try {
    out_.write(text);
  } catch (const Error& error) {  // told by check(), when the run is over
    failure_ = error;
  }
}

void SteadyOutput::check() const {
  if (failure_) throw Error{*failure_};
}

bool DescriptorInput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

std::optional<std::string> DescriptorInput::read_line(std::stop_token stop) {
  // A stop is requested by another thread and must end the waiting, whatever the person at the terminal does.
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (wake < 0) throw IoError("standard input", "wait for", errno);
  const std::unique_ptr<const int, void (*)(const int*)> closes{&wake, [](const int* fd) { ::close(*fd); }};
  const std::stop_callback on_stop{stop, [wake] { (void)::eventfd_write(wake, 1); }};
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    std::array<pollfd, 2> ready{{{descriptor_, POLLIN, 0}, {wake, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      throw IoError("standard input", "wait for", errno);
    if (stop.stop_requested()) return std::nullopt;
    if (ready[0].revents == 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;  // a line without an end is not an answer
    pending_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string DescriptorInput::read_all() {
  std::string text = std::move(pending_);
  pending_.clear();
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError("standard input", "read", errno);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::unique_ptr<OutputStream> open_descriptor_output(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) throw IoError(path, "open", errno);
  return std::make_unique<DescriptorOutput>(descriptor, path, DescriptorOutput::Ownership::owned);
}

}  // namespace gild
