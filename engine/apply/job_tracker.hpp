// SPDX-License-Identifier: Apache-2.0
// What the sub-jobs of an accepted job say about its desktops, and when a desktop that is followed has run out of time.
// Pure: the applier reads, asks here, and records what it is told.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/inventory.hpp"
#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

// A desktop is waited for during its delay_time and this much longer, then it is `unknown` (contract 7, "Time-outs").
// Its job is looked at beyond that, for as long as the service has it.
inline constexpr std::chrono::minutes kFollowLimit{60};
// After SUCCESS the image must be seen within this time, else the desktop is `unhealthy` (contract 7, step 6).
inline constexpr std::chrono::minutes kVerifyLimit{20};

struct JobNews {
  std::vector<DesktopId> succeeded;      // newly: their image is to be verified from now on
  std::vector<FinishedDesktop> ended;    // failed, unknown, or newly overdue
  std::size_t waiting = 0, running = 0;  // sub-jobs, for progress
  bool ask_for_overall_job = false;      // nothing is open in the list, yet desktops are missing from it
};

// `now`: the service's clock at the look. Desktops already verifying are left alone.
JobNews read_job_news(const Job& job, const SubJobLook& look, Time now);

// For desktops missing from a complete list in which nothing is open: what the overall job says about them.
// `missed_for`: how long the service has not known the job, by its clock; nullopt: it knows it, or did until now. A
// vanished job's desktops are unknown, and count as under way until the time is up in which a rebuild can run.
std::vector<FinishedDesktop> judge_missing(const Job& job, const SubJobLook& look, const JobSummary& overall,
                                           std::optional<std::chrono::seconds> missed_for, std::chrono::seconds spacing,
                                           Time now);

// Step 6: SUCCESS is believed once the desktop shows the image, has no task, and is not in ERROR.
enum class Health { ready, not_yet, unhealthy };
struct Verdict {
  Health health = Health::not_yet;
  std::string reason;  // what is missing
};
Verdict verify(const Target& target, const LiveDesktop* live, Time since, Time now);

// "WKS.0001: disk creation failed", from what a sub-job or job gives.
std::string failure_text(const std::string& code, const std::string& reason);

}  // namespace gild
