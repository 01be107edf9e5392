// SPDX-License-Identifier: Apache-2.0
// What does a fleet of a million desktops in PostgreSQL cost whoever is about one group of it? To read it for a plan,
// to record a batch, to write a refresh: each beside a floor of the same run, the server alone with the same bytes.
// bench/run --stores starts the server and runs this.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_clock.hpp"
#include "bench/fleet.hpp"
#include "engine/codec/state_codec.hpp"
#include "engine/plan/planner.hpp"
#include "engine/store/postgres/connection.hpp"
#include "engine/store/postgres/postgres_state_store.hpp"

namespace {

using namespace gild;

void measure(const std::string& what, int runs, const std::function<void()>& work) {
  std::vector<double> taken;
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    taken.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(taken.begin(), taken.end());
  fmt::print("| {} | {:.2f} ms | {:.2f} – {:.2f} ms | {} |\n", what, taken[taken.size() / 2], taken.front(),
             taken.back(), runs);
  std::fflush(stdout);
}

std::string document(const DesktopKey& key, const DesktopRecord& desktop) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_desktop(json, key, desktop);
  json.end_object();
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: postgres_bench URL DESKTOPS FOLDER\n");
    return 1;
  }
  const std::size_t desktops = std::stoul(argv[2]);
  const PostgresAddress address = postgres_address(argv[1], [](std::string_view) { return std::nullopt; });
  bench::BenchClock clock;
  PostgresStateStore store(address, clock);
  const Began who{"gild bench", "bench", "bench", std::nullopt, "bench"};
  bench::Fleet fleet = bench::make_fleet({desktops, desktops / 1000, 0.1, 2026});
  fleet.known.serial = 1;

  fmt::print("| what | median | least – most | runs |\n| --- | --- | --- | --- |\n");
  measure(fmt::format("all {} desktops come in by `state push`", desktops), 1,
          [&] { store.lock(who, Duration{0})->import(fleet.known, {}); });
  PostgresConnection connection(address);
  for (const char* table : {"desktops", "groups", "journal"}) connection.run(fmt::format("VACUUM ANALYZE @.{}", table));

  // One group, as a user who is about it has it.
  bench::Fleet one;
  one.wanted = fleet.wanted;
  one.wanted.groups.resize(1);
  const DesktopGroup& group = one.wanted.groups.front();
  StateScope scope;
  scope.whole = false;
  scope.groups = {group.name};
  for (const DesktopEntry& entry : group.desktops) scope.desktops.push_back(entry.id);
  bench::write_fleet(one, bench::ListForm::in_files, argv[3]);

  measure("floor: one round trip (SELECT 1)", 2000, [&] { connection.run("SELECT 1"); });
  measure("floor: connect", 50, [&] { PostgresConnection another(address); });
  measure(fmt::format("floor: the rows of a group of {}, by name alone", group.desktops.size()), 50, [&] {
    std::size_t bytes = 0;
    connection.copy_out(
        fmt::format("SELECT doc FROM @.desktops WHERE group_name = {}", connection.quote(group.name.str())),
        [&](const std::vector<std::string_view>& row) { bytes += row.front().size(); });
  });
  State read;
  measure("that group is read for a plan", 50, [&] { read = store.read(scope); });
  fmt::print("\n{} desktops read, {} left out\n\n| what | median | least – most | runs |\n| --- | --- | --- | --- |\n",
             read.desktops.size(), read.unread.desktops);
  measure("that group is read and planned", 50, [&] { make_plan(one.wanted, store.read(scope)); });

  {
    auto locked = store.lock(who, Duration{0}, scope);
    Intended intended;
    intended.workspace = group.workspace;
    intended.group = group.name;
    intended.target = group.target;
    intended.batch = BatchId{"finance-001"};
    Finished finished{group.workspace, group.name, std::nullopt, 0, group.target, {}, "seen"};
    std::string bytes;
    for (const auto& [key, desktop] : locked->state().desktops) {
      if (intended.desktops.size() == 100) break;
      intended.desktops.push_back({key.id, desktop.name, desktop.image});
      finished.desktops.push_back({key.id, Outcome::ready, std::nullopt});
      bytes += document(key, desktop);
    }
    connection.run("CREATE TABLE @.floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes text)");
    measure("floor: a batch's bytes in one row, committed", 200,
            [&] { connection.run("INSERT INTO @.floor (bytes) VALUES ($1)", {bytes}); });
    measure("floor: 100 rows of that size updated, committed", 1, [&] {
      connection.run("INSERT INTO @.floor (bytes) SELECT $1 FROM generate_series(1, 100)", {bytes.substr(0, 400)});
    });
    measure("floor: 100 rows of that size updated, committed", 200, [&] {
      connection.run("UPDATE @.floor SET bytes = $1 WHERE id > (SELECT max(id) - 100 FROM @.floor)",
                     {bytes.substr(0, 400)});
    });
    std::int64_t intent = 0;
    int job = 0;
    std::vector<double> times[4];
    const auto timed = [&](int which, const std::function<void()>& work) {
      const auto begin = std::chrono::steady_clock::now();
      work();
      times[which].push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    };
    for (int run = 0; run < 200; ++run) {
      timed(3, [&] { static_cast<void>(locked->reserve(1)); });
      timed(0, [&] {
        intent = locked->append(intended).serial;
        locked->sync();
      });
      const JobId id{fmt::format("job-{}", ++job)};
      timed(1, [&] {
        locked->append(Accepted{intent, id, "request", std::nullopt});
        locked->sync();
      });
      finished.job = id;
      timed(2, [&] {
        locked->append(finished);
        locked->sync();
      });
    }
    const char* names[] = {"a batch of 100: the request is recorded", "a batch of 100: the answer is recorded",
                           "a batch of 100: the outcome is recorded", "the lock is proven before a request"};
    for (int which = 0; which < 4; ++which) {
      std::sort(times[which].begin(), times[which].end());
      fmt::print("| {} | {:.2f} ms | {:.2f} – {:.2f} ms | 200 |\n", names[which], times[which][100],
                 times[which].front(), times[which].back());
    }
  }

  // A refresh of a tenth of the fleet, by whoever holds all of it.
  std::vector<Refreshed> refresh;
  std::size_t count = 0;
  std::vector<std::string> rows;
  for (const auto& [key, desktop] : fleet.known.desktops) {
    if (++count > desktops / 10) break;
    if (refresh.empty() || refresh.back().desktops.size() == 1000) refresh.push_back({key.workspace, {}});
    refresh.back().desktops.push_back({key.id, desktop.group, desktop.name, ImageId{"seen"}, "Windows", {}});
    rows.push_back(document(key, desktop));
  }
  measure(fmt::format("floor: {} rows into a table without an index, by COPY", rows.size()), 3, [&] {
    connection.run("CREATE TEMPORARY TABLE floor_copy (doc text)");
    std::size_t next = 0;
    connection.copy_in("floor_copy", [&](std::vector<std::string>& row) {
      if (next == rows.size()) return false;
      row = {rows[next++]};
      return true;
    });
    connection.run("DROP TABLE floor_copy");
  });
  auto locked = store.lock(who, Duration{0});
  int turn = 0;
  measure(fmt::format("a refresh of {} desktops is written", rows.size()), 3, [&] {
    ++turn;
    for (Refreshed record : refresh) {
      for (RefreshedDesktop& desktop : record.desktops) desktop.image_id = ImageId{fmt::format("seen-{}", turn)};
      locked->append(std::move(record));
    }
    locked->sync();
  });
  measure("the whole state is read", 3, [&] { store.read(); });
  return 0;
}
