// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/http_message.hpp"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

namespace gild {
namespace {

HttpRequest request_to(std::string method, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  return request;
}

TEST_CASE("a request is written with its length and one host") {
  HttpRequest request = request_to("POST", {{"X-A", "1"}, {"Host", "evil.example"}});
  request.body = "{}";
  CHECK(write_request(request, *parse_url("https://h.example:8443/p?q=1"), ConnectionUse::close) ==
        "POST /p?q=1 HTTP/1.1\r\nHost: h.example:8443\r\nX-A: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  CHECK(write_request(request_to("GET"), *parse_url("https://[::1]"), ConnectionUse::keep_alive) ==
        "GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("what would begin another header is not written") {
  const Url url = *parse_url("https://h.example/");
  CHECK_FALSE(write_request(request_to("GET", {{"X-A", "1\r\nX-B: 2"}}), url, ConnectionUse::close));
  CHECK_FALSE(write_request(request_to("GET", {{"X-A: 1\r\nX-B", "2"}}), url, ConnectionUse::close));
  CHECK_FALSE(write_request(request_to("GET", {{"X-A", std::string("1\0", 2)}}), url, ConnectionUse::close));
  CHECK_FALSE(write_request(request_to("GET / HTTP/1.1\r\n"), url, ConnectionUse::close));
}

// "200 body", "200 body cut", or what is wrong; the same whether it comes at once or byte by byte.
std::string read_back(const std::string& bytes, bool clean_end = true) {
  std::optional<std::string> first;
  for (const std::size_t step : {bytes.size() + 1, std::size_t{1}}) {
    ResponseReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += step) reader.feed(std::string_view(bytes).substr(at, step));
    if (!reader.done()) reader.end(clean_end);
    std::string text = reader.failure();
    if (reader.done()) {
      const bool keep = reader.may_keep_alive();
      const HttpResponse response = reader.take();
      text = std::to_string(response.status) + " " + response.body + (response.complete ? "" : " cut") +
             (keep ? " keep" : "");
    }
    if (first) CHECK(text == *first);
    first = text;
  }
  return *first;
}

TEST_CASE("a body ends where its length, its last chunk or the connection says") {
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody") == "200 body keep");
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: Close\r\n\r\nbody") == "200 body");
  CHECK(read_back("HTTP/1.1 200\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\nbod\r\n1\r\ny\r\n0\r\nT: 1\r\n\r\n") ==
        "200 body keep");
  CHECK(read_back("HTTP/1.1 200 OK\r\n\r\nbody") == "200 body");
  CHECK(read_back("HTTP/1.0 200 OK\nContent-Length: 4\n\nbody") == "200 body");
  CHECK(read_back("HTTP/1.1 204 No\r\n\r\n") == "204  keep");
  CHECK(read_back("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == "200  keep");
}

TEST_CASE("a body that was cut off is not a whole one") {
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody") == "200 body cut");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbody") == "200 body cut");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n") == "200 body cut");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n") == "200 body cut");
  CHECK(read_back("HTTP/1.1 200 OK\r\n\r\nbody", false) == "200 body cut");
}

TEST_CASE("what is not an answer is said to be none") {
  CHECK(read_back("") == "the connection was closed before an answer came");
  CHECK(read_back("HTTP/1.1 200 OK\r\nA: b") == "the connection was closed in the answer's header");
  CHECK(read_back("SSH-2.0-OpenSSH\r\n") == "the answer is not HTTP");
  CHECK(read_back("HTTP/1.1 OK\r\n\r\n") == "the answer has no status");
  CHECK(read_back("HTTP/1.1 2000 OK\r\n\r\n") == "the answer has no status");
  CHECK(read_back("HTTP/1.1 200 OK\r\nA B: c\r\n\r\n") == "a header of the answer is malformed");
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n") == "the answer's length is malformed");
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab") ==
        "the answer's length is malformed");
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na") ==
        "the answer has two lengths");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") ==
        "the answer's transfer encoding is unknown");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") ==
        "a chunk of the answer has no size");
  CHECK(read_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n") ==
        "a chunk of the answer is longer than it says");
  CHECK(read_back("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n") == "the answer is larger than 16 MiB");
  CHECK(read_back("HTTP/1.1 101 Switching\r\n\r\n") == "the server wants to speak another protocol");
}

TEST_CASE("a header without end is not read for ever") {
  ResponseReader reader;
  reader.feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 300 && !reader.failed(); ++i) reader.feed("A: " + std::string(1000, 'x') + "\r\n");
  CHECK(reader.failure() == "the answer's header is too long");
}

// Feeds `piece` until the reader has an opinion; `limit` times are taken for ever.
std::string failure_after(const std::string& begin, const std::string& piece, std::size_t limit) {
  ResponseReader reader;
  reader.feed(begin);
  for (std::size_t i = 0; i < limit && !reader.failed() && !reader.done(); ++i) reader.feed(piece);
  return reader.failed() ? reader.failure() : "it reads on";
}

TEST_CASE("headers are few") {
  CHECK(failure_after("HTTP/1.1 200 OK\r\n", "A:\r\n", 255) == "it reads on");
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 257; ++i) head += "A:\r\n";
  CHECK(read_back(head + "\r\n") == "the answer has more than 256 headers");
}

TEST_CASE("an answer is not announced for ever") {
  CHECK(failure_after("", "HTTP/1.1 100 Continue\r\n\r\n", 100) == "the answer is announced over and over");
  CHECK(failure_after("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 100) ==
        "the answer is announced over and over");
}

TEST_CASE("a body in chunks is no longer than another, and neither are its lines and its trailer") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(failure_after(head, "10000\r\n" + std::string(0x10000, 'x') + "\r\n", 300) ==
        "the answer is larger than 16 MiB");
  CHECK(read_back(head + "FFFFFFFFFFFFFFFF\r\n") == "the answer is larger than 16 MiB");
  CHECK(read_back(head + "10000000000000001\r\n") == "a chunk of the answer has no size");
  CHECK(failure_after(head + "1;", std::string(1000, 'x'), 10) == "a line of the answer is too long");
  CHECK(read_back(head + "1;" + std::string(5000, 'x') + "\r\n") == "a line of the answer is too long");
  CHECK(failure_after(head + "0\r\n", "T: " + std::string(1000, 'x') + "\r\n", 300) ==
        "the answer's trailer is too long");
  CHECK(failure_after(head + "0\r\n", "T:\r\n", 300'000) == "the answer's trailer is too long");
}

TEST_CASE("a body without a length is no longer than another") {
  CHECK(failure_after("HTTP/1.1 200 OK\r\n\r\n", std::string(0x10000, 'x'), 300) == "the answer is larger than 16 MiB");
}

}  // namespace
}  // namespace gild
