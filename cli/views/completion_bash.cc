// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/views/completion.hpp"

namespace gild {
namespace {

using completion::arguments_of;

// Finds the command, the option whose value is asked for, and the beginning of the word. Bash splits at "="
// (COMP_WORDBREAKS), so `--format=js` arrives as three words. Needs nothing of the bash-completion package.
constexpr std::string_view kHead = R"(# bash completion for gild, made by: gild completion bash
_gild() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}
  local command= value= words= options= files= i word
  if [[ $current == = ]]; then
    current=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      -C|--chdir|--state|--format)
        [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))
        ((i++)) ;;
      -*|=) ;;
      *)
        command=${command:+$command }$word
)";

constexpr std::string_view kTail = R"(  if [[ -n $value ]]; then
    options=
  elif [[ $current == -* ]]; then
    words=$options files=
  elif [[ -z $words$files ]]; then
    words=$options
  fi
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "${words// /$'\n'}" -- "$current"))
  case $files in
    files) COMPREPLY+=($(compgen -f -- "$current")) ;;
    folders) COMPREPLY+=($(compgen -d -- "$current")) ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
}
complete -F _gild gild
)";

std::string_view files_of(ValueHint hint) {
  switch (hint) {
    case ValueHint::none:
      return "";
    case ValueHint::file:
      return "files";
    case ValueHint::folder:
      return "folders";
  }
  return "";
}

std::string joined(const std::vector<completion::Word>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word.word);
  return out;
}

// After an option that takes a value stands the value and nothing else.
std::string value_cases(const std::vector<Command>& commands) {
  std::string out =
      "  case \"$command $option\" in\n"
      "    *\" -C\"|*\" --chdir\") files=folders value=1 ;;\n"
      "    \" --state\") files=files value=1 ;;\n"
      "    \" --format\") words=\"text json\" value=1 ;;\n";
  for (const Command& command : commands) {
    const Arguments arguments = arguments_of(command);
    for (const ArgumentSpec& spec : arguments.options()) {
      if (spec.value_name.empty() || spec.name == "--chdir") continue;
      std::string pattern = fmt::format("\"{} {}\"", command.name, spec.name);
      if (!spec.short_name.empty()) pattern += fmt::format("|\"{} {}\"", command.name, spec.short_name);
      out += fmt::format("    {}) words=\"{}\" files={} value=1 ;;\n", pattern, fmt::join(spec.choices, " "),
                         files_of(spec.hint));
    }
  }
  return out + "  esac\n";
}

std::string command_case(const Command& command, const std::string& all_commands) {
  const Arguments arguments = arguments_of(command);
  std::string options;
  for (const ArgumentSpec& spec : arguments.options()) options.append(spec.name).append(" ");
  std::string words = command.name == "help" ? all_commands : std::string{};
  std::string_view files;
  for (const ArgumentSpec& spec : arguments.positional_specs()) {
    if (!spec.choices.empty()) words = fmt::format("{}", fmt::join(spec.choices, " "));
    if (spec.hint != ValueHint::none) files = files_of(spec.hint);
  }
  return fmt::format("    \"{}\") words=\"{}\" files={} options=\"{}--help\" ;;\n", command.name, words, files,
                     options);
}

}  // namespace

std::string bash_completion(const std::vector<Command>& commands, const std::vector<CommandFamily>& families) {
  const std::string all = joined(completion::words_after({}, commands, families));
  std::string family_names;
  for (const CommandFamily& family : families) family_names.append(family_names.empty() ? "" : "|").append(family.name);
  std::string out{kHead};
  // The words of a family go on for one more.
  out += family_names.empty() ? "        break ;;\n"
                              : fmt::format("        case $command in {}) ;; *) break ;; esac ;;\n", family_names);
  out += "    esac\n  done\n" + value_cases(commands);
  out += "  [[ -z $value ]] && case $command in\n";
  out += fmt::format(
      "    \"\") words=\"{}\" options=\"--chdir --state --format --no-color --quiet --verbose --help --version\" ;;\n",
      all);
  for (const CommandFamily& family : families) {
    out += fmt::format("    \"{}\") words=\"{}\" options=\"--help\" ;;\n", family.name,
                       joined(completion::words_after(family.name, commands, families)));
  }
  for (const Command& command : commands) out += command_case(command, all);
  return out.append("  esac\n").append(kTail);
}

}  // namespace gild
