// SPDX-License-Identifier: Apache-2.0
#include "cli/streams.hpp"

#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.hpp"

namespace gild {
namespace {

// Can be polled for from the moment when a stop is requested, which another thread does.
class WakeUp {
 public:
  explicit WakeUp(const std::stop_token& stop) : on_stop_(stop, Ring{descriptor_}) {}
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  int descriptor() const { return descriptor_.value; }

 private:
  struct Descriptor {
    Descriptor() : value(::eventfd(0, EFD_CLOEXEC)) {
      if (value < 0) throw IoError("a signal to stop", "wait for", errno);
    }
    ~Descriptor() { ::close(value); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value;
  };
  struct Ring {
    const Descriptor& descriptor;
    void operator()() const { (void)::eventfd_write(descriptor.value, 1); }
  };

  Descriptor descriptor_;
  std::stop_callback<Ring> on_stop_;
};

}  // namespace

DescriptorOutput::~DescriptorOutput() {
  if (ownership_ == Ownership::owned) ::close(descriptor_);
}

std::size_t DescriptorOutput::write_some(std::string_view text) {
  for (;;) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno != EINTR) throw IoError(name_, "write to", errno);
  }
}

void DescriptorOutput::write(std::string_view text) {
  while (!text.empty()) text.remove_prefix(write_some(text));
}

bool DescriptorOutput::write_unless(std::stop_token stop, std::string_view text) {
  struct stat status {};
  const bool may_wait = ::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode);
  if (!may_wait) {
    write(text);
    return true;
  }
  // The descriptor may be somebody else's too, so it stays as it is: a pipe that has room takes so much at once.
  constexpr std::size_t kTakenAtOnce = PIPE_BUF;
  const WakeUp wake{stop};
  while (!text.empty()) {
    std::array<pollfd, 2> ready{{{descriptor_, POLLOUT, 0}, {wake.descriptor(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw IoError(name_, "wait for", errno);
    }
    if (stop.stop_requested()) return false;
    if (ready[0].revents != 0) text.remove_prefix(write_some(text.substr(0, kTakenAtOnce)));
  }
  return true;
}

bool DescriptorOutput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

std::size_t DescriptorOutput::width() const {
  winsize size{};
  if (!is_terminal() || ::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kPlainWidth;
  return size.ws_col;
}

template <class Write>
void SteadyOutput::attempt(Write write) {
  if (failure_) return;
  try {
    write();
  } catch (const Error& error) {  // told by check(), when the run is over
    failure_ = error;
  }
}

void SteadyOutput::write(std::string_view text) {
  attempt([&] { out_.write(text); });
}

void SteadyOutput::write_command(std::string_view text) {
  attempt([&] { out_.write_command(text); });
}

void SteadyOutput::check() const {
  if (failure_) throw Error{*failure_};
}

bool DescriptorInput::is_terminal() const {
  return ::isatty(descriptor_) == 1;
}

std::optional<std::string> DescriptorInput::read_line(std::stop_token stop) {
  // A stop must end the waiting, whatever the person at the terminal does.
  const WakeUp wake{stop};
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    std::array<pollfd, 2> ready{{{descriptor_, POLLIN, 0}, {wake.descriptor(), POLLIN, 0}}};
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
