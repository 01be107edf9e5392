// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/views/completion.hpp"

namespace gild {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// When this command has been named: fish's own helpers, one for each word.
std::string seen(std::string_view name) {
  const auto blank = name.find(' ');
  if (blank == std::string_view::npos) return fmt::format("__fish_seen_subcommand_from {}", name);
  return fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}", name.substr(0, blank),
                     name.substr(blank + 1));
}

std::string option_line(const std::string& when, const ArgumentSpec& spec) {
  std::string out = fmt::format("complete -c gild -n '{}' -l {}", when, spec.name.substr(2));
  if (!spec.short_name.empty()) out += fmt::format(" -s {}", spec.short_name.substr(1));
  if (!spec.value_name.empty()) {
    if (!spec.choices.empty()) {
      out += fmt::format(" -x -a '{}'", fmt::join(spec.choices, " "));
    } else {
      switch (spec.hint) {
        case ValueHint::none:
          out += " -x";
          break;
        case ValueHint::file:
          out += " -r -F";
          break;
        case ValueHint::folder:
          out += " -x -a '(__fish_complete_directories)'";
          break;
      }
    }
  }
  return out + fmt::format(" -d {}\n", quoted(spec.help));
}

std::string word_lines(const std::string& when, const std::vector<completion::Word>& words) {
  std::string out;
  for (const auto& word : words) {
    out += fmt::format("complete -c gild -n '{}' -a {} -d {}\n", when, word.word, quoted(word.summary));
  }
  return out;
}

}  // namespace

std::string fish_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families) {
  const auto top = completion::words_after({}, commands, families);
  std::string out = "# fish completion for gild, made by: gild completion fish\ncomplete -c gild -f\n";
  out += "complete -c gild -s h -l help -d 'explain the command'\n";
  out += "complete -c gild -n __fish_use_subcommand -l version -d 'the version of gild'\n";
  out +=
      "complete -c gild -n __fish_use_subcommand -s C -l chdir -x -a '(__fish_complete_directories)' -d 'run there'\n";
  out += word_lines("__fish_use_subcommand", top);
  for (const CommandFamily& family : families) {
    const auto words = completion::words_after(family.name, commands, families);
    std::string names;
    for (const auto& word : words) names.append(names.empty() ? "" : " ").append(word.word);
    out += word_lines(
        fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}", family.name, names),
        words);
  }
  for (const Command& command : commands) {
    const std::string when = seen(command.name);
    const Arguments arguments = completion::arguments_of(command);
    for (const ArgumentSpec& spec : arguments.options()) out += option_line(when, spec);
    for (const ArgumentSpec& spec : arguments.positional_specs()) {
      if (!spec.choices.empty())
        out += fmt::format("complete -c gild -n '{}' -a '{}'\n", when, fmt::join(spec.choices, " "));
      if (spec.hint == ValueHint::file) out += fmt::format("complete -c gild -n '{}' -F\n", when);
      if (spec.hint == ValueHint::folder) {
        out += fmt::format("complete -c gild -n '{}' -a '(__fish_complete_directories)'\n", when);
      }
    }
    if (command.name == "help") out += word_lines(when, top);
  }
  return out;
}

}  // namespace gild
