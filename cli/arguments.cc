// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

std::string see_help(std::string_view command) {
  return fmt::format("See what it takes:\n\n    {} --help", command);
}

[[noreturn]] void usage_error(std::string_view command, std::string message) {
  throw Error(ErrorKind::usage, std::move(message), see_help(command));
}

std::string quote(std::string_view word) {
  return fmt::format("\"{}\"", escape_controls(word));
}

// Up to a day, to the millisecond.
std::optional<Duration> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(seconds >= 0 && seconds <= 86'400)) return std::nullopt;
  return Duration{static_cast<Duration::rep>(seconds * 1'000)};
}

bool looks_like_option(std::string_view token) {
  return token.size() > 1 && token[0] == '-';
}

const ArgumentSpec* find_option(const std::vector<ArgumentSpec>& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const ArgumentSpec& spec) {
    return spec.name == name || (!spec.short_name.empty() && spec.short_name == name);
  });
  return found == options.end() ? nullptr : &*found;
}

// `--name=value` as two tokens. CLI11 would read `--out= plan.json` as `--out plan.json`; here the value is empty,
// which is what was written.
std::vector<std::string> split_equals(std::string_view command, const std::vector<ArgumentSpec>& options,
                                      const std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  bool only_positionals = false;
  for (const std::string& token : tokens) {
    const auto equals = token.find('=');
    const ArgumentSpec* spec = nullptr;
    if (!only_positionals && token.rfind("--", 0) == 0 && equals != std::string::npos) {
      spec = find_option(options, std::string_view{token}.substr(0, equals));
    }
    only_positionals = only_positionals || token == "--";
    if (spec == nullptr) {
      out.push_back(token);
      continue;
    }
    if (spec->value_name.empty()) usage_error(command, fmt::format("{} is a switch and takes no value.", spec->name));
    out.push_back(spec->name);
    out.push_back(token.substr(equals + 1));
  }
  return out;
}

[[noreturn]] void unknown_option(std::string_view command, const std::vector<ArgumentSpec>& options,
                                 std::string_view token) {
  const std::string_view name = token.substr(0, token.find('='));
  std::vector<std::string_view> names;
  for (const ArgumentSpec& spec : options) {
    // A word of one letter is one edit away from every other: short names are never a suggestion.
    if (name.size() > 2) names.push_back(spec.name);
  }
  const auto near = nearest(name, names);
  usage_error(command, fmt::format("{} has no option {}.{}", command, quote(name),
                                   near ? fmt::format(" Did you mean {}?", *near) : std::string{}));
}

// What is left of "-q-" after its switch would be read as "--", and make paths of all the options behind it.
void refuse_dash_among_switches(std::string_view command, const std::vector<ArgumentSpec>& options,
                                const std::string& token) {
  if (!looks_like_option(token) || token.starts_with("--")) return;
  for (std::size_t i = 1; i < token.size(); ++i) {
    if (token[i] == '-') unknown_option(command, options, token);
    const ArgumentSpec* spec = find_option(options, std::string{'-', token[i]});
    if (spec == nullptr || !spec->value_name.empty()) return;  // complained of later; or what follows is its value
  }
}

void check_choice(std::string_view command, const ArgumentSpec& spec, const std::string& value) {
  if (spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end()) return;
  const auto near = nearest(value, {spec.choices.begin(), spec.choices.end()});
  usage_error(command,
              fmt::format("{} cannot be {}; it is one of {}.{}", spec.name, quote(value), join_and(spec.choices),
                          near ? fmt::format(" Did you mean {}?", *near) : std::string{}));
}

void set_option(std::string_view command, const std::vector<ArgumentSpec>& options, const ArgumentSpec& spec,
                const std::vector<std::string>& values) {
  if (spec.value_name.empty()) {
    spec.set({});
    return;
  }
  if (values.size() > 1 && !spec.repeatable) {
    usage_error(command, fmt::format("{} is given {} times, but can hold one value.", spec.name, values.size()));
  }
  for (const std::string& value : values) {
    if (value.empty())
      usage_error(command, fmt::format("{} is given an empty value; it needs {}.", spec.name, spec.value_name));
    if (find_option(options, value) != nullptr) {
      usage_error(command, fmt::format("{} needs a value ({}), but {} follows it.", spec.name, spec.value_name, value));
    }
    check_choice(command, spec, value);
    try {
      spec.set(value);
    } catch (const Error& error) {
      usage_error(command, fmt::format("{} cannot be {}: {}", spec.name, quote(value), error.what()));
    }
  }
}

