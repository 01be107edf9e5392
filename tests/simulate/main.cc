// SPDX-License-Identifier: Apache-2.0
// The simulator: real planning, applying, journalling and recovery against a simulated service, clock and disk, seed by
// seed. docs/reliability.md says what it proves.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/simulate/campaign.hpp"

namespace {

using namespace gild::simulate;

// Fewer seeds than this need not meet everything that can go wrong.
constexpr std::uint64_t kSeedsThatMeetAll = 20'000;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

struct Options {
  std::string seeds = "1..1000";
  unsigned jobs = 2;
  std::size_t desktops = 0;
  bool trace = false;
  bool minimize = false;
  bool stop_at_first = false;
  bool costs = false;
  std::vector<std::size_t> only;
  bool has_only = false;
};

std::pair<std::uint64_t, std::uint64_t> range_of(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::uint64_t first = std::stoull(text.substr(0, dots));
  return {first, dots == std::string::npos ? first : std::stoull(text.substr(dots + 2))};
}

void print_seed(std::uint64_t seed, const Options& options) {
  const Scenario scenario = make_scenario(seed, options.desktops);
  std::vector<bool> active(scenario.disturbances.size(), !options.has_only);
  for (const std::size_t number : options.only) {
    if (number < 1 || number > active.size())
      throw std::invalid_argument("--only names a disturbance that is not there");
    active[number - 1] = true;
  }
  std::string only;
  if (options.minimize) {
    active = minimized(scenario);
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (active[i]) only += fmt::format("{}{}", only.empty() ? "" : ",", i + 1);
    }
  }
  Trace trace(options.trace || options.minimize);
  const Played played = play(scenario, active, trace);
  print(fmt::format("seed {}: {} desktops in {} groups and {} Workspaces, {}, settle {} s, {} runs\n", seed,
                    scenario.desktops, scenario.groups.size(), scenario.sites,
                    scenario.client == Client::wire ? "the real client" : "the simulated client",
                    scenario.settle.count(), scenario.runs));
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (active[i]) print(fmt::format("  {:>2}. {}\n", i + 1, describe(scenario.disturbances[i])));
  }
  for (const std::string& line : trace.lines()) print(line + "\n");
  for (const std::string& violation : played.violations) print(fmt::format("BROKEN: {}\n", violation));
  if (played.violations.empty()) print("nothing is broken\n");
  if (options.minimize)
    print(fmt::format("replay: simulate --seeds {}{} --only {} --trace\n", seed,
                      options.desktops > 0 ? fmt::format(" --desktops {}", options.desktops) : "", only));
}

int run_all(const Options& options) {
  const auto [first, last] = range_of(options.seeds);
  const Tally tally = run({first, last, options.jobs, options.stop_at_first, options.desktops});
  print(report(tally));
  if (options.costs) {
    for (const Failure& cost : tally.costs) print(fmt::format("  seed {}: {}\n", cost.seed, cost.violations.front()));
  }
  const std::string size = options.desktops > 0 ? fmt::format(" --desktops {}", options.desktops) : "";
  constexpr std::size_t kMostShown = 10;
  for (std::size_t i = 0; i < std::min(kMostShown, tally.failures.size()); ++i) {
    const Failure& failure = tally.failures[i];
    print(fmt::format("\nBROKEN with seed {}:\n", failure.seed));
    for (const std::string& violation : failure.violations) print(fmt::format("  {}\n", violation));
    print(fmt::format("  replay it:    simulate --seeds {}{} --trace\n", failure.seed, size));
    print(fmt::format("  cut it down:  simulate --seeds {}{} --minimize\n", failure.seed, size));
  }
  int status = tally.failures.empty() ? 0 : 1;
  if (!tally.failures.empty())
    print(fmt::format("\n{} of {} seeds broke something.\n", tally.failures.size(), tally.seeds));
  if (tally.seeds >= kSeedsThatMeetAll) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (tally.fired[kind] > 0) continue;
      print(fmt::format("Never happened, so nothing is said about it: {}\n", name_of(static_cast<Kind>(kind))));
      status = 1;
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Simulated disasters: gild's real applier, journal and recovery against a simulated service, clock and disk.");
  app.add_option("--seeds", options.seeds, "A..B, or one seed")->capture_default_str();
  app.add_option("--jobs", options.jobs, "threads")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--desktops", options.desktops, "how large each fleet is, in place of what the seed draws");
  app.add_flag("--trace", options.trace, "one seed: everything that happens, line by line");
  app.add_flag("--minimize", options.minimize,
               "one seed: only the disturbances that it takes to break it, with the trace");
  CLI::Option* only =
      app.add_option("--only", options.only, "one seed: these of its disturbances alone")->delimiter(',');
  app.add_flag("--stop-at-first", options.stop_at_first, "end with the first seed that breaks something");
  app.add_flag("--costs", options.costs, "also list the seeds beyond gild's assumptions in which something broke");
  CLI11_PARSE(app, argc, argv);
  try {
    options.has_only = only->count() > 0;
    if (options.trace || options.minimize || options.has_only) {
      print_seed(range_of(options.seeds).first, options);
      return 0;
    }
    return run_all(options);
  } catch (const std::exception& error) {
    print(fmt::format("simulate: {}\n", error.what()));
    return 1;
  }
}
