// SPDX-License-Identifier: Apache-2.0
// A command line, one word a line. Nothing is run.
#include "cli/arguments.hpp"

#include <algorithm>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace gild;

struct Options {
  std::vector<std::string> paths;
  std::optional<std::string> state;
  Narrowing narrowing;
  OutputFormat format = OutputFormat::text;
  bool quiet = false;
  std::optional<std::size_t> most;
  Duration timeout{0};
};

void declare(Arguments& arguments, Options& options) {
  add_paths(arguments, options.paths);
  add_state(arguments, options.state);
  add_narrowing(arguments, options.narrowing);
  add_format(arguments, options.format);
  add_quiet(arguments, options.quiet, "say less");
  arguments.value("--max-rebuilds", "N", options.most, "no more than N");
  arguments.value("--lock-timeout", "D", options.timeout, "wait for it");
}

// Nothing is made up, and what stands behind `--` is never an option.
void check(const Options& options, const std::vector<std::string>& tokens) {
  for (const std::string& path : options.paths) {
    fuzz::require(std::find(tokens.begin(), tokens.end(), path) != tokens.end(), "a path is one that was given", path);
  }
  for (const GroupName& group : options.narrowing.groups) {
    fuzz::require(std::any_of(tokens.begin(), tokens.end(),
                              [&](const std::string& token) { return token.ends_with(group.str()); }),
                  "a group is one that was given", group.str());
  }
  const auto rest = std::find(tokens.begin(), tokens.end(), "--");
  if (rest == tokens.end()) return;
  const auto behind = static_cast<std::size_t>(tokens.end() - rest) - 1;
  // `--` may itself be the value of the option before it.
  const bool is_value = rest != tokens.begin() && (rest - 1)->starts_with("-");
  if (is_value) return;
  fuzz::require(options.paths.size() >= behind &&
                    std::equal(rest + 1, tokens.end(), options.paths.end() - static_cast<std::ptrdiff_t>(behind)),
                "what stands behind -- is taken as it is");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> tokens;
  fuzz::for_each_line(fuzz::text_of(data, size), [&](std::string_view line) {
    tokens.emplace_back(line.substr(0, line.find('\0')));  // an argument of a process holds no NUL
  });
  Options options;
  Arguments arguments;
  declare(arguments, options);
  try {
    if (arguments.parse("gild plan", tokens)) check(options, tokens);
  } catch (const Error& error) {
    fuzz::require(error.kind() == ErrorKind::usage, "what cannot be understood is wrong usage", error.what());
  }
  return 0;
}
