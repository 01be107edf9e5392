// SPDX-License-Identifier: Apache-2.0
// What `gild help` and `gild COMMAND --help` say, made from the table of commands and what each declares.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/style.hpp"

namespace gild {

// "gild plan [PATH…] [options]"
std::string usage_line(std::string_view name, const Arguments& arguments);

std::string general_help(const std::vector<Command>& commands, const std::vector<CommandFamily>& families,
                         std::size_t width, const Style& style);
// Of "state": the commands that share the word.
std::string family_help(const CommandFamily& family, const std::vector<Command>& commands, std::size_t width,
                        const Style& style);
std::string command_help(const Command& command, const Arguments& arguments, std::size_t width, const Style& style);

}  // namespace gild
