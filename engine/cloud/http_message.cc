// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/http_message.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace gild {
namespace {

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool lists(std::string_view header, std::string_view word) {
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    if (equal_ignoring_case(trim(header.substr(0, comma)), word)) return true;
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
  }
  return false;
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> write_request(const HttpRequest& request, const Url& url, ConnectionUse use) {
  if (!is_token(request.method)) return std::nullopt;
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, url.target(), url.authority());
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_header_value(value)) return std::nullopt;
    if (equal_ignoring_case(name, "host")) continue;  // the URL says it; two of them would be an attack
    out += fmt::format("{}: {}\r\n", name, value);
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  out += use == ConnectionUse::keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out + request.body;
}

void ResponseReader::fail(std::string why) {
  state_ = State::failed;
  failure_ = std::move(why);
}

void ResponseReader::feed(std::string_view bytes) {
  if (done() || failed()) return;
  buffer_ += bytes;
  while (!done() && !failed() && step()) {
  }
}

void ResponseReader::end(bool clean) {
  if (done() || failed()) return;
  if (state_ == State::head) {
    fail(buffer_.empty() ? "the connection was closed before an answer came"
                         : "the connection was closed in the answer's header");
    return;
  }
  response_.complete = state_ == State::body_until_end && clean;
  keep_alive_ = false;
  state_ = State::done;
}

std::optional<std::string> ResponseReader::take_line(std::size_t longest) {
  const std::size_t end = buffer_.find('\n');
  if (std::min(end, buffer_.size()) > longest) {
    fail("a line of the answer is too long");
    return std::nullopt;
  }
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

bool ResponseReader::check_body(std::uint64_t size) {
  if (size <= most_bytes_) return true;
  fail(fmt::format("the answer is larger than {} MiB", most_bytes_ / (1024 * 1024)));
  return false;
}

bool ResponseReader::append(std::string_view bytes) {
  if (!check_body(response_.body.size() + bytes.size())) return false;
  response_.body += bytes;
  return true;
}

// One step; false where more bytes are needed first.
bool ResponseReader::step() {
  switch (state_) {
    case State::head:
      return read_head();
    case State::body_of_length:
    case State::chunk_data: {
      const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()));
      if (!append(std::string_view(buffer_).substr(0, part))) return false;
      buffer_.erase(0, part);
      left_ -= part;
      if (left_ > 0) return false;
      state_ = state_ == State::chunk_data ? State::chunk_end : State::done;
      return true;
    }
    case State::body_until_end:
      if (!append(buffer_)) return false;
      buffer_.clear();
      return false;
    case State::chunk_size: {
      const auto line = take_line(kMaxChunkLine);
      return line && read_chunk_size(*line);
    }
    case State::chunk_end: {
      const auto line = take_line(kMaxChunkLine);
      if (!line) return false;
      if (!line->empty()) {
        fail("a chunk of the answer is longer than it says");
        return false;
      }
      state_ = State::chunk_size;
      return true;
    }
    case State::trailer: {
      const auto line = take_line(kMaxResponseHead);
      if (!line) return false;
      trailer_size_ += line->size() + 2;
      if (trailer_size_ > kMaxResponseHead) {
        fail("the answer's trailer is too long");
        return false;
      }
      if (line->empty()) state_ = State::done;
      return true;
    }
    case State::done:
    case State::failed:
      return false;
  }
  return false;
}

bool ResponseReader::read_chunk_size(std::string_view line) {
  const auto size = parse_number(trim(line.substr(0, line.find(';'))), 16);
  if (!size) {
    fail("a chunk of the answer has no size");
    return false;
  }
  if (!check_body(*size)) return false;
  left_ = *size;
  state_ = left_ == 0 ? State::trailer : State::chunk_data;
  return true;
}

bool ResponseReader::read_head() {
  const std::size_t crlf = buffer_.find("\r\n\r\n");
  const std::size_t lf = buffer_.find("\n\n");
  const std::size_t end = std::min(crlf == std::string::npos ? crlf : crlf + 4, lf == std::string::npos ? lf : lf + 2);
  if (end == std::string::npos ? buffer_.size() > kMaxResponseHead : end > kMaxResponseHead) {
    fail("the answer's header is too long");
    return false;
  }
  // Not waiting for a whole header that can never come: what speaks here is not HTTP at all.
  constexpr std::string_view kStart = "HTTP/1.";
  if (std::string_view(buffer_).substr(0, kStart.size()) != kStart.substr(0, std::min(kStart.size(), buffer_.size()))) {
    fail("the answer is not HTTP");
    return false;
  }
  if (end == std::string::npos) return false;
  std::string_view head = std::string_view(buffer_).substr(0, end);

  response_.headers.clear();
  bool first = true;
  bool http_1_0 = false;
  while (!head.empty()) {
    const std::size_t line_end = head.find('\n');
    std::string_view line = head.substr(0, line_end);
    head.remove_prefix(line_end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (first) {
      first = false;
      http_1_0 = line.substr(0, 8) == "HTTP/1.0";
      const auto status = line.size() >= 12 && line[8] == ' ' ? parse_number(line.substr(9, 3), 10) : std::nullopt;
      if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ')) {
        fail("the answer has no status");
        return false;
      }
      response_.status = static_cast<int>(*status);
    } else if (!line.empty()) {
      if (response_.headers.size() == kMaxResponseHeaders) {
        fail(fmt::format("the answer has more than {} headers", kMaxResponseHeaders));
        return false;
      }
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        fail("a header of the answer is malformed");
        return false;
      }
      response_.headers.emplace_back(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
    }
  }
  buffer_.erase(0, end);
  keep_alive_ =
      http_1_0 ? lists(response_.header("Connection"), "keep-alive") : !lists(response_.header("Connection"), "close");
  return choose_body();
}

// RFC 9112, 6.3, without its indulgence: where two lengths contradict each other, an answer is no answer.
bool ResponseReader::choose_body() {
  if (response_.status < 200) {
    if (response_.status == 101) {
      fail("the server wants to speak another protocol");
      return false;
    }
    if (++interim_answers_ > kMaxInterimAnswers) {
      fail("the answer is announced over and over");
      return false;
    }
    return true;  // an interim answer; the real one follows
  }
  if (response_.status == 204 || response_.status == 304) {
    state_ = State::done;
    return true;
  }
  std::optional<std::uint64_t> length;
  bool chunked = false;
  for (const auto& [name, value] : response_.headers) {
    if (equal_ignoring_case(name, "Content-Length")) {
      const auto number = parse_number(value, 10);
      if (!number || (length && *length != *number)) {
        fail("the answer's length is malformed");
        return false;
      }
      length = number;
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
      if (chunked || !equal_ignoring_case(value, "chunked")) {
        fail("the answer's transfer encoding is unknown");
        return false;
      }
      chunked = true;
    }
  }
  if (chunked && length) {
    fail("the answer has two lengths");
    return false;
  }
  if (length && !check_body(*length)) return false;
  if (chunked) {
    state_ = State::chunk_size;
  } else if (length) {
    left_ = *length;
    state_ = State::body_of_length;
  } else {
    keep_alive_ = false;
    state_ = State::body_until_end;
  }
  return true;
}

}  // namespace gild
