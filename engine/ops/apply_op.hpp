// SPDX-License-Identifier: Apache-2.0
// `gild apply`: carries out a saved plan, or plans under the lock, asks, and carries that out. Everything is on disk,
// and the lock let go of, when these return.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/apply/applier.hpp"
#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/ops/narrowing.hpp"
#include "engine/ops/op_deps.hpp"
#include "engine/ops/refresh_op.hpp"
#include "engine/plan/approval.hpp"

namespace gild {

struct ApplyLimits {
  std::optional<std::size_t> max_rebuilds;  // refuse to begin where the plan would wipe more desktops than this
  std::vector<Guardrails> guardrails = {};  // those of the manifests too, where it is planned from them
};

// Throws Error(refused) where the plan would wipe more than `limits` allow, or breaks a guardrail that needs no date.
// `plan` and apply ask the same question.
void check_limits(const Plan& plan, const ApplyLimits& limits);

// Groups of the plan with something to wipe that stand still because of failures.
std::vector<PausedGroup> paused_groups(const Plan& plan, const State& state);

enum class Answer {
  no,
  yes,         // but groups that failures paused stay paused
  yes_to_all,  // and those go on too: their failures so far are acknowledged
};

struct ApplyResult {
  std::optional<Plan> plan;           // what was carried out; nullopt: it did not come to a plan
  std::optional<ApplyReport> report;  // nullopt: nothing was begun
  bool declined = false;              // the answer was no
  bool interrupted = false;
  // Why it could not go on, or that the results could not be stored. What `report` says happened all the same.
  std::optional<Error> failure;
};

// Throws what run_locked() throws; everything later is in the result.
ApplyResult apply_saved_plan(const OpDeps& deps, const Plan& plan, const ApplyLimits& limits,
                             const ApplyOptions& options, std::stop_token stop);

struct ApplyRequest {
  const Manifest& manifest;
  Narrowing narrowing;
  ApplyLimits limits;
  bool refresh = false;  // read the live desktops into the state first
  ApplyOptions options;
  const Approval* approved = nullptr;  // nothing beyond it; nullptr: whatever the manifests say
};

// Asked once, where the plan would wipe something. `paused`: groups that failures paused. May throw; then nothing is
// begun.
using AskToApply = std::function<Answer(const Plan& plan, const std::vector<PausedGroup>& paused)>;
// Told what a refresh before the plan came to.
using TellRefresh = std::function<void(const RefreshReport& report)>;

// With `approved` nothing is sent that was not approved; Error(refused) says what would have been.
ApplyResult plan_and_apply(const OpDeps& deps, const ApplyRequest& request, const AskToApply& ask,
                           const TellRefresh& tell_refresh, std::stop_token stop);

}  // namespace gild
