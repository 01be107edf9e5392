// SPDX-License-Identifier: Apache-2.0
// The exit status of an apply that came to its end (contract of the command; docs/commands.md has the table).
#pragma once

#include "cli/exit_code.hpp"
#include "engine/model/report.hpp"

namespace gild {

// Do desktops that policy left alone (in use, protected, excluded) count as not done?
enum class PolicySkips { are_fine, count };

// True for an end that somebody has to look after: exit status 3.
bool needs_attention(const DesktopOutcome& desktop, PolicySkips skips);

// Of a run that no Error ended.
ExitCode exit_code_of(const ApplyReport& report, PolicySkips skips);

}  // namespace gild
