// SPDX-License-Identifier: Apache-2.0
// A state in memory with desktops d-1 … d-4 of group finance on image "old", and the use cases over it.
#pragma once

#include <string>
#include <vector>

#include "engine/ops/op_deps.hpp"
#include "engine/simulation/memory_store.hpp"
#include "engine/simulation/recording_observer.hpp"
#include "engine/simulation/simulated_clock.hpp"
#include "engine/simulation/simulated_cloud.hpp"

namespace gild::test {

inline const WorkspaceName kProd{"prod"};
inline const GroupName kFinance{"finance"};
inline const Target kNew{{ImageId{"new"}, "private", std::nullopt}, std::nullopt};

struct Hand {
  Hand() {
    Refreshed seen;
    seen.workspace = kProd;
    for (const char* id : {"d-1", "d-2", "d-3", "d-4"}) {
      RefreshedDesktop desktop;
      desktop.id = DesktopId{id};
      desktop.group = kFinance;
      desktop.image_id = ImageId{"old"};
      seen.desktops.push_back(desktop);
    }
    write(seen);
  }

  // What a run would have journalled; returns its serial. A minute passes.
  std::int64_t write(RecordBody body) {
    clock.advance(std::chrono::minutes{1});
    const auto locked = store.lock();
    const std::int64_t serial = locked->append(std::move(body)).serial;
    locked->fold_to_disk();
    return serial;
  }
  std::int64_t intend(const std::vector<std::string>& ids) {
    Intended intended;
    intended.workspace = kProd;
    intended.group = kFinance;
    intended.batch = BatchId{"finance-001"};
    intended.target = kNew;
    for (const std::string& id : ids) {
      intended.desktops.push_back({DesktopId{id}, std::nullopt, store.read().find(kProd, DesktopId{id})->image});
    }
    intended.service_time = clock.now();
    return write(intended);
  }
  void accept(std::int64_t intent, const std::string& job) { write(Accepted{intent, JobId{job}, "req", clock.now()}); }
  void finish(const std::string& job, const std::string& id, Outcome outcome) {
    write(Finished{kProd, kFinance, JobId{job}, 0, kNew, {{DesktopId{id}, outcome, "WKS.1 no space"}}, "a test"});
  }

  OpDeps deps() {
    return {store,
            cloud,
            clock,
            observer,
            {"state", "ada", "runner-7", std::nullopt, "0.1.0"},
            Duration{0},
            [](const State&, StoreAfterwards) { return std::string{"errored.gild.state.json"}; }};
  }
  const DesktopRecord& record(const std::string& id) {
    read_ = store.read();
    return read_.desktops.at({kProd, DesktopId{id}});
  }

  ServiceModel model;
  SimulatedClock clock;
  SimulatedCloud cloud{model, clock};
  MemoryStateStore store{clock};
  RecordingObserver observer;

 private:
  State read_;
};

}  // namespace gild::test
