// SPDX-License-Identifier: Apache-2.0
#include "tests/simulate/scenario.hpp"

#include <algorithm>
#include <initializer_list>

#include "engine/simulation/random.hpp"

namespace gild::simulate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

template <class Value>
Value any_of(Random& random, std::initializer_list<Value> values) {
  return *(values.begin() + random.below(values.size()));
}

// Most fleets are small, so that many of them can be tried; some are as large as a real one.
std::size_t fleet_size(Random& random) {
  const std::uint64_t dice = random.below(1000);
  if (dice < 820) return 1 + random.below(12);
  if (dice < 980) return 13 + random.below(48);
  if (dice < 998) return 61 + random.below(240);
  return 301 + random.below(1700);
}

// Small numbers much more often than great ones.
std::size_t uneven(Random& random, unsigned bits) {
  return 1 + static_cast<std::size_t>(random.below(std::uint64_t{1} << (1 + random.below(bits))));
}

Amount some_amount(Random& random, std::size_t most) {
  if (random.below(5) == 0) return {static_cast<int>(5 + random.below(60)), true};
  return {static_cast<int>(1 + random.below(std::max<std::size_t>(most, 2))), false};
}

GroupShape some_group(Random& random, std::size_t site, std::size_t first, std::size_t count) {
  GroupShape group{site, first, count, {}, {}, {}, {}};
  RolloutSettings& rollout = group.rollout;
  rollout.batch_size = count > 200 ? 100 : any_of(random, {1, 2, 3, 5, 10, 100});
  rollout.max_unavailable = random.below(3) == 0 ? Amount{100, false} : some_amount(random, count);
  if (count > 200) rollout.max_unavailable = {static_cast<int>(50 + random.below(200)), false};
  rollout.max_failures =
      any_of(random, {Amount{0, false}, Amount{1, false}, Amount{3, false}, Amount{20, true}, Amount{1000, false}});
  rollout.sessions = random.below(3) == 0 ? SessionPolicy::force : SessionPolicy::skip;
  if (random.below(2) == 0) group.rebuild.delay_time = any_of(random, {0, 1, 5, 15});
  if (random.below(8) == 0) group.protect.push_back(first + random.below(count));
  if (random.below(8) == 0) group.exclude.push_back(first + random.below(count));
  return group;
}

bool shows_service_facts(Kind kind) {
  return kind >= Kind::sub_jobs_late && kind <= Kind::conflict_fails_in_job;
}

// How often a kind is drawn against the others.
unsigned weight_of(Kind kind) {
  switch (kind) {
    case Kind::power_cut:
    case Kind::killed:
      return 12;
    case Kind::power_cut_at_request:
    case Kind::answer_lost_after:
    case Kind::answer_lost_before:
      return 8;
    case Kind::resume:
    case Kind::saved_plan:
    case Kind::unstable_list:
    case Kind::interrupt:
    case Kind::job_fails:
    case Kind::sub_jobs_late:
    case Kind::conflict_executed_in_part:
      return 4;
    case Kind::image_late:
      return 6;
    case Kind::certificate:  // ends a run at once
      return 1;
    default:
      return 2;
  }
}

Kind some_kind(Random& random) {
  static const std::vector<Kind> kDeck = [] {
    std::vector<Kind> deck;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (beyond_assumptions(static_cast<Kind>(kind))) continue;
      deck.insert(deck.end(), weight_of(static_cast<Kind>(kind)), static_cast<Kind>(kind));
    }
    return deck;
  }();
  return kDeck[random.below(kDeck.size())];
}

