// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/views/completion.hpp"

namespace gild {
namespace {

// Within single quotes of zsh, and within the [ ] and : of _arguments and _describe.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string action_of(const ArgumentSpec& spec) {
  if (!spec.choices.empty()) return fmt::format("({})", fmt::join(spec.choices, " "));
  switch (spec.hint) {
    case ValueHint::none:
      return "";
    case ValueHint::file:
      return "_files";
    case ValueHint::folder:
      return "_files -/";
  }
  return "";
}

std::string option_specs(const ArgumentSpec& spec) {
  const std::string value =
      spec.value_name.empty() ? std::string{} : fmt::format(":{}:{}", spec.value_name, action_of(spec));
  const std::string_view star = spec.repeatable ? "*" : "";
  const std::string help = quoted(spec.help);
  std::string out =
      fmt::format(" \\\n        '{}{}{}[{}]{}'", star, spec.name, spec.value_name.empty() ? "" : "=", help, value);
  if (!spec.short_name.empty()) out += fmt::format(" \\\n        '{}{}[{}]{}'", star, spec.short_name, help, value);
  return out;
}

std::string command_case(const Command& command, std::string_view word) {
  const Arguments arguments = completion::arguments_of(command);
  std::string out = fmt::format("      {})\n        _arguments", word);
  for (const ArgumentSpec& spec : arguments.options()) out += option_specs(spec);
  out += " \\\n        '(-h --help)'{-h,--help}'[explain the command]'";
  for (const ArgumentSpec& spec : arguments.positional_specs()) {
    if (command.name == "help") {
      out += " \\\n        '*:COMMAND:_gild_commands'";
    } else {
      out += fmt::format(" \\\n        '{}:{}:{}'",
                         spec.repeatable ? "*"
                         : spec.required ? "1"
                                         : ":",
                         spec.name, action_of(spec));
    }
  }
  return out + " ;;\n";
}

std::string word_list(std::string_view function, const std::vector<completion::Word>& words) {
  std::string out = fmt::format("{}() {{\n  local -a words_here=(\n", function);
  for (const auto& word : words) out += fmt::format("    '{}:{}'\n", word.word, quoted(word.summary));
  return out + "  )\n  _describe -t commands 'command' words_here\n}\n\n";
}

// The word after which `case` chooses: $words[1] within '*::', which shifts the words that are done.
std::string dispatcher(std::string_view function, std::string_view describe, const std::string& cases, bool top) {
  std::string out = fmt::format("{}() {{\n  local curcontext=$curcontext state line\n  _arguments -C", function);
  if (top) {
    out +=
        " \\\n    '(-C --chdir)'{-C,--chdir}'[run there]:DIR:_files -/' \\\n    '--no-color[no colours]' \\\n"
        "    '--version[the version of gild]'";
  }
  out +=
      fmt::format(" \\\n    '(-h --help)'{{-h,--help}}'[explain]' \\\n    '1: :{}' \\\n    '*:: :->rest'\n", describe);
  return out + "  [[ $state == rest ]] || return\n  case $words[1] in\n" + cases + "  esac\n}\n\n";
}

}  // namespace

std::string zsh_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families) {
  std::string out = "#compdef gild\n# zsh completion for gild, made by: gild completion zsh\n\n";
  out += word_list("_gild_commands", completion::words_after({}, commands, families));
  std::string top_cases;
  for (const CommandFamily& family : families) {
    std::string cases;
    for (const Command& command : commands) {
      const auto blank = command.name.find(' ');
      if (blank == std::string_view::npos || command.name.substr(0, blank) != family.name) continue;
      cases += command_case(command, command.name.substr(blank + 1));
    }
    out += word_list(fmt::format("_gild_{}_commands", family.name),
                     completion::words_after(family.name, commands, families));
    out +=
        dispatcher(fmt::format("_gild_{}", family.name), fmt::format("_gild_{}_commands", family.name), cases, false);
    top_cases += fmt::format("      {}) _gild_{} ;;\n", family.name, family.name);
  }
  for (const Command& command : commands) {
    if (command.name.find(' ') == std::string_view::npos) top_cases += command_case(command, command.name);
  }
  out += dispatcher("_gild", "_gild_commands", top_cases, true);
  // Sourced from .zshrc it registers itself; as a file of the fpath it is called.
  return out + "if [[ $funcstack[1] == _gild ]]; then _gild \"$@\"; else compdef _gild gild; fi\n";
}

}  // namespace gild
