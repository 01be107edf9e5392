// SPDX-License-Identifier: Apache-2.0
// What an answer says when it says no: all the shapes of W 8.1, and how long it asks to wait. Pure.
#pragma once

#include <optional>
#include <string>

#include "engine/model/journal_record.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

struct ParsedError {
  ServiceError error;     // the status always; a message in any case
  bool has_code = false;  // the body has an error_code: the service, or its gateway, said it itself (W 8.1)
};
ParsedError parse_error(const HttpResponse& response);

// X-Request-Id, IAM's X-IAM-Trace-Id, or the body's request_id.
std::string request_id_of(const HttpResponse& response);

// "403 WKS.00010099: the text (request id 8a53…)"; control characters escaped.
std::string describe(const ServiceError& error);

// The error of a request that got no answer.
ServiceError no_answer(std::string why);

// Retry-After in seconds or as a date (seen from the answer's own Date), else the window named in the text
// ("limit:100,time:1 minute"); nullopt where there is neither.
std::optional<Duration> asked_wait(const HttpResponse& response);

}  // namespace gild
