// SPDX-License-Identifier: Apache-2.0
// The records of one batch's life, with desktops from all over a fleet: what a journal consists of.
#pragma once

#include <algorithm>
#include <chrono>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild::bench {

class Batches {
 public:
  static constexpr std::size_t kDesktops = 100;

  // Every n-th desktop of `known` from `first` on, so that there are 100 of them.
  explicit Batches(const State& known, std::size_t first = 0) {
    const auto stride = std::max<std::size_t>(known.desktops.size() / kDesktops, 1);
    std::size_t index = 0;
    for (const auto& [key, record] : known.desktops) {
      if (index++ % stride != first % stride || intended_.desktops.size() == kDesktops) continue;
      intended_.desktops.push_back({key.id, record.name, record.image});
      finished_.desktops.push_back({key.id, Outcome::ready, std::nullopt});
      intended_.workspace = finished_.workspace = key.workspace;
      intended_.group = finished_.group = record.group.value_or(GroupName{"finance"});
    }
    intended_.target.image = {ImageId("7c0e89f0-18c6-4ad1-b096-ce38166cc4ea"), "private", "Windows"};
    finished_.target = intended_.target;
    intended_.batch = BatchId("finance-001");
    intended_.known_complete = true;
    intended_.service_time = Time{std::chrono::seconds{1'795'640'651}};
    finished_.evidence = "sub-jobs SUCCESS, and the image was seen";
  }

  const Intended& intended() const { return intended_; }
  static Accepted accepted(std::int64_t intent) {
    return {intent, JobId("8a5f0c1e-9d3b-4c57-9b1c-3a2f6e7d8c90"), "request",
            Time{std::chrono::seconds{1'795'640'652}}};
  }
  Finished finished() const {
    Finished out = finished_;
    out.job = accepted(0).job;
    return out;
  }

 private:
  Intended intended_;
  Finished finished_;
};

}  // namespace gild::bench
