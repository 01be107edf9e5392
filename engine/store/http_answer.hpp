// SPDX-License-Identifier: Apache-2.0
// What came of a request to a store over HTTP, and when to try again.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/seams/clock.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

struct HttpAnswer {
  std::optional<HttpResponse> response;  // nullopt: none came
  std::string why;                       // then
  bool sent = true;                      // false: it never left this machine
  bool final = false;                    // no use in trying again
  bool success() const { return response && response->status >= 200 && response->status < 300; }
  bool is(int status) const { return response && response->status == status; }
};

// What may be otherwise the next time. 501 stays what it is.
inline bool is_passing(const HttpResponse& response) {
  return response.status == 429 || (response.status >= 500 && response.status != 501);
}

inline HttpAnswer answer_from(HttpOutcome outcome) {
  HttpAnswer answer;
  if (const auto* not_sent = std::get_if<NotSent>(&outcome)) {
    answer.why = not_sent->why;
    answer.sent = false;
    answer.final = not_sent->certificate;
  } else if (const auto* none = std::get_if<NoAnswer>(&outcome)) {
    answer.why = none->why;
  } else if (auto& response = std::get<HttpResponse>(outcome); !response.complete) {
    answer.why = "the answer ended in the middle";
  } else {
    answer.final = !is_passing(response);
    answer.response = std::move(response);
  }
  return answer;
}

// Retry-After in seconds, at most ten minutes; nullopt where there is none.
inline std::optional<Duration> asked_to_wait(const HttpResponse& response) {
  const std::string_view text = response.header("Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds{std::min(seconds, 600)};
}

struct HttpRetries {
  int most = 2;  // after the first try
  Duration first_wait{1000};
  Duration longest_wait{30'000};
};

// Waits before try `number` (from 1), twice as long each time, or as long as the server asks; false where there are no
// more.
inline bool wait_to_retry(Clock& clock, const HttpRetries& retries, int number, const HttpAnswer& last) {
  if (last.final || number > retries.most) return false;
  Duration wait = retries.first_wait;
  for (int i = 1; i < number && wait < retries.longest_wait; ++i) wait *= 2;
  wait = std::min(wait, retries.longest_wait);
  if (last.response) wait = asked_to_wait(*last.response).value_or(wait);
  clock.sleep_until(clock.instant() + wait, {});
  return true;
}

}  // namespace gild
