// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: the one loop that submits what may be submitted, waits, records, and repeats until every desktop
// has an end. Reaches the world only through its Deps.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/plan.hpp"
#include "engine/model/report.hpp"
#include "engine/model/state.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "engine/seams/observer.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

struct ApplyDeps {
  CloudConnector& clouds;
  Clock& clock;
  Journal& journal;
  Observer& observer;
};

struct ApplyOptions {
  bool wait = true;     // false: send what the limits allow now, record job ids, end
  bool resume = false;  // acknowledge the failures of paused groups and go on with them
  // Under way by a request of before; where that turns out not to have been received, they are reported and not sent.
  std::set<DesktopKey> not_again = {};
  // Asked before each batch. An answer says why nothing more may be sent in this run; what is under way is followed.
  std::function<std::optional<std::string>()> why_not_send = {};
};

// Is this plan still the one for this state (contract 6)? Throws Error(refused) saying what moved. True: it goes on
// with the state's open rollout.
bool check_plan(const Plan& plan, const std::string& digest, const State& state);

// The plan must have passed check_plan() before anything was appended. Where the run cannot go on (service, storage)
// the report says so in `failure` and still accounts for every desktop; what was sent until then is in the journal. A
// request to stop is answered by an early, orderly return. Nothing is thrown but broken invariants.
ApplyReport apply_plan(const Plan& plan, const std::string& digest, const ApplyDeps& deps, const ApplyOptions& options,
                       std::stop_token stop);

// One look at everything that is open from before, in these workspaces: adopts, follows, verifies, settles where
// evidence allows. Sends nothing, waits for nothing. Refresh never decides "not received" (contract 7). `delays`:
// today's delay_time per group; an accepted rebuild may stay invisible for that long. Throws Error, and Interrupted on
// a stop.
enum class SettleRule { full, never_not_received };
void look_at_open(const std::vector<Workspace>& workspaces, const ApplyDeps& deps, SettleRule rule,
                  std::stop_token stop, const std::map<GroupName, std::chrono::minutes>& delays = {});

}  // namespace gild
