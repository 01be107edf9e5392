// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 as bytes: writes a request, reads a response piece by piece. Pure; no sockets.
//
// Written here and not taken from Poco, because everything that gild promises about a lost answer hangs on details that
// Poco::Net::HTTPClientSession does not show: it sends again by itself on a kept-alive connection, takes a body cut
// short for a whole one, and does not tell whether a byte was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/url.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

inline constexpr std::size_t kMaxResponseHead = 256 * 1024;  // an IAM token alone may take 40,000 characters
inline constexpr std::size_t kMaxResponseHeaders = 256;
inline constexpr std::size_t kMaxChunkLine = 4096;  // a size, and extensions that nobody uses
inline constexpr int kMaxInterimAnswers = 16;

enum class ConnectionUse { keep_alive, close };

// nullopt where the method, a header or the URL holds what could begin another header or another request.
std::optional<std::string> write_request(const HttpRequest& request, const Url& url, ConnectionUse use);

class ResponseReader {
 public:
  explicit ResponseReader(std::size_t most_bytes = HttpRequest{}.most_bytes) : most_bytes_(most_bytes) {}
  // Takes bytes as they come. Once done() or failed() it takes no more.
  void feed(std::string_view bytes);
  // The connection ended. `clean`: the other side said so (TLS close_notify), nobody cut it.
  void end(bool clean);

  bool head_complete() const { return state_ != State::head; }
  bool done() const { return state_ == State::done; }
  bool failed() const { return state_ == State::failed; }
  const std::string& failure() const { return failure_; }
  bool may_keep_alive() const { return done() && keep_alive_ && response_.complete && buffer_.empty(); }
  // Whole when done(); with `complete` false where the body was cut.
  HttpResponse take() { return std::move(response_); }

 private:
  enum class State { head, body_of_length, body_until_end, chunk_size, chunk_data, chunk_end, trailer, done, failed };

  void fail(std::string why);
  bool read_head();
  bool choose_body();
  bool read_chunk_size(std::string_view line);
  bool check_body(std::uint64_t size);
  bool append(std::string_view bytes);
  std::optional<std::string> take_line(std::size_t longest);
  bool step();

  std::size_t most_bytes_;
  State state_ = State::head;
  std::string buffer_;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::size_t trailer_size_ = 0;
  int interim_answers_ = 0;
  bool keep_alive_ = false;
  HttpResponse response_;
  std::string failure_;
};

}  // namespace gild
