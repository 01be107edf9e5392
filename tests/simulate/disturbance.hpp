// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a simulated rollout, as data: a schedule of disturbances is drawn from a seed, can be printed, and
// can be cut down to the ones that matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gild::simulate {

enum class Kind {
  // What becomes of a rebuild request and its answer.
  answer_lost_before,  // the request never arrived
  answer_lost_after,   // it was carried out, and no answer came
  connection_reset,    // likewise
  half_an_answer,      // likewise, and half an answer came
  proxy_page_before,   // an HTML page of something in between; not carried out
  proxy_page_after,    // the same, but carried out
  late_answer,         // the answer takes up to two minutes
  repeated_answer,     // carried out, but the answer is the one to an earlier request
  error_500_before,
  error_500_after,
  error_502_before,
  error_502_after,
  error_503_before,
  error_503_after,
  error_504_before,
  error_504_after,
  throttled_with_wait,  // 429 with Retry-After
  throttled,            // 429 without
  gateway_without_iam,  // 503 with APIGW.0613
  unauthorized,         // 401
  unreachable,          // no connection
  certificate,          // the certificate does not verify
  refused_400,
  refused_403,
  refused_404,
  refused_405,
  refused_413,
  refused_414,
  refused_by_name,  // 404 that names a desktop which is still there
  // What becomes of reads.
  read_fails_500,
  read_fails_502,
  read_fails_503,
  read_fails_504,
  read_throttled,
  read_unauthorized,
  read_refused,
  read_proxy_page,
  read_half,
  read_lost,
  read_late,
  read_unreachable,
  // How the service shows things.
  sub_jobs_late,    // within settle_seconds
  records_dropped,  // of ended jobs
  newest_first,
  scrambled_list,
  unstable_list,  // pages overlap and leave gaps
  small_pages,
  long_list,          // more than a page of old records
  list_beyond_reach,  // more than paging can show
  image_early,
  image_late,
  image_after_failure,
  task_during_delay,
  running_during_delay,
  task_gap,
  task_lags,
  other_end_word,
  no_date,  // answers do not tell the service's time
  few_reads_allowed,
  few_writes_allowed,
  // 409, and what it means.
  conflict_refuses_all,
  conflict_executed_in_part,
  conflict_fails_in_job,
  // Jobs.
  job_fails,
  job_hangs,
  success_without_image,
  some_jobs_fail,
  poisoned_image,
  // Somebody else.
  console_rebuild_to_same,
  console_rebuild_to_other,
  console_rebuild_before_request,
  desktop_vanishes,
  desktop_vanishes_before_request,
  desktop_gets_busy,
  desktop_gets_busy_before_request,
  user_logs_on,
  user_logs_on_before_request,
  desktop_hibernates,
  desktop_frozen,
  job_record_deleted,
  // The process.
  power_cut,             // unsynced bytes and names are lost in every way we know of
  killed,                // the process dies, the disk stays
  power_cut_at_request,  // within the rebuild call: before or after it was carried out
  interrupt,
  interrupt_during_request,
  // The disk.
  write_fails,
  sync_fails,
  rename_fails,
  create_fails,
  disk_full,
  disk_fails_for_good,
  no_reservation,
  // The clock of this machine.
  clock_ahead,
  clock_behind,
  clock_jumps_ahead,
  clock_jumps_back,
  // What people do meanwhile.
  saved_plan,
  no_wait,
  resume,
  refresh_first,
  errored_state_pushed,
  new_image,
  new_revision,
  smaller_limits,
  desktop_leaves_manifest,
  desktop_protected,
  // Beyond what gild assumes of the service (contract 7): counted apart.
  beyond_sub_jobs_too_late,
  beyond_sub_jobs_never,
  beyond_records_dropped_and_image_late,
  kCount,
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kCount);

std::string_view name_of(Kind kind);  // "answer lost after"
bool beyond_assumptions(Kind kind);

struct Disturbance {
  Kind kind = Kind::answer_lost_before;
  std::size_t site = 0;     // which Workspace
  std::size_t run = 0;      // which of gild's runs, where it belongs to one
  std::size_t at = 1;       // the number of a call or request, counted from 1
  std::size_t count = 1;    // how many of them
  std::size_t desktop = 0;  // index into the fleet, where it concerns one
  std::int64_t value = 0;   // milliseconds, or which of a few ways
};
std::string describe(const Disturbance& disturbance);

}  // namespace gild::simulate
