// SPDX-License-Identifier: Apache-2.0
// What a lost answer meant, decided from evidence alone (contract 7, "A lost answer"). Pure. The rule that carries
// everything: an accepted rebuild shows itself, by a sub-job, a task or another image, within the request's delay_time
// plus the Workspace's settle_seconds. Nothing is sent again on hope or on time alone.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/inventory.hpp"
#include "engine/model/state.hpp"

namespace gild {

// How long an accepted request of this intent may stay invisible: the larger of what held then and what holds today.
std::chrono::seconds invisible_for(const Intent& intent, std::chrono::minutes todays_delay,
                                   std::chrono::seconds todays_settle);

// Two looks that prove something are at least this far apart.
std::chrono::seconds look_spacing(std::chrono::seconds settle);

// One look at the desktops of an intent, as it goes into the journal. nullopt where an answer had no `Date`: then it
// proves nothing. Its time is that of the earlier answer, so that everything in it was seen at that time or later.
std::optional<Look> make_look(const Intent& intent, const SubJobLook& sub_jobs, const Inventory& inventory);

struct AdoptedDesktop {
  DesktopId id;
  SubJobId sub_job;
  JobId job;
};
struct Settlement {
  std::vector<AdoptedDesktop> adopted;
  std::vector<DesktopId> not_received;
  std::vector<DesktopId> ready;                            // shows the target image, though no job was found
  std::vector<std::pair<DesktopId, std::string>> unknown;  // with the reason
  bool empty() const { return adopted.empty() && not_received.empty() && ready.empty() && unknown.empty(); }
};

struct SettleInput {
  const Intent& intent;               // its looks include the newest one
  const SubJobLook& sub_jobs;         // of the newest look
  const Inventory& inventory;         // of the newest look
  std::chrono::seconds invisible{0};  // invisible_for()
  std::chrono::seconds spacing{60};   // look_spacing()
  // True where a job id is known to belong to another request of ours.
  std::function<bool(const JobId&)> is_another_job_of_ours;
  // All sub-jobs of a candidate job, read by its id; the look must be complete for the job to be adopted.
  std::function<SubJobLook(const JobId&)> sub_jobs_of;
};

Settlement settle(const SettleInput& input);

// How much longer, by the service's clock, until the proof can be complete for the first of its desktops that still may
// be proven; nullopt where time alone will not settle any of them. Zero or less: at the next look.
std::optional<std::chrono::seconds> time_to_proof(const Intent& intent, std::chrono::seconds invisible,
                                                  std::chrono::seconds spacing);

}  // namespace gild
