// SPDX-License-Identifier: Apache-2.0
#include "cli/apply_exit.hpp"

#include <algorithm>

namespace gild {

bool needs_attention(const DesktopOutcome& desktop, PolicySkips skips) {
  switch (desktop.end) {
    case DesktopEnd::ready:
    case DesktopEnd::already:
    case DesktopEnd::rebuilding:  // --no-wait; its job is recorded
    case DesktopEnd::waiting:     // --no-wait, or a pause, which counts for itself
      return false;
    case DesktopEnd::held:
      return skips == PolicySkips::count || !desktop.hold || !is_policy(*desktop.hold);
    case DesktopEnd::failed:
    case DesktopEnd::unhealthy:
    case DesktopEnd::unknown:
    case DesktopEnd::refused:
    case DesktopEnd::settling:
      return true;
  }
  return true;
}

ExitCode exit_code_of(const ApplyReport& report, PolicySkips skips) {
  if (report.interrupted) return ExitCode::interrupted;
  if (report.nothing_else_to_do) return ExitCode::refused;
  const bool attention = std::any_of(report.desktops.begin(), report.desktops.end(),
                                     [&](const DesktopOutcome& desktop) { return needs_attention(desktop, skips); });
  return attention || report.barred || !report.paused.empty() ? ExitCode::incomplete : ExitCode::ok;
}

}  // namespace gild