Disturbance some_disturbance(Random& random, const Scenario& scenario, Kind kind) {
  Disturbance d;
  d.kind = kind;
  d.site = random.below(scenario.sites);
  d.run = random.below(scenario.runs);
  d.at = uneven(random, 3);
  d.count = random.below(3) == 0 ? uneven(random, 3) : 1;
  d.desktop = random.below(scenario.desktops);
  d.value = static_cast<std::int64_t>(random.below(7'200'000));
  switch (kind) {
    case Kind::read_fails_500:
    case Kind::read_fails_502:
    case Kind::read_fails_503:
    case Kind::read_fails_504:
    case Kind::read_throttled:
    case Kind::read_unauthorized:
    case Kind::read_refused:
    case Kind::read_proxy_page:
    case Kind::read_half:
    case Kind::read_lost:
    case Kind::read_late:
    case Kind::read_unreachable:
      d.at = uneven(random, 7);
      d.count = uneven(random, 4);
      break;
    case Kind::power_cut:
    case Kind::killed:
    case Kind::interrupt:
      d.at = uneven(random, 9);
      break;
    case Kind::write_fails:
    case Kind::sync_fails:
    case Kind::disk_full:
    case Kind::disk_fails_for_good:
      d.at = uneven(random, 6);
      d.count = uneven(random, 2);
      break;
    case Kind::sub_jobs_late:
      // Within the assumption that gild states: later than this and the delay, an accepted rebuild has shown itself.
      d.value =
          static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(scenario.settle.count()) * 1000 - 2000));
      break;
    case Kind::image_late:
      d.value = static_cast<std::int64_t>(random.below(random.below(4) == 0 ? 1'500'000 : 120'000));
      break;
    case Kind::task_gap:
    case Kind::task_lags:
      d.value = static_cast<std::int64_t>(random.below(120'000));
      break;
    case Kind::records_dropped:
      d.value = static_cast<std::int64_t>(random.below(1'800'000));
      break;
    default:
      break;
  }
  return d;
}

bool has(const Scenario& scenario, Kind kind) {
  return std::any_of(scenario.disturbances.begin(), scenario.disturbances.end(),
                     [&](const Disturbance& d) { return d.kind == kind; });
}

}  // namespace

Scenario make_scenario(std::uint64_t seed, std::size_t desktops) {
  Random random(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.client = random.below(8) == 0 ? Client::wire : Client::model;
  scenario.credential = any_of(random, {Credential::keys, Credential::password});
  scenario.desktops = fleet_size(random);
  scenario.sites = scenario.desktops > 3 && random.below(5) == 0 ? 2 : 1;
  std::size_t groups =
      std::min<std::size_t>(scenario.desktops, 1 + random.below(scenario.sites == 2 ? 2 : 3) + (scenario.sites - 1));
  if (desktops > 0) {
    scenario.desktops = desktops;
    groups = std::min(desktops, 10 + random.below(50));
  }
  std::size_t first = 0;
  for (std::size_t i = 0; i < groups; ++i) {
    const std::size_t left = scenario.desktops - first;
    const std::size_t spare = left - (groups - i - 1);  // each group gets one at least
    // Of many groups the first would take half, and the last hardly any.
    const std::size_t most = desktops > 0 ? std::min(spare, 2 * left / (groups - i)) : spare;
    const std::size_t count = i + 1 == groups ? left : 1 + random.below(most);
    scenario.groups.push_back(some_group(random, i % scenario.sites, first, count));
    first += count;
  }
  scenario.settle = any_of(random, {seconds{60}, seconds{600}, seconds{600}, seconds{1800}});
  scenario.poll = any_of(random, {seconds{5}, seconds{15}, seconds{60}});
  scenario.max_in_flight = any_of(random, {2, 5, 20, 200, 200});
  if (scenario.desktops > 200) scenario.max_in_flight = 200;
  if (desktops > 0) {
    scenario.max_in_flight = 2000;
    scenario.poll = seconds{60};
  }
  scenario.job_min = any_of(random, {Duration{1'000}, Duration{60'000}});
  scenario.job_max = any_of(random, {Duration{60'000}, Duration{300'000}, Duration{1'800'000}});
  scenario.refreshed_at_first = random.below(2) == 0;
  scenario.runs = 1 + random.below(5);
  for (std::size_t run = 0; run < scenario.runs; ++run)
    scenario.idle.push_back(minutes{random.below(random.below(3) == 0 ? 90 : 3)});

  const std::size_t count = random.below(10) == 0 ? 0 : 1 + random.below(9);
  for (std::size_t i = 0; i < count; ++i) {
    scenario.disturbances.push_back(some_disturbance(random, scenario, some_kind(random)));
  }
  // With the real client it takes eleven thousand records, which cost as much as hundreds of other seeds.
  if (scenario.client == Client::wire && has(scenario, Kind::list_beyond_reach) && random.below(50) != 0) {
    scenario.client = Client::model;
  }
  // Facts that only together are beyond what gild assumes: a rebuild of which neither a record nor the image tells.
  if (has(scenario, Kind::records_dropped) || has(scenario, Kind::job_record_deleted)) {
    std::erase_if(scenario.disturbances, [](const Disturbance& d) {
      return d.kind == Kind::image_late || d.kind == Kind::success_without_image;
    });
  }
  if (has(scenario, Kind::list_beyond_reach)) {
    std::erase_if(scenario.disturbances, [](const Disturbance& d) { return d.kind == Kind::success_without_image; });
  }
  if (random.below(40) == 0) {
    const Kind beyond = any_of(random, {Kind::beyond_sub_jobs_too_late, Kind::beyond_sub_jobs_never,
                                        Kind::beyond_records_dropped_and_image_late});
    scenario.disturbances.push_back(some_disturbance(random, scenario, beyond));
  }
  // What stands on a later page of the list decides most where nothing else tells of a rebuild. So rare by chance that
  // it is made now and then.
  if (scenario.client == Client::wire && random.below(8) == 0 && !has(scenario, Kind::records_dropped) &&
      !has(scenario, Kind::job_record_deleted)) {
    scenario.settle = seconds{60};
    std::erase_if(scenario.disturbances, [](const Disturbance& d) { return d.kind == Kind::sub_jobs_late; });
    for (const Kind kind : {Kind::long_list, Kind::image_late, Kind::answer_lost_after}) {
      Disturbance d = some_disturbance(random, scenario, kind);
      d.at = 1;
      if (kind == Kind::image_late) d.value = 1'100'000;  // within the time that a desktop is verified
      scenario.disturbances.push_back(d);
    }
  }
  // What the service is like comes first: it holds for all that follows.
  std::stable_partition(scenario.disturbances.begin(), scenario.disturbances.end(),
                        [](const Disturbance& d) { return shows_service_facts(d.kind); });
  return scenario;
}

}  // namespace gild::simulate
