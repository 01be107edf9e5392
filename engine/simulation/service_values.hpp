// SPDX-License-Identifier: Apache-2.0
// What the model of the Workspace service is made of: what it holds, the questions about the real service that nobody
// has answered yet (as knobs), and its own record of what was done to it, by which tests judge gild.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/image.hpp"
#include "engine/model/inventory.hpp"
#include "engine/model/rebuild.hpp"

namespace gild {

// The service's own clock.
using ServiceInstant = std::chrono::sys_time<std::chrono::milliseconds>;
// Where simulated time begins: 2026-11-23T21:00:00Z.
inline constexpr ServiceInstant kServiceEpoch{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} +
                                              std::chrono::hours{21}};

struct ServiceImage {
  ImageRef ref;
  std::string name;
  int min_disk_gb = 40;
  std::string architecture = "x86";
};

struct ServiceDesktop {
  LiveDesktop live;  // what a read shows
  std::optional<std::string> pool_id;
  std::string user_name;
  bool maintenance = false;
  std::string order_id;  // of the purchase; empty: pay-per-use
  ServiceInstant created{};
};

// What becomes of the rebuilds of one desktop.
struct Fate {
  enum class End {
    success,
    failure,
    never,                  // the job runs for ever
    success_without_image,  // SUCCESS, but the desktop keeps showing the old image
  };
  End end = End::success;
  std::string error_code = "WKS.00010501";
  std::string fail_reason = "The system disk cannot be created from the image.";
};

// When a read shows the new image (W 9.4).
enum class ImageShown { at_end, at_start };

// What a batch with a desktop that cannot be rebuilt comes to (W 1.1, W 9.4).
enum class DeniedDesktop {
  refuses_all,    // 409, nothing happens
  rest_executed,  // 409, and the others are rebuilt all the same
  fails_in_job,   // 200, and its sub-job fails
};

// Order of the sub-job list (W 9.4).
enum class ListOrder {
  oldest_first,
  newest_first,
  scrambled,  // no recognisable order, but always the same one
  unstable,   // another one at every call: pages overlap and leave gaps
};

// How the overall job says that it has ended (W 2.5).
enum class EndWord { complete, success_or_fail };

// The open questions of W 9.4 and the pace. The defaults are the service as documented, at a lively pace.
struct ServiceKnobs {
  Duration job_min{60'000};  // how long one desktop's rebuild takes, after the delay
  Duration job_max{300'000};
  Duration minute{60'000};  // how long a minute of delay_time lasts: demonstrations shorten it

  Duration sub_jobs_listed_after{0};
  bool sub_jobs_never_listed = false;
  ListOrder list_order = ListOrder::oldest_first;
  EndWord end_word = EndWord::complete;
  std::optional<Duration> records_kept;  // job and sub-jobs vanish that long after the job's end; nullopt: never

  ImageShown image_shown = ImageShown::at_end;
  Duration image_late{0};  // after SUCCESS
  bool image_changes_on_failure = false;

  bool task_during_delay = false;     // task_status is filled while the user may still save work
  bool running_during_delay = false;  // sub-job RUNNING instead of WAITING in that time
  Duration task_gap{0};               // task_status is empty for that long in the middle of a rebuild
  Duration task_lags{0};              // task_status is still filled for that long after the sub-job's end

  DeniedDesktop denied_desktop = DeniedDesktop::refuses_all;
  std::set<std::string> denied_statuses{"HIBERNATED"};
  bool accepts_second_rebuild = false;  // of a desktop that is under way: wipes it twice
  std::string status_after_success = "ACTIVE";
  std::string status_after_failure = "ERROR";
  double failure_rate = 0;  // of all rebuilds

  int reads_per_minute = 0;  // 0: no limit
  int writes_per_minute = 0;

  int max_detail_page = 100;  // W 3.2: the page says 500, the schema 1000, the answer's schema 100

  bool short_ids = false;  // of jobs and sub-jobs: "job-17" instead of a UUID, for who makes millions of them
};

// "The service said no": HTTP status, code and text.
struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
};
template <class Value>
using Reply = std::variant<Value, Refusal>;

struct DesktopQuery {
  std::vector<DesktopId> ids;  // at most 100; empty: all
  std::optional<std::string> status, desktop_type, pool_id, computer_name, login_status;
  std::optional<ImageId> image_id;
  std::int64_t offset = 0;
  std::int64_t limit = 100;
};
struct DesktopPage {
  std::vector<ServiceDesktop> desktops;
  std::size_t total = 0;
};

struct ServiceSubJob {
  SubJob shown;
  ImageRef image;
  ServiceInstant created{}, listed_from{}, begins{}, ends{};
  Fate fate;
  std::size_t request = 0;  // number of the request that made it; 0: somebody else's
  bool ended = false;
  bool forgotten = false;
};
struct SubJobQuery {
  std::optional<JobId> job;
  std::optional<std::string> type;
  std::vector<std::string> statuses;  // WAITING, RUNNING, SUCCESS, FAILED; empty: all
  std::int64_t offset = 0;            // 0–10000
  std::int64_t limit = 1000;          // 0–1000
};
struct SubJobPage {
  std::vector<ServiceSubJob> sub_jobs;
  std::size_t total = 0;
};
struct JobView {
  JobId id;
  std::string status;  // RUNNING, or one of EndWord
  std::string error_code, fail_reason;
  ServiceInstant begun{};
  std::optional<ServiceInstant> ended;
  std::vector<ServiceSubJob> sub_jobs;
};

// The model's own record, by which runs are judged.
struct Wipe {
  DesktopId desktop;
  ServiceInstant at{};
  ImageId image;
  JobId job;
  std::size_t request = 0;  // 0: somebody else's
};
struct ReceivedRequest {
  std::size_t number = 0;  // counts from 1
  ServiceInstant at{};
  RebuildRequest request;
  std::optional<JobId> job;        // what it set off, whatever was answered
  std::optional<Refusal> refusal;  // what was answered, where it was not the job
};

}  // namespace gild
