// SPDX-License-Identifier: Apache-2.0
// Which rows a journal record changes, so that recording a batch writes the batch. It says after fold() what fold() may
// have changed; a row that is named and is as it was costs a write, one that is forgotten would be lost.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "engine/model/journal_record.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct ChangedRows {
  std::set<DesktopKey> desktops;
  std::set<std::int64_t> intents;
  std::set<JobKey> jobs;
  std::set<GroupName> groups;          // that have something new, beside those of the desktops
  std::set<GroupName> rollout_groups;  // whose part of an open rollout may have changed
  bool rollouts = false;               // one came or went
};

class RowTracker {
 public:
  explicit RowTracker(const State& state);
  // What these records, which come next, have changed.
  ChangedRows take(const std::vector<JournalRecord>& records);

 private:
  class Visitor;
  struct OpenIntent {
    WorkspaceName workspace;
    GroupName group;
    std::vector<DesktopId> desktops;
  };

  // fold() drops what has ended, but what a record says of it has to be found all the same.
  std::map<std::int64_t, OpenIntent> intents_;
  std::map<JobKey, GroupName> jobs_;
};

}  // namespace gild
