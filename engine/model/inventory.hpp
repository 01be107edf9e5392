// SPDX-License-Identifier: Apache-2.0
// What reads of the service showed. Nothing here is believed beyond the moment of the read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"

namespace gild {

// A desktop as `desktops/detail` shows it (W 3.4). Strings keep the service's spelling; compare without case.
struct LiveDesktop {
  DesktopId id;
  std::string name;            // computer_name
  std::string status;          // ACTIVE, SHUTOFF, HIBERNATED, ERROR, "" while being deleted, or new ones
  std::string task_status;     // empty: idle (W 3.6)
  std::optional<int> process;  // progress of a task; nullopt: no task
  std::string login_status;    // W 3.7
  std::string attach_state;
  std::string desktop_type;            // DEDICATED, SHARED, POOLED
  bool frozen = false;                 // is_freeze
  std::optional<ImageId> image_id;     // metadata["metering.image_id"]; nullopt: image unknown
  std::optional<std::string> os_type;  // metadata.os_type
  std::optional<int> root_gb;
  std::optional<int> data_disks;  // nullopt: not shown
  std::vector<std::pair<std::string, std::string>> tags;

  bool has_task() const { return !task_status.empty() || process.has_value(); }
};

struct Inventory {
  std::map<DesktopId, LiveDesktop> desktops;
  std::optional<Time> service_time;  // `Date` of the last answer it was read from
};

enum class SubJobStatus { waiting, running, success, failed, other };  // W 2.5; other counts as not ended

// One desktop's part of a rebuild job (W 2.1).
struct SubJob {
  SubJobId id;
  JobId job_id;
  DesktopId desktop_id;
  SubJobStatus status = SubJobStatus::other;
  std::string status_text;  // as the service spelled it
  std::string begin_time;   // zone unknown (W 2.6): never the only evidence of anything
  std::string end_time;     // may be there while it runs (W 2.4); counts only where the status says that it has ended
  std::string error_code;
  std::string fail_reason;
  std::optional<int> process;

  bool ended() const { return status == SubJobStatus::success || status == SubJobStatus::failed; }
};

// How much of the list of rebuild sub-jobs a look saw (contract 7, "Complete").
enum class LookCompleteness {
  complete,            // distinct ids read = total_count, the same on the first and the last page
  ended_beyond_reach,  // waiting, running and failed ones complete; more succeeded than paging reaches (W 2.1)
  incomplete,
};

struct SubJobLook {
  std::vector<SubJob> sub_jobs;
  LookCompleteness completeness = LookCompleteness::incomplete;
  std::optional<Time> service_time;  // `Date` of the last page; nullopt: the answers had none
};

// One overall job (W 2.2).
struct JobSummary {
  bool found = false;  // false: the service answered 404
  bool ended = false;  // COMPLETE, SUCCESS, FAIL, FAILED
  std::string status_text;
  std::string error_code;
  std::string fail_reason;
  std::optional<Time> service_time;
};

}  // namespace gild
