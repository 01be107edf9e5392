// SPDX-License-Identifier: Apache-2.0
// What the journal and its history say happened: who rebuilt what, when, from and to which image, by which job, and how
// it ended (`history`). Made from the records alone. A history whose oldest part was thrown away is told as far as it
// goes: what ends there without having begun there is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/journal_record.hpp"

namespace gild {

// Somebody who held the lock and wrote.
struct HistoryRun {
  std::int64_t serial = 0;
  Time at{};
  Began who;
};

enum class HistoryKind {
  rebuild,    // a request, and what became of it
  recorded,   // apply found the wanted image there already
  seen,       // a refresh saw a desktop for the first time, or another image on it than the recorded one
  held,       // left alone in that run
  resolved,   // a person decided
  removed,    // state rm
  regrouped,  // state mv
  migrated,   // state migrate: the state came here, or went elsewhere
  rollout,    // a plan began
  resumed,    // failures so far were set aside: apply --resume
};
std::string_view name_of(HistoryKind kind);

// How a rebuild ended for a desktop, as far as is known by now.
enum class RebuildEnd {
  open,
  ready,
  failed,
  unhealthy,
  unknown,
  refused,       // by the service: nothing happened to it
  not_executed,  // the request never reached the service's logic
  not_received,  // proven afterwards, of a lost request
  resolved,      // a person decided, while it was open
};
std::string_view name_of(RebuildEnd end);
// Unless that is certain not to be so.
bool may_have_wiped(RebuildEnd end);

struct HistoryDesktop {
  DesktopKey key;
  std::optional<std::string> name;
  std::optional<ImageState> from;     // what was there before, where known
  std::optional<ImageId> to;          // what was then there, or was to be
  RebuildEnd end = RebuildEnd::open;  // of a rebuild
  std::optional<JobId> job;
  std::optional<std::string> reason;
  std::optional<std::string> evidence;  // what made us believe the end
  std::optional<Time> ended_at;
};

struct HistoryEntry {
  std::int64_t serial = 0;
  Time at{};
  Time last_at{};                  // of the last record that is part of it
  std::optional<std::size_t> run;  // place in History::runs
  HistoryKind kind = HistoryKind::rebuild;
  std::vector<GroupName> groups;  // one, but for a rollout, and none where it is not known
  std::optional<BatchId> batch;
  std::optional<Target> target;
  std::vector<HistoryDesktop> desktops;
  std::vector<JobId> jobs;
  std::optional<std::string>
      note;  // the plan's digest, the reason given, why the answer was lost or the request refused
};

struct HistoryFilter {
  std::vector<GroupName> groups;     // empty: all
  std::vector<DesktopId> desktops;   // empty: all
  std::optional<Time> since;         // nothing of it is older
  std::optional<std::size_t> limit;  // the newest
};

struct History {
  std::vector<HistoryRun> runs;
  std::vector<HistoryEntry> entries;  // oldest first
};

// Where the filter names desktops, entries have these desktops alone.
History make_history(const std::vector<JournalRecord>& records, const HistoryFilter& filter);

// Which desktops a record is about, also where it names only a request or a job. To be asked for every record of a
// history in turn, since it learns from each.
class RecordScope {
 public:
  struct Scope {
    std::vector<DesktopKey> desktops;
    std::vector<GroupName> groups;
  };
  Scope of(const JournalRecord& record);

 private:
  struct Request {
    WorkspaceName workspace;
    GroupName group;
    std::vector<DesktopId> desktops;
  };
  Scope scope_of(const Request& request) const;
  Scope scope_of(const WorkspaceName& workspace, const std::vector<DesktopId>& ids, const GroupName* group) const;

  std::map<std::int64_t, Request> requests_;
  std::map<JobKey, Request> jobs_;
  std::map<DesktopKey, GroupName> groups_;
};

// A record, and whoever wrote it.
struct ToldRecord {
  const JournalRecord* record = nullptr;
  std::optional<HistoryRun> run;
  std::vector<DesktopKey> desktops;
};
// The records that the filter takes, oldest first.
std::vector<ToldRecord> tell_records(const std::vector<JournalRecord>& records, const HistoryFilter& filter);

// Every group and desktop that the records speak of.
struct HistoryNames {
  std::set<GroupName> groups;
  std::set<DesktopKey> desktops;
};
HistoryNames names_in(const std::vector<JournalRecord>& records);

}  // namespace gild
