// SPDX-License-Identifier: Apache-2.0
// Completion scripts, made from the table of commands: a script can offer nothing that does not exist. They are static;
// pressing Tab never starts gild.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"

namespace gild {

std::string bash_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families);
std::string zsh_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families);
std::string fish_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families);

// What the three have in common.
namespace completion {

// All that `command` takes, the options of every command included.
Arguments arguments_of(const Command& command);

// A word that may follow "gild" (family empty) or the family's name, with its summary.
struct Word {
  std::string_view word;
  std::string_view summary;
};
std::vector<Word> words_after(std::string_view family, const std::vector<Command>& commands,
                              const std::vector<CommandFamily>& families);

}  // namespace completion

}  // namespace gild
