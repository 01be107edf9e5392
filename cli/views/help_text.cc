// SPDX-License-Identifier: Apache-2.0
#include "cli/views/help_text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kWidestHelp = 100;  // longer lines are hard to read, however wide the terminal

constexpr std::array<std::pair<CommandGroup, std::string_view>, 5> kHeadings{{
    {CommandGroup::describe, "Say what you want"},
    {CommandGroup::plan, "See what would happen; nothing is touched"},
    {CommandGroup::act, "Make it so"},
    {CommandGroup::watch, "Watch and record"},
    {CommandGroup::tools, "Around it"},
}};

std::string_view first_word(std::string_view name) {
  return name.substr(0, name.find(' '));
}

std::size_t widest(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, display_width(row.first));
  return width;
}

std::string option_label(const ArgumentSpec& spec) {
  const std::string names = spec.short_name.empty() ? "    " + spec.name : spec.short_name + ", " + spec.name;
  return spec.value_name.empty() ? names : names + " " + spec.value_name;
}

std::string positional_label(const ArgumentSpec& spec) {
  const std::string name = spec.choices.empty() ? spec.name : fmt::format("{}", fmt::join(spec.choices, "|"));
  const std::string many = spec.repeatable ? name + "…" : name;
  return spec.required ? many : "[" + many + "]";
}

// A line of help for each option; two for one that has more to say than its choices.
std::vector<Row> option_rows(const Arguments& arguments) {
  std::vector<Row> rows;
  for (const ArgumentSpec& spec : arguments.options()) rows.emplace_back(option_label(spec), spec.help);
  rows.emplace_back("-h, --help", "this text");
  return rows;
}

// The sibling .md: paragraphs are wrapped; indented lines, which are there to be copied or are tables, stay as they
// are.
std::string body(std::string_view name, std::size_t width) {
  std::string out;
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) out += wrap(paragraph, width, "", "");
    paragraph.clear();
  };
  for (std::string_view text = help_body(name); !text.empty();) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty() && line.front() != ' ') {
      paragraph.append(paragraph.empty() ? "" : " ").append(line);
      continue;
    }
    end_paragraph();
    out.append(line).append("\n");
  }
  end_paragraph();
  return out.empty() ? out : "\n" + out;
}

}  // namespace

std::string usage_line(std::string_view name, const Arguments& arguments) {
  std::string line = fmt::format("gild {}", name);
  for (const ArgumentSpec& spec : arguments.positional_specs()) line += " " + positional_label(spec);
  return line + " [options]";
}

std::string general_help(const std::vector<Command>& commands, const std::vector<CommandFamily>& families,
                         std::size_t width, const Style& style) {
  width = std::min(width, kWidestHelp);
  std::string out = wrap(
      "gild puts golden images on cloud desktops as manifests in Git say: it plans offline, shows whose "
      "disk would be wiped, and rebuilds nothing else.",
      width, "", "");
  out += fmt::format("\n{} gild COMMAND [options]\n", style.bold("Usage:"));
  std::size_t label_width = 0;
  for (const Command& command : commands) label_width = std::max(label_width, first_word(command.name).size());
  for (const auto& [group, heading] : kHeadings) {
    std::vector<Row> rows;
    for (const Command& command : commands) {
      if (command.group != group) continue;
      const std::string_view word = first_word(command.name);
      if (word == command.name) {
        rows.emplace_back(word, command.summary);
      } else if (rows.empty() || rows.back().first != word) {
        const auto family =
            std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == word; });
        rows.emplace_back(word, family == families.end() ? std::string_view{} : family->summary);
      }
    }
    if (rows.empty()) continue;
    out += fmt::format("\n{}\n", style.bold(heading));
    out += two_columns(rows, width, label_width);
  }
  out += fmt::format("\n{}\n", style.bold("Everywhere"));
  out += two_columns({{"-C, --chdir DIR", "run there"},
                      {"--no-color", "no colours, as with NO_COLOR set"},
                      {"-h, --help", "what a command does and takes: gild COMMAND --help, or gild help COMMAND"},
                      {"--version", "the version of gild"}},
                     width, 15);
  return out;
}

std::string family_help(const CommandFamily& family, const std::vector<Command>& commands, std::size_t width,
                        const Style& style) {
  width = std::min(width, kWidestHelp);
  std::vector<Row> rows;
  for (const Command& command : commands) {
    if (command.name.size() > family.name.size() && first_word(command.name) == family.name) {
      rows.emplace_back(command.name, command.summary);
    }
  }
  return fmt::format("{} gild {} COMMAND [options]\n{}\n{}\n{}", style.bold("Usage:"), family.name,
                     body(family.name, width), style.bold("Commands"), two_columns(rows, width, widest(rows)));
}

std::string command_help(const Command& command, const Arguments& arguments, std::size_t width, const Style& style) {
  width = std::min(width, kWidestHelp);
  std::string out =
      fmt::format("{} {}\n{}", style.bold("Usage:"), usage_line(command.name, arguments), body(command.name, width));
  if (!arguments.positional_specs().empty()) {
    std::vector<Row> rows;
    for (const ArgumentSpec& spec : arguments.positional_specs()) rows.emplace_back(spec.name, spec.help);
    out += fmt::format("\n{}\n{}", style.bold("Arguments"), two_columns(rows, width, widest(rows)));
  }
  const std::vector<Row> rows = option_rows(arguments);
  return out + fmt::format("\n{}\n{}", style.bold("Options"),
                           two_columns(rows, width, std::min<std::size_t>(widest(rows), 28)));
}

}  // namespace gild
