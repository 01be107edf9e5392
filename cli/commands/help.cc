// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.hpp"
#include "cli/views/help_text.hpp"

namespace gild {
namespace {

struct HelpOptions {
  std::vector<std::string> words;
};

void declare(Arguments& arguments, HelpOptions& options) {
  arguments.positionals("COMMAND", options.words, "the command to explain (default: list them all)");
}

ExitCode run(App& app, const HelpOptions& options) {
  app.out.write(help_on(options.words, app.out.width(), app.style_of(app.out)));
  return ExitCode::ok;
}

}  // namespace

std::string help_on(const std::vector<std::string>& words, std::size_t width, const Style& style) {
  if (words.empty()) return general_help(commands(), command_families(), width, style);
  if (const CommandFamily* family = find_family(words[0]); family != nullptr && words.size() == 1) {
    return family_help(*family, commands(), width, style);
  }
  const Command& command = find_command(words).command;
  Arguments arguments;
  const auto perform = command.prepare(arguments);
  EverywhereOptions everywhere;
  add_everywhere(arguments, everywhere);
  return command_help(command, arguments, width, style);
}

Command help_command() {
  return make_command<HelpOptions>("help", "explain a command", CommandGroup::tools, declare, run);
}

}  // namespace gild
