// SPDX-License-Identifier: Apache-2.0
// Where every desktop of a run stands, so that none is forgotten in the report.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/plan.hpp"
#include "engine/model/report.hpp"
#include "engine/model/state.hpp"

namespace gild {

class Tally {
 public:
  // What the plan names, and what is open from before.
  Tally(const Plan& plan, const State& state);

  void held(const DesktopKey& key, HoldReason reason, const std::string& detail);
  void already_right(const DesktopKey& key);
  void refused(const DesktopKey& key, const std::string& reason);
  // Request number `intent` names it: its end is what the state says of that request. Where the request turns out not
  // to have been executed, the desktop is waiting again.
  void sent(const DesktopKey& key, std::int64_t intent);
  // Its request was not executed, and it is not to go again.
  void not_again(const DesktopKey& key, const std::string& why);

  // The outcomes, with what the state says now for desktops that were sent or open.
  std::vector<DesktopOutcome> finish(const State& state) const;

 private:
  struct Entry {
    DesktopOutcome outcome;              // what stands where the state does not decide
    std::optional<ImageState> wanted;    // nullopt: the plan does not name it
    std::optional<std::int64_t> intent;  // the request whose end the state tells; nullopt: the state does not decide
    bool in_flight = false;              // that request was open in this run
  };
  void follow(Entry& entry, const DesktopRecord* record);
  Entry& settle(const DesktopKey& key, DesktopEnd end);

  std::map<DesktopKey, Entry> entries_;
};

}  // namespace gild
