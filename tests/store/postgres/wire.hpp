// SPDX-License-Identifier: Apache-2.0
// A wire between a store and the server that can be cut at any call: before the call reaches the server, or after the
// server has answered and before the answer comes back. It knows just enough of PostgreSQL's protocol to tell calls
// apart: connecting is one, and so is each statement up to the server's "ready".
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gild {

class Wire {
 public:
  enum class Cut { before, after };

  // `url` is the server's; url() leads through the wire.
  explicit Wire(const std::string& url) {
    const std::size_t begin = url.find("host=") + 5;
    const std::size_t end = url.find('&', begin);
    server_ = percent_decode(url.substr(begin, end - begin)) + "/.s.PGSQL.5432";
    std::string folder = "/tmp/gild-wire-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = folder;
    url_ = url;
    url_.replace(begin, end - begin, folder);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(folder + "/.s.PGSQL.5432");
    if (::bind(listener_, as_address(&address), sizeof address) != 0 || ::listen(listener_, 16) != 0) {
      throw std::runtime_error("cannot listen");
    }
    acceptor_ = std::jthread([this](std::stop_token stop) { accept(stop); });
  }
  ~Wire() {
    acceptor_.request_stop();
    acceptor_.join();
    {
      const std::lock_guard guard(mutex_);
      sessions_.clear();  // asks each to stop, and waits
    }
    ::close(listener_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  const std::string& url() const { return url_; }
  // Calls are counted from 1 from here on.
  void cut_at(int call, Cut how, bool for_good) {
    calls_ = 0;
    cut_ = false;
    how_ = how;
    for_good_ = for_good;
    dead_ = false;
    cut_at_ = call;
  }
  void mend() {
    cut_at_ = 0;
    dead_ = false;
  }
  int calls() const { return calls_; }
  bool was_cut() const { return cut_; }

 private:
  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }
  static const sockaddr* as_address(const sockaddr_un* address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(address));
  }

  void accept(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{listener_, POLLIN, 0};
      if (::poll(&entry, 1, 20) <= 0) continue;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      if (dead_) {
        ::close(client);
        continue;
      }
      const std::lock_guard guard(mutex_);
      sessions_.emplace_back([this, client](std::stop_token stop_session) { serve(client, stop_session); });
    }
  }

  static bool send_all(int to, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }
  static std::uint32_t length_at(const std::string& bytes, std::size_t at) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    return length;
  }
  // Moves whole messages from the front of `in` to the end of `out`, up to and with the first whose type is in `last`;
  // true where there was one. `untyped`: the very first of a session has no type.
  static bool take(std::string& in, std::string& out, const std::string& last, bool& untyped) {
    for (;;) {
      const std::size_t head = untyped ? 0 : 1;
      if (in.size() < head + 4) return false;
      const std::size_t size = head + length_at(in, head);
      if (in.size() < size) return false;
      const bool found = untyped || last.find(in.front()) != std::string::npos;
      out += in.substr(0, size);
      in.erase(0, size);
      untyped = false;
      if (found) return true;
    }
  }

  void serve(int client, const std::stop_token& stop) {
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(server_);
    bool open = ::connect(server, as_address(&address), sizeof address) == 0;
    std::string asked, answered;
    bool first = true;
    bool no = false;
    bool drop_answer = false;
    while (open && !stop.stop_requested() && !(dead_ && !drop_answer)) {
      pollfd entries[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(entries, 2, 20) <= 0) continue;
      char buffer[65536];
      if (entries[0].revents != 0) {
        const ssize_t n = ::read(client, buffer, sizeof buffer);
        if (n <= 0) break;
        asked.append(buffer, static_cast<std::size_t>(n));
        std::string out;
        // Query, Sync, or the end of a COPY: what the server answers with "ready".
        while (take(asked, out, "QSc", first)) {
          if (++calls_ == cut_at_) {
            cut_ = true;
            if (how_ == Cut::before) {
              dead_ = for_good_.load();
              open = false;
              break;
            }
            drop_answer = true;
          }
        }
        if (!open) break;
        open = send_all(server, out);
      }
      if (entries[1].revents != 0) {
        const ssize_t n = ::read(server, buffer, sizeof buffer);
        if (n <= 0) break;
        const std::string bytes(buffer, static_cast<std::size_t>(n));
        if (!drop_answer) {
          open = send_all(client, bytes);
          continue;
        }
        answered += bytes;
        std::string out;
        if (take(answered, out, "ZG", no)) {
          dead_ = for_good_.load();
          break;
        }
      }
    }
    ::close(client);
    ::close(server);
  }

  std::string server_, folder_, url_;
  int listener_ = -1;
  std::atomic<int> calls_ = 0, cut_at_ = 0;
  std::atomic<Cut> how_ = Cut::before;
  std::atomic<bool> for_good_ = false, dead_ = false, cut_ = false;
  std::mutex mutex_;
  std::vector<std::jthread> sessions_;
  std::jthread acceptor_;
};

}  // namespace gild
