// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include <fmt/format.h>

namespace gild::simulate {
namespace {

// What is broken, without whose it is: the words up to the first figure or id.
std::string rule_of(const std::string& violation) {
  std::string rule;
  for (std::size_t at = 0; at < violation.size();) {
    const std::size_t end = std::min(violation.find(' ', at), violation.size());
    const std::string word = violation.substr(at, end - at);
    const bool figure = word.find_first_of("0123456789") != std::string::npos;
    rule += (rule.empty() ? "" : " ") + (figure ? "…" : word);
    at = end + 1;
  }
  return rule;
}

void add(Tally& tally, std::uint64_t seed, Played played) {
  ++tally.seeds;
  tally.runs += played.runs;
  tally.crashes += played.crashes;
  tally.requests += played.requests;
  tally.wipes += played.wipes;
  tally.desktops += played.desktops;
  tally.by_person += played.by_person;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    tally.fired[kind] += played.fired[kind];
    if (played.fired[kind] > 0) ++tally.seeds_with[kind];
  }
  if (played.beyond) ++tally.beyond;
  if (played.violations.empty()) return;
  (played.beyond ? tally.costs : tally.failures).push_back({seed, std::move(played.violations)});
}

}  // namespace

Tally run(const Campaign& campaign) {
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next = campaign.first;
  std::atomic<bool> enough = false;
  std::mutex mutex;
  Tally tally;
  const auto work = [&] {
    const std::uint64_t at_once = campaign.desktops > 0 ? 1 : 16;
    while (!enough) {
      const std::uint64_t first = next.fetch_add(at_once);
      if (first > campaign.last) return;
      for (std::uint64_t seed = first; seed < first + at_once && seed <= campaign.last; ++seed) {
        Played played = play(make_scenario(seed, campaign.desktops));
        const std::lock_guard lock(mutex);
        add(tally, seed, std::move(played));
        if (campaign.stop_at_first && !tally.failures.empty()) enough = true;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned job = 0; job < campaign.jobs; ++job) threads.emplace_back(work);
  }
  const auto by_seed = [](const Failure& a, const Failure& b) { return a.seed < b.seed; };
  std::sort(tally.failures.begin(), tally.failures.end(), by_seed);
  std::sort(tally.costs.begin(), tally.costs.end(), by_seed);
  tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return tally;
}

std::vector<bool> minimized(const Scenario& scenario) {
  std::vector<bool> active(scenario.disturbances.size(), true);
  Trace silent;
  const Played whole = play(scenario, active, silent);
  if (whole.violations.empty()) return active;
  const std::string rule = rule_of(whole.violations.front());
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (!active[i]) continue;
      active[i] = false;
      const Played without = play(scenario, active, silent);
      const bool same = std::any_of(without.violations.begin(), without.violations.end(),
                                    [&](const std::string& violation) { return rule_of(violation) == rule; });
      if (same) {
        smaller = true;
      } else {
        active[i] = true;
      }
    }
  }
  return active;
}

std::string report(const Tally& tally) {
  std::string text = fmt::format(
      "{} seeds in {:.1f} s, {:.0f} a second: {} runs of gild on {} desktops, {} crashes, {} rebuild requests, "
      "{} wipes, {} desktops settled by a person\n\n",
      tally.seeds, tally.seconds, static_cast<double>(tally.seeds) / std::max(tally.seconds, 0.001), tally.runs,
      tally.desktops, tally.crashes, tally.requests, tally.wipes, tally.by_person);
  text += fmt::format("{:<46} {:>12} {:>12}\n", "what went wrong", "times", "seeds");
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    text += fmt::format("{:<46} {:>12} {:>12}\n", name_of(static_cast<Kind>(kind)), tally.fired[kind],
                        tally.seeds_with[kind]);
  }
  text += fmt::format("\n{} seeds went beyond what gild assumes of the service; in {} of them something broke:\n",
                      tally.beyond, tally.costs.size());
  std::map<std::string, std::uint64_t> costs;
  for (const Failure& cost : tally.costs) {
    std::set<std::string> rules;
    for (const std::string& violation : cost.violations) rules.insert(rule_of(violation));
    for (const std::string& rule : rules) ++costs[rule];
  }
  for (const auto& [rule, count] : costs) text += fmt::format("  {:>6} × {}\n", count, rule);
  return text;
}

}  // namespace gild::simulate
