// SPDX-License-Identifier: Apache-2.0
#include "cli/views/completion.hpp"

#include "cli/commands/commands.hpp"

namespace gild {
namespace {

enum class Shell { bash, zsh, fish };

struct CompletionOptions {
  Shell shell = Shell::bash;
};

void declare(Arguments& arguments, CompletionOptions& options) {
  arguments.positional_choice<Shell>("SHELL", options.shell,
                                     {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}},
                                     "the shell to make it for");
}

std::string script_for(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return bash_completion(commands(), command_families());
    case Shell::zsh:
      return zsh_completion(commands(), command_families());
    case Shell::fish:
      return fish_completion(commands(), command_families());
  }
  return {};
}

ExitCode run(App& app, const CompletionOptions& options) {
  app.out.write(script_for(options.shell));
  return ExitCode::ok;
}

}  // namespace

Command completion_command() {
  return make_command<CompletionOptions>("completion", "completion for a shell", CommandGroup::tools, declare, run);
}

}  // namespace gild
