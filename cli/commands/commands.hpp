// SPDX-License-Identifier: Apache-2.0
// The rows of the command table, one function for each file beside this one, and what they share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace gild {

Command apply_command();
Command completion_command();
Command drift_command();
Command emulator_command();
Command help_command();
Command history_command();
Command init_command();
Command plan_command();
Command refresh_command();
Command schema_command();
Command show_command();
Command state_list_command();
Command state_migrate_command();
Command state_mv_command();
Command state_pull_command();
Command state_push_command();
Command state_resolve_command();
Command state_rm_command();
Command state_show_command();
Command state_unlock_command();
Command status_command();
Command validate_command();
Command version_command();

// What `gild help WORD…` says; general help where there are no words. Throws Error(usage) where no command is named so.
std::string help_on(const std::vector<std::string>& words, std::size_t width, const Style& style);

}  // namespace gild
