// SPDX-License-Identifier: Apache-2.0
// JSON ↔ model, for each call that gild makes (W 1–3, 7.1). Pure. Optional fields may be missing; a field on which a
// decision hangs and that has the wrong type is an Error(service) and never a guess.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cloud/credentials.hpp"
#include "engine/model/inventory.hpp"
#include "engine/model/rebuild.hpp"

namespace gild {

// POST …/desktops/rebuild. Absent fields are left out, never null.
std::string encode_rebuild(const RebuildRequest& request);
struct DecodedJobId {
  std::optional<JobId> job;  // one string of 1 to 255 plain characters
  bool is_object = false;    // the body is a JSON object
  bool present = false;      // it has a job_id, be it readable or not
  bool has_error_code = false;
};
DecodedJobId decode_job_id(std::string_view body);

// GET …/desktops/detail
struct DecodedDesktops {
  std::vector<LiveDesktop> desktops;
  std::optional<std::int64_t> total;
};
DecodedDesktops decode_desktops(std::string_view body);

// GET …/workspace-sub-jobs
struct DecodedSubJobs {
  std::vector<SubJob> sub_jobs;
  std::vector<std::string> job_types;  // of each, "" where it has none
  std::optional<std::int64_t> total;
};
DecodedSubJobs decode_sub_jobs(std::string_view body);

// GET …/workspace-jobs/{job_id}
JobSummary decode_job(std::string_view body);

// POST …/v3/auth/tokens
std::string encode_token_request(const PasswordCredentials& credentials, std::string_view project_id);
struct TokenTimes {
  std::optional<Time> issued_at;
  std::optional<Time> expires_at;
};
TokenTimes decode_token_times(std::string_view body);  // nothing where it cannot be read

SubJobStatus parse_sub_job_status(std::string_view text);

}  // namespace gild
