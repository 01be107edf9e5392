// SPDX-License-Identifier: Apache-2.0
// A command is a row of one explicit table (commands.cc): its name, what it is for, how it is told what to do, and what
// it then does. Nothing registers itself.
//
// To add a command: write cli/commands/NAME.cc with
//
//     struct NameOptions { … };                                        // plain
//     void declare(Arguments& arguments, NameOptions& options);        // binds options to fields
//     ExitCode run(App& app, const NameOptions& options);              // does it
//     Command name_command() { return make_command<NameOptions>("name", "summary", CommandGroup::act, declare, run); }
//
// declare name_command() in cli/commands/commands.hpp, add its row to cli/commands.cc and its file to
// cli/CMakeLists.txt, and put what `gild name --help` says beyond the options into cli/commands/name.md (listed in
// cli/CMakeLists.txt too).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app.hpp"
#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"

namespace gild {

// Headings of `gild help`, in this order.
enum class CommandGroup { describe, plan, act, watch, tools };

struct Command {
  std::string_view name;     // "plan"; of a command within a family both words: "state rm"
  std::string_view summary;  // one line of `gild help`, without a full stop
  CommandGroup group = CommandGroup::tools;
  // Makes a fresh options struct, declares it in `arguments`, and returns what runs it once it is filled in.
  std::function<std::function<ExitCode(App&)>(Arguments& arguments)> prepare;
};

template <class Options>
Command make_command(std::string_view name, std::string_view summary, CommandGroup group,
                     void (*declare)(Arguments&, Options&), ExitCode (*run)(App&, const Options&)) {
  return {name, summary, group, [declare, run](Arguments& arguments) -> std::function<ExitCode(App&)> {
            const auto options = std::make_shared<Options>();  // lives as long as the function that reads it
            declare(arguments, *options);
            return [options, run](App& app) { return run(app, *options); };
          }};
}

// Every command, in the order of the help.
const std::vector<Command>& commands();

// The command that `words` begin with, and how many of them name it. Throws Error(usage) with the nearest name.
struct FoundCommand {
  const Command& command;
  std::size_t words;
};
FoundCommand find_command(const std::vector<std::string>& words);

// A first word that several commands share, as "state" of "state rm".
struct CommandFamily {
  std::string_view name;
  std::string_view summary;
};
const std::vector<CommandFamily>& command_families();
const CommandFamily* find_family(std::string_view word);

// The text of cli/commands/NAME.md ("state rm" is state-rm.md), built into the program; empty where there is none.
std::string_view help_body(std::string_view name);

}  // namespace gild
