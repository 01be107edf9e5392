// SPDX-License-Identifier: Apache-2.0
// What a run leaves for GitHub Actions, where that asks for it by its variables: a summary for the page of the run
// (GITHUB_STEP_SUMMARY), and values for later steps (GITHUB_OUTPUT). Both are files to append to. Nothing depends on
// them: where one cannot be written there is a warning.
#pragma once

#include "cli/app.hpp"
#include "cli/views/run_report.hpp"
#include "engine/model/plan.hpp"

namespace gild {

bool github_asks(const App& app);
void leave_for_github(App& app, const Plan& plan) noexcept;
void leave_for_github(App& app, const RunReport& report) noexcept;

}  // namespace gild
