// SPDX-License-Identifier: Apache-2.0
// One call to the emulated service and its answer, as bytes: what stands between the service's logic and a socket.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/time.hpp"

namespace gild::emulator {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;   // percent-encoded, without the query
  std::string query;  // percent-encoded, without the question mark
  Headers headers;
  std::string body;
  bool from_this_machine = true;

  // Case-insensitive; empty where there is none.
  std::string_view header(std::string_view name) const;
};

struct Answer {
  enum class Ending {
    whole,
    half,    // the connection ends in the middle of the body
    silent,  // the connection ends without an answer
    reset,   // the connection is reset without an answer
  };
  int status = 200;
  std::string content_type = "application/json";
  Headers headers;
  std::string body;
  Ending ending = Ending::whole;
  Duration delay{0};  // before it is sent
};

// Decodes %XX; a plus sign stays a plus sign. Malformed escapes stay as they are.
std::string percent_decoded(std::string_view text);
// W 7.2, step 3: everything but A–Z a–z 0–9 - _ . ~ as %XX.
std::string percent_encoded(std::string_view text);
// The parameters of a query, decoded, in their order; a repeated key comes repeatedly.
std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view query);
// The path's segments, decoded: "/v2/a%20b/c" → {"v2", "a b", "c"}.
std::vector<std::string> path_segments(std::string_view path);

}  // namespace gild::emulator