void set_positionals(std::string_view command, const std::vector<ArgumentSpec>& specs,
                     const std::vector<std::string>& values) {
  std::size_t next = 0;
  for (const ArgumentSpec& spec : specs) {
    if (spec.required && next == values.size()) {
      usage_error(command, spec.choices.empty() ? fmt::format("{} needs {}: {}.", command, spec.name, spec.help)
                                                : fmt::format("{} needs one of {}.", command, join_and(spec.choices)));
    }
    const std::size_t end = spec.repeatable ? values.size() : std::min(values.size(), next + 1);
    for (; next < end; ++next) {
      if (values[next].empty()) usage_error(command, fmt::format("An empty word is given as {}.", spec.name));
      check_choice(command, spec, values[next]);
      spec.set(values[next]);
    }
  }
  if (next < values.size()) {
    usage_error(command, specs.empty()
                             ? fmt::format("{} takes no arguments, but {} is given.", command, quote(values[next]))
                             : fmt::format("{} does not know what to do with {}.", command, quote(values[next])));
  }
}

}  // namespace

ArgumentSpec& Arguments::add_option(std::string_view names, std::string value_name, std::string help) {
  ArgumentSpec spec;
  const auto comma = names.find(',');
  if (comma != std::string_view::npos) spec.short_name = names.substr(0, comma);
  spec.name = comma == std::string_view::npos ? names : names.substr(comma + 1);
  spec.value_name = std::move(value_name);
  spec.help = std::move(help);
  return options_.emplace_back(std::move(spec));
}

ArgumentSpec& Arguments::add_positional(std::string name, std::string help) {
  ArgumentSpec spec;
  spec.name = std::move(name);
  spec.help = std::move(help);
  return positionals_.emplace_back(std::move(spec));
}

void Arguments::flag(std::string_view names, bool& target, std::string help) {
  add_option(names, {}, std::move(help)).set = [&target](const std::string&) { target = true; };
}

void Arguments::value(std::string_view names, std::string value_name, std::string& target, std::string help,
                      ValueHint hint) {
  ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
  spec.hint = hint;
  spec.set = [&target](const std::string& text) { target = text; };
}

void Arguments::value(std::string_view names, std::string value_name, std::optional<std::string>& target,
                      std::string help, ValueHint hint) {
  ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
  spec.hint = hint;
  spec.set = [&target](const std::string& text) { target = text; };
}

void Arguments::value(std::string_view names, std::string value_name, std::optional<std::size_t>& target,
                      std::string help) {
  add_option(names, std::move(value_name), std::move(help)).set = [&target](const std::string& text) {
    std::size_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) {
      throw Error(ErrorKind::usage, "it must be a whole number, 0 or more.");
    }
    target = number;
  };
}

void Arguments::value(std::string_view names, std::string value_name, Duration& target, std::string help) {
  add_option(names, std::move(value_name), std::move(help)).set = [&target](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw Error(ErrorKind::usage, "it must be a time such as 90s, 15m, 2h or 7d.");
    target = *duration;
  };
}

void Arguments::range(std::string_view names, std::string value_name, std::optional<Duration>& least,
                      std::optional<Duration>& most, std::string help) {
  add_option(names, std::move(value_name), std::move(help)).set = [&least, &most](const std::string& text) {
    const auto dots = text.find("..");
    const auto low = parse_seconds(std::string_view{text}.substr(0, dots));
    const auto high = dots == std::string::npos ? low : parse_seconds(std::string_view{text}.substr(dots + 2));
    if (!low || !high || *high < *low) throw Error(ErrorKind::usage, "it must be seconds such as 5, 0.2 or 3..12.");
    least = low;
    most = high;
  };
}

void Arguments::values(std::string_view names, std::string value_name, std::vector<std::string>& target,
                       std::string help, ValueHint hint) {
  ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
  spec.hint = hint;
  spec.repeatable = true;
  spec.set = [&target](const std::string& text) { target.push_back(text); };
}

void Arguments::positional(std::string name, std::string& target, std::string help, ValueHint hint) {
  ArgumentSpec& spec = add_positional(std::move(name), std::move(help));
  spec.hint = hint;
  spec.required = true;
  spec.set = [&target](const std::string& text) { target = text; };
}

void Arguments::positional(std::string name, std::optional<std::string>& target, std::string help, ValueHint hint) {
  ArgumentSpec& spec = add_positional(std::move(name), std::move(help));
  spec.hint = hint;
  spec.set = [&target](const std::string& text) { target = text; };
}

void Arguments::positionals(std::string name, std::vector<std::string>& target, std::string help, ValueHint hint,
                            bool required) {
  ArgumentSpec& spec = add_positional(std::move(name), std::move(help));
  spec.hint = hint;
  spec.repeatable = true;
  spec.required = required;
  spec.set = [&target](const std::string& text) { target.push_back(text); };
}

