// SPDX-License-Identifier: Apache-2.0
// What an answer means: the table of contract 7 for the rebuild request, and whether a read is worth another try. Pure.
#pragma once

#include "engine/model/rebuild.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

// Where in doubt: lost. A lost answer costs half an hour of patience, a wrong "not executed" costs a disk.
Submission classify_rebuild(const HttpOutcome& outcome, const RebuildRequest& request);

// The request was never sent, because there was no token for it; `outcome` is what became of asking for one.
SubmissionNotExecuted classify_token_failure(const HttpOutcome& outcome);

enum class ReadVerdict {
  answered,      // 2xx with a JSON object
  unauthorized,  // 401
  try_again,     // no connection, no whole answer, 408, 429, 5xx
  garbled,       // 2xx, but not JSON: a captive portal, a maintenance page
  certificate,   // hopeless
  refused,       // any other answer; another try would get the same
};
ReadVerdict judge_read(const HttpOutcome& outcome);

// The error in an outcome that is not a success.
ServiceError error_of(const HttpOutcome& outcome);

}  // namespace gild
