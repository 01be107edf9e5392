// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/commands/commands.hpp"
#include "cli/version.hpp"
#include "cli/views/error_text.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

// Changes the folder for --chdir, and goes back when the run is over: run() leaves its caller where it was.
class WorkingFolder {
 public:
  WorkingFolder() = default;
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  ~WorkingFolder() {
    std::error_code ignored;  // a folder that is gone cannot be gone back to, and nothing follows
    if (!before_.empty()) std::filesystem::current_path(before_, ignored);
  }
  void enter(const std::string& folder) {
    std::error_code problem;
    before_ = std::filesystem::current_path(problem);
    if (!problem) std::filesystem::current_path(folder, problem);
    if (problem) throw IoError(folder, "change to the folder", problem.value());
  }

 private:
  std::filesystem::path before_;
};

// Options that may also stand before the command's name. They are handed on to the command, which says whether it knows
// them: `gild -C fleet plan` and `gild plan -C fleet` are the same.
struct EarlyOption {
  std::string_view name;
  bool takes_value;
};
constexpr std::array<EarlyOption, 9> kEarlyOptions{{{"-C", true},
                                                    {"--chdir", true},
                                                    {"--state", true},
                                                    {"--format", true},
                                                    {"--no-color", false},
                                                    {"-q", false},
                                                    {"--quiet", false},
                                                    {"-v", false},
                                                    {"--verbose", false}}};

struct CommandLine {
  enum class Wish { run, help, version };
  Wish wish = Wish::run;
  std::vector<std::string> words;  // from the command's name on
  std::vector<std::string> early;  // options before it
};

[[noreturn]] void fail_usage(std::string message, std::string advice = "See what there is:\n\n    gild help") {
  throw Error(ErrorKind::usage, std::move(message), std::move(advice));
}

bool is_help(std::string_view word) {
  return word == "-h" || word == "--help";
}

CommandLine split_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].size() > 1 && arguments[i][0] == '-'; ++i) {
    const std::string& token = arguments[i];
    if (is_help(token)) return {CommandLine::Wish::help, {}, {}};
    if (token == "--version") return {CommandLine::Wish::version, {}, {}};
    const std::string_view name = std::string_view{token}.substr(0, token.find('='));
    const auto* known = std::find_if(kEarlyOptions.begin(), kEarlyOptions.end(),
                                     [&](const EarlyOption& option) { return option.name == name; });
    if (known == kEarlyOptions.end()) {
      std::vector<std::string_view> names{"--help", "--version"};
      for (const EarlyOption& option : kEarlyOptions) {
        if (option.name.size() > 2) names.push_back(option.name);
      }
      const auto near = name.size() > 2 ? nearest(name, names) : std::nullopt;
      fail_usage(fmt::format("gild has no option \"{}\" before the command.{}", escape_controls(name),
                             near ? fmt::format(" Did you mean {}?", *near) : std::string{}));
    }
    line.early.push_back(token);
    if (known->takes_value && name == token) {
      if (i + 1 == arguments.size()) fail_usage(fmt::format("{} needs a value.", token));
      line.early.push_back(arguments[++i]);
    }
  }
  line.words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return line;
}

void print_help(App& app, const std::vector<std::string>& words) {
  app.out.write(help_on(words, app.out.width(), app.style_of(app.out)));
}

ExitCode run_line(App& app, const std::vector<std::string>& arguments, WorkingFolder& folder) {
  const CommandLine line = split_line(arguments);
  if (line.wish == CommandLine::Wish::version) {
    app.out.write(fmt::format("gild {}\n", version()));
    return ExitCode::ok;
  }
  if (line.wish == CommandLine::Wish::help) {
    print_help(app, {});
    return ExitCode::ok;
  }
  if (line.words.empty()) {
    app.err.write(help_on({}, app.err.width(), app.style_of(app.err)));
    return ExitCode::error;
  }
  if (find_family(line.words[0]) != nullptr && line.words.size() > 1 && is_help(line.words[1])) {
    print_help(app, {line.words[0]});
    return ExitCode::ok;
  }
  const FoundCommand found = find_command(line.words);
  Arguments declared;
  const auto perform = found.command.prepare(declared);
  EverywhereOptions everywhere;
  add_everywhere(declared, everywhere);
  std::vector<std::string> tokens = line.early;
  tokens.insert(tokens.end(), line.words.begin() + static_cast<std::ptrdiff_t>(found.words), line.words.end());
  if (!declared.parse(fmt::format("gild {}", found.command.name), tokens)) {
    print_help(app, {line.words.begin(), line.words.begin() + static_cast<std::ptrdiff_t>(found.words)});
    return ExitCode::ok;
  }
  if (everywhere.folder) folder.enter(*everywhere.folder);
  return perform(app);
}

// Standard error is the last place to speak; where it is gone too, the exit status has to do.
void complain(App& app, const std::string& text) noexcept {
  try {
    app.err.write(text);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace

Style App::style_of(const OutputStream& stream) const {
  const auto set = [&](const char* name) { return environment(name).value_or("").empty() == false; };
  return Style{can_redraw(stream) && !no_color && !set("NO_COLOR")};
}

bool App::can_redraw(const OutputStream& stream) const {
  return stream.is_terminal() && environment("TERM").value_or("") != "dumb";
}

std::size_t App::sentence_width() const {
  return err.is_terminal() ? std::min(err.width(), kPlainWidth) : kUnbroken;
}

int run(App& app, const std::vector<std::string>& arguments) {
  app.no_color = std::find(arguments.begin(), arguments.end(), "--no-color") != arguments.end();
  WorkingFolder folder;
  ExitCode exit = ExitCode::error;
  try {
    exit = run_line(app, arguments, folder);
  } catch (const IoError& error) {
    // `gild plan | head`: whoever read has seen enough.
    if (error.error_number() != EPIPE) complain(app, render_error(error, app.sentence_width(), app.style_of(app.err)));
    exit = exit_code_of(error.kind());
  } catch (const Error& error) {
    complain(app, render_error(error, app.sentence_width(), app.style_of(app.err)));
    exit = exit_code_of(error.kind());
  } catch (const Interrupted&) {
    exit = ExitCode::interrupted;
  } catch (const std::bad_alloc&) {
    complain(app, "error: Out of memory.\n");
  } catch (const std::exception& error) {
    complain(app, render_message("error", fmt::format("gild stumbled over a mistake of its own: {}", error.what()),
                                 "Please report this, with the command and gild's version.", app.sentence_width(),
                                 app.style_of(app.err)));
  }
  return static_cast<int>(exit);
}

}  // namespace gild