bool Arguments::parse(std::string_view command, const std::vector<std::string>& tokens) const {
  const auto options_end = std::find(tokens.begin(), tokens.end(), "--");
  if (std::any_of(tokens.begin(), options_end, [](const auto& t) { return t == "-h" || t == "--help"; })) return false;
  std::for_each(tokens.begin(), options_end, [&](const auto& t) { refuse_dash_among_switches(command, options_, t); });

  CLI::App splitter;
  splitter.set_help_flag();
  splitter.allow_extras();
  std::vector<CLI::Option*> handles;
  for (const ArgumentSpec& spec : options_) {
    const std::string names = spec.short_name.empty() ? spec.name : spec.short_name + "," + spec.name;
    const auto keep = [](const CLI::results_t&) { return true; };
    handles.push_back(spec.value_name.empty() ? splitter.add_flag(names)
                                              : splitter.add_option(names, keep)->type_size(1)->expected(1));
    handles.back()->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
  }
  std::vector<std::string> split = split_equals(command, options_, tokens);
  const std::string last = split.empty() ? std::string{} : split.back();
  std::reverse(split.begin(), split.end());  // CLI11 takes tokens from the back
  try {
    splitter.parse(split);
  } catch (const CLI::ParseError&) {
    // With values split off and everything unknown let through, one complaint is left: the last option lacks its value.
    const ArgumentSpec* spec = find_option(options_, last);
    usage_error(command, spec == nullptr ? fmt::format("{} lacks its value.", quote(last))
                                         : fmt::format("{} needs a value: {}.", spec->name, spec->value_name));
  }

  std::vector<std::string> words;
  bool only_positionals = false;
  for (const std::string& token : splitter.remaining()) {
    if (!only_positionals && token == "--") {
      only_positionals = true;
    } else if (!only_positionals && looks_like_option(token)) {
      unknown_option(command, options_, token);
    } else {
      words.push_back(token);
    }
  }
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (handles[i]->count() > 0) set_option(command, options_, options_[i], handles[i]->results());
  }
  set_positionals(command, positionals_, words);
  return true;
}

void add_everywhere(Arguments& arguments, EverywhereOptions& everywhere) {
  arguments.value("-C,--chdir", "DIR", everywhere.folder, "run there", ValueHint::folder);
  arguments.flag("--no-color", everywhere.no_color, "no colours, as with NO_COLOR set");
}

void add_format(Arguments& arguments, OutputFormat& format) {
  arguments.choice<OutputFormat>("--format", "FORMAT", format,
                                 {{"text", OutputFormat::text}, {"json", OutputFormat::json}},
                                 "text for people (the default), or json for programs");
}

void add_state(Arguments& arguments, std::optional<std::string>& url) {
  arguments.value(
      "--state", "URL", url,
      "where the state lives: a path, postgresql://…, s3://… or https://… (GILD_STATE; default gild.state.json)",
      ValueHint::file);
}

void add_lock_timeout(Arguments& arguments, Duration& timeout) {
  arguments.value("--lock-timeout", "D", timeout, "wait that long for the state's lock, e.g. 90s or 15m (default 0)");
}

void add_quiet(Arguments& arguments, bool& quiet, std::string help) {
  arguments.flag("-q,--quiet", quiet, std::move(help));
}

void add_verbose(Arguments& arguments, bool& verbose, std::string help) {
  arguments.flag("-v,--verbose", verbose, std::move(help));
}

void add_paths(Arguments& arguments, std::vector<std::string>& paths) {
  arguments.positionals("PATH", paths,
                        "manifest files, or folders with *.yaml and *.yml below them (default: the current folder)",
                        ValueHint::file);
}

void add_desktop_ids(Arguments& arguments, std::vector<DesktopId>& ids, std::optional<WorkspaceName>& workspace) {
  arguments.positionals("ID", ids, "desktops by their ids, in full");
  arguments.value("--workspace", "NAME", workspace, "the workspace that is meant, where an id is in two");
}

void add_narrowing(Arguments& arguments, Narrowing& narrowing) {
  arguments.values("--group", "NAME", narrowing.groups, "only this group (repeatable)");
  arguments.values("--exclude-group", "NAME", narrowing.exclude_groups, "not this group (repeatable)");
  arguments.values("--desktop", "ID", narrowing.desktops, "only this desktop (repeatable)");
}

void add_guardrails(Arguments& arguments, std::vector<std::string>& files) {
  arguments.values("--guardrails", "FILE", files,
                   "rules that hold besides those among the manifests, which cannot change them (repeatable)",
                   ValueHint::file);
}

}  // namespace gild
