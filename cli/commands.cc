// SPDX-License-Identifier: Apache-2.0
// The table of all commands. A new command is one line here.
#include "cli/commands/commands.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/embedded.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// "rm" of "state rm" where `family` is "state"; empty for a command of another family or none.
std::string_view word_within(const Command& command, std::string_view family) {
  const bool within = command.name.size() > family.size() && command.name.substr(0, family.size()) == family &&
                      command.name[family.size()] == ' ';
  return within ? command.name.substr(family.size() + 1) : std::string_view{};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names) {
  const auto near = nearest(word, names);
  return near ? fmt::format(" Did you mean \"{}\"?", *near) : std::string{};
}

[[noreturn]] void fail_unknown(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name.substr(0, command.name.find(' ')));
  throw Error(ErrorKind::usage,
              fmt::format("gild has no command \"{}\".{}", escape_controls(word), did_you_mean(word, names)),
              "See what there is:\n\n    gild help");
}

[[noreturn]] void fail_in_family(const CommandFamily& family, const std::vector<std::string>& words) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    if (const auto word = word_within(command, family.name); !word.empty()) names.push_back(word);
  }
  const bool missing = words.size() < 2 || words[1].empty() || words[1][0] == '-';
  throw Error(ErrorKind::usage,
              missing ? fmt::format("gild {} needs a second word, one of {}.", family.name,
                                    join_and({names.begin(), names.end()}))
                      : fmt::format("gild {} has no command \"{}\".{}", family.name, escape_controls(words[1]),
                                    did_you_mean(words[1], names)),
              fmt::format("See what there is:\n\n    gild help {}", family.name));
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      // describe
      init_command(),
      validate_command(),
      // plan
      plan_command(),
      show_command(),
      // act
      apply_command(),
      // watch
      status_command(),
      history_command(),
      refresh_command(),
      drift_command(),
      state_list_command(),
      state_show_command(),
      state_rm_command(),
      state_mv_command(),
      state_resolve_command(),
      state_pull_command(),
      state_push_command(),
      state_migrate_command(),
      state_unlock_command(),
      // tools
      emulator_command(),
      schema_command(),
      completion_command(),
      help_command(),
      version_command(),
  };
  return table;
}

const std::vector<CommandFamily>& command_families() {
  static const std::vector<CommandFamily> table{
      {"state", "list, show and mend what is recorded"},
  };
  return table;
}

const CommandFamily* find_family(std::string_view word) {
  const auto& table = command_families();
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& family) { return family.name == word; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view help_body(std::string_view name) {
  std::string file = fmt::format("{}.md", name);
  std::replace(file.begin(), file.end(), ' ', '-');
  return embedded::help(file);
}

FoundCommand find_command(const std::vector<std::string>& words) {
  const CommandFamily* family = find_family(words[0]);
  const std::string name = family != nullptr && words.size() > 1 ? words[0] + " " + words[1] : words[0];
  for (const Command& command : commands()) {
    if (command.name == name) return {command, family == nullptr ? std::size_t{1} : std::size_t{2}};
  }
  if (family != nullptr) fail_in_family(*family, words);
  fail_unknown(words[0]);
}

}  // namespace gild
