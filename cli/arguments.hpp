// SPDX-License-Identifier: Apache-2.0
// What a command can be told. A command declares its options and positionals here, each bound to a field of its plain
// options struct; help, completion and parsing are all made from this one declaration. CLI11 does the splitting of
// tokens and is seen by arguments.cc alone; every message to the user is our own.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/ops/narrowing.hpp"

namespace gild {

// What a shell should offer for a value.
enum class ValueHint { none, file, folder };

struct ArgumentSpec {
  std::string name;        // "--format"; of a positional its placeholder, "PATH"
  std::string short_name;  // "-C", or empty
  std::string value_name;  // "DIR"; empty for a flag
  std::string help;        // one sentence, without a full stop
  std::vector<std::string> choices;
  ValueHint hint = ValueHint::none;
  bool repeatable = false;
  bool required = false;  // positionals only
  // Takes one value (empty for a flag). Throws Error(usage) where the value makes no sense.
  std::function<void(const std::string& value)> set;
};

class Arguments {
 public:
  // `names` is "--out", or "-C,--chdir".
  void flag(std::string_view names, bool& target, std::string help);
  void value(std::string_view names, std::string value_name, std::string& target, std::string help,
             ValueHint hint = ValueHint::none);
  void value(std::string_view names, std::string value_name, std::optional<std::string>& target, std::string help,
             ValueHint hint = ValueHint::none);
  void value(std::string_view names, std::string value_name, std::optional<std::size_t>& target, std::string help);
  void value(std::string_view names, std::string value_name, Duration& target, std::string help);
  // Two numbers of seconds, fractions allowed: "3..12", or "5" for both.
  void range(std::string_view names, std::string value_name, std::optional<Duration>& least,
             std::optional<Duration>& most, std::string help);
  // Repeatable; an option collects one value each time it is given.
  void values(std::string_view names, std::string value_name, std::vector<std::string>& target, std::string help,
              ValueHint hint = ValueHint::none);
  template <class Tag>
  void values(std::string_view names, std::string value_name, std::vector<Id<Tag>>& target, std::string help) {
    ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
    spec.repeatable = true;
    spec.set = [&target](const std::string& text) { target.emplace_back(text); };
  }
  template <class Tag>
  void value(std::string_view names, std::string value_name, std::optional<Id<Tag>>& target, std::string help) {
    add_option(names, std::move(value_name), std::move(help)).set = [&target](const std::string& text) {
      target.emplace(text);
    };
  }
  // One of a closed set of words.
  template <class Value>
  void choice(std::string_view names, std::string value_name, Value& target,
              std::vector<std::pair<std::string, Value>> choices, std::string help) {
    ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
    set_choices(spec, target, std::move(choices));
  }
  // Repeatable; collects one of a closed set of words each time it is given.
  template <class Value>
  void choices(std::string_view names, std::string value_name, std::vector<Value>& target,
               std::vector<std::pair<std::string, Value>> choices, std::string help) {
    ArgumentSpec& spec = add_option(names, std::move(value_name), std::move(help));
    spec.repeatable = true;
    for (const auto& choice : choices) spec.choices.push_back(choice.first);
    spec.set = [&target, choices = std::move(choices)](const std::string& word) {
      for (const auto& [name, value] : choices) {
        if (name == word) target.push_back(value);
      }
    };
  }

  void positional(std::string name, std::string& target, std::string help, ValueHint hint = ValueHint::none);
  void positional(std::string name, std::optional<std::string>& target, std::string help,
                  ValueHint hint = ValueHint::none);
  // Takes all that is left; none at all is fine unless `required`.
  void positionals(std::string name, std::vector<std::string>& target, std::string help,
                   ValueHint hint = ValueHint::none, bool required = false);
  // At least one.
  template <class Tag>
  void positionals(std::string name, std::vector<Id<Tag>>& target, std::string help) {
    ArgumentSpec& spec = add_positional(std::move(name), std::move(help));
    spec.repeatable = true;
    spec.required = true;
    spec.set = [&target](const std::string& text) { target.emplace_back(text); };
  }
  template <class Value>
  void positional_choice(std::string name, Value& target, std::vector<std::pair<std::string, Value>> choices,
                         std::string help) {
    ArgumentSpec& spec = add_positional(std::move(name), std::move(help));
    spec.required = true;
    set_choices(spec, target, std::move(choices));
  }

  const std::vector<ArgumentSpec>& options() const { return options_; }
  const std::vector<ArgumentSpec>& positional_specs() const { return positionals_; }

  // Sets every target that `tokens` speak of. False where --help was asked for, and then nothing else was looked at.
  // Throws Error(usage), speaking of the command as `command` ("gild plan"), where a token cannot be understood.
  bool parse(std::string_view command, const std::vector<std::string>& tokens) const;

 private:
  ArgumentSpec& add_option(std::string_view names, std::string value_name, std::string help);
  ArgumentSpec& add_positional(std::string name, std::string help);
  template <class Value>
  static void set_choices(ArgumentSpec& spec, Value& target, std::vector<std::pair<std::string, Value>> choices) {
    for (const auto& choice : choices) spec.choices.push_back(choice.first);
    spec.set = [&target, choices = std::move(choices)](const std::string& word) {
      for (const auto& [name, value] : choices) {
        if (name == word) target = value;
      }
    };
  }

  std::vector<ArgumentSpec> options_;
  std::vector<ArgumentSpec> positionals_;
};

// What every command takes.
struct EverywhereOptions {
  std::optional<std::string> folder;
  bool no_color = false;
};
void add_everywhere(Arguments& arguments, EverywhereOptions& everywhere);

// Options that several commands share, so that they read the same everywhere.
enum class OutputFormat { text, json };
void add_format(Arguments& arguments, OutputFormat& format);
void add_state(Arguments& arguments, std::optional<std::string>& url);
void add_lock_timeout(Arguments& arguments, Duration& timeout);
void add_quiet(Arguments& arguments, bool& quiet, std::string help);
void add_verbose(Arguments& arguments, bool& verbose, std::string help);
void add_paths(Arguments& arguments, std::vector<std::string>& paths);
// --group, --exclude-group, --desktop
void add_narrowing(Arguments& arguments, Narrowing& narrowing);
// --guardrails
void add_guardrails(Arguments& arguments, std::vector<std::string>& files);
// ID…, --workspace: recorded desktops, one by one
void add_desktop_ids(Arguments& arguments, std::vector<DesktopId>& ids, std::optional<WorkspaceName>& workspace);

}  // namespace gild
