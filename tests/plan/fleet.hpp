// SPDX-License-Identifier: Apache-2.0
// Manifests and states for the planner's tests, from short words.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild::test {

inline const WorkspaceName kProd{"prod"};
inline const GroupName kFinance{"finance"};

inline Target target(std::string_view image, std::optional<std::string> revision = std::nullopt) {
  return {{ImageId(image), "private", std::nullopt}, std::move(revision)};
}

inline Workspace workspace(std::string_view name) {
  Workspace out;
  out.name = WorkspaceName(name);
  out.region = "ap-southeast-1";
  out.project_id = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
  out.endpoint = "https://workspace.ap-southeast-1.myhuaweicloud.com";
  out.iam_endpoint = "https://iam.ap-southeast-1.myhuaweicloud.com";
  return out;
}

inline DesktopEntry entry(std::string_view id) {
  DesktopEntry out;
  out.id = DesktopId(id);
  return out;
}

// d-001 … d-00n
inline std::vector<DesktopEntry> entries(int count) {
  std::vector<DesktopEntry> out;
  for (int i = 1; i <= count; ++i) out.push_back(entry(fmt::format("d-{:03}", i)));
  return out;
}

inline DesktopGroup group(std::string_view name, Target wanted, std::vector<DesktopEntry> desktops) {
  DesktopGroup out;
  out.name = GroupName(name);
  out.workspace = kProd;
  out.target = std::move(wanted);
  out.desktops = std::move(desktops);
  return out;
}

inline Manifest manifest(std::vector<DesktopGroup> groups) {
  return {{workspace("prod")}, std::move(groups), {}};
}

inline DesktopRecord on_image(std::string_view image, std::optional<std::string> revision = std::nullopt) {
  DesktopRecord out;
  out.image = {ImageId(image), "private", std::nullopt, std::move(revision)};
  return out;
}

inline State state() {
  State out;
  out.lineage = "7a52b2f4-52a5-4d0e-9d5c-a9b6c1b9f0a1";
  out.serial = 42;
  return out;
}

inline State state(std::vector<std::pair<std::string, DesktopRecord>> desktops) {
  State out = state();
  for (auto& [id, record] : desktops) out.desktops[{kProd, DesktopId(id)}] = std::move(record);
  return out;
}

// The state after an apply of `plan` in which everything went well.
inline State applied(State known, const Plan& plan) {
  if (known.lineage.empty()) known.lineage = state().lineage;
  ++known.serial;
  for (const PlannedDesktop& desktop : plan.desktops) {
    if (desktop.action != Action::rebuild) continue;
    DesktopRecord& record = known.desktops[{desktop.workspace, desktop.id}];
    record.status = DesktopStatus::ready;
    record.image = *desktop.to;
    record.group = desktop.group;
    record.target.reset();
  }
  return known;
}

// A fleet of some groups in two Workspaces, and a state that knows part of it in every status.
struct Fleet {
  Manifest wanted;
  State known;
};

// Bounds; the numbers are drawn.
struct FleetSize {
  int least_groups = 1;
  int most_groups = 5;
  int most_desktops = 40;  // of a group
};

inline Fleet random_fleet(std::uint64_t seed, const FleetSize& size = {}) {
  std::mt19937_64 engine(seed);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine); };
  const auto pick = [&](std::initializer_list<const char*> words) {
    return std::string(words.begin()[number(0, static_cast<int>(words.size()) - 1)]);
  };
  const auto maybe = [&](std::initializer_list<const char*> words) {
    return number(0, 2) == 0 ? std::nullopt : std::optional(pick(words));
  };
  Fleet out;
  out.wanted.workspaces = {workspace("east"), workspace("west")};
  out.wanted.workspaces[0].max_in_flight = number(1, 40);
  out.known = number(0, 4) == 0 ? State{} : state();
  std::vector<DesktopKey> keys;
  const int groups = number(size.least_groups, size.most_groups);
  for (int g = 0; g < groups; ++g) {
    DesktopGroup next = group(fmt::format("g{}", g), target(pick({"img-1", "img-2"}), maybe({"r1", "r2"})), {});
    next.workspace = WorkspaceName(pick({"east", "west"}));
    next.rebuild.order_id = maybe({"CS1", "CS2"});
    next.rebuild.message = maybe({"Save your work.", "\u4fdd\u5b58"});
    next.rollout.batch_size = number(1, 12);
    next.rollout.max_unavailable = {number(1, 30), number(0, 1) == 0};
    next.rollout.max_failures = {number(0, 10), number(0, 1) == 0};
    next.rollout_given = {"batch_size", "max_unavailable", "max_failures"};
    const int desktops = number(0, size.most_desktops);
    for (int d = 0; d < desktops; ++d) {
      DesktopEntry one = entry(fmt::format("{:08x}-{}-{}", engine() & 0xFFFFFFFFU, g, d));
      one.name = maybe({"FIN-1", "FIN-2"});
      if (number(0, 3) == 0) one.order_id = pick({"CS1", "CS3"});
      one.protect = number(0, 9) == 0;
      one.excluded = number(0, 9) == 0;
      keys.push_back({next.workspace, one.id});
      next.desktops.push_back(std::move(one));
    }
    std::sort(next.desktops.begin(), next.desktops.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    out.wanted.groups.push_back(std::move(next));
  }
  if (out.known.lineage.empty()) return out;
  for (int i = number(0, 5); i > 0; --i) keys.push_back({WorkspaceName("east"), DesktopId(fmt::format("gone-{}", i))});
  for (const DesktopKey& key : keys) {
    if (number(0, 4) == 0) continue;  // never seen
    DesktopRecord record = on_image(pick({"img-1", "img-2", "img-3"}), maybe({"r1", "r2"}));
    if (number(0, 9) == 0) record.image.image_id.reset();
    if (number(0, 3) == 0) record.status = static_cast<DesktopStatus>(number(0, 5));
    if (record.status != DesktopStatus::ready) {
      record.target = target(pick({"img-1", "img-2"}));
      record.job_id = JobId("job-1");
      record.reason = maybe({"WKS.0001 no space", "the job ran out of time"});
    }
    out.known.desktops[key] = std::move(record);
  }
  return out;
}

}  // namespace gild::test
