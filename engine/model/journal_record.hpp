// SPDX-License-Identifier: Apache-2.0
// What must survive a crash: everything that happened to a desktop, in the order it happened, each with what made us
// believe it. State is the fold of these records (fold.hpp). JSON form: schemas/journal.schema.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/time.hpp"
#include "engine/model/state.hpp"

namespace gild {

// First record of whoever holds the lock and writes: who, where and from which commit.
struct Began {
  std::string command;
  std::string user;
  std::string host;
  std::optional<std::string> commit;
  std::string gild_version;
};

// A plan begins. Rollouts that share a group with it end here; what they had paused is carried in `groups`.
struct RolloutStarted {
  std::string plan_digest;
  std::vector<RolloutGroup> groups;
};
// --resume: the failures so far no longer count, and desktops held after a conflict may go again.
struct RolloutAcknowledged {
  std::vector<GroupName> groups;
};
struct RolloutClosed {
  std::string plan_digest;
};

struct IntendedDesktop {
  DesktopId id;
  std::optional<std::string> name;
  ImageState from;  // read live right before
};
// A request is about to be sent; synced before it is. Its serial is the intent's number.
struct Intended {
  WorkspaceName workspace;
  GroupName group;
  BatchId batch;
  Target target;
  RebuildOptions options;
  std::vector<IntendedDesktop> desktops;
  std::vector<SubJobId> known_sub_jobs;
  bool known_complete = false;
  std::optional<Time> service_time;
  std::chrono::seconds settle{1800};
};

// What the service said in an error, as it came.
struct ServiceError {
  int status = 0;  // HTTP; 0: no answer
  std::string code;
  std::string message;
  std::string request_id;
};

struct Accepted {
  std::int64_t intent = 0;
  JobId job;
  std::string request_id;
  std::optional<Time> service_time;
};
// The service said no to the whole request; nothing happened.
struct Refused {
  std::int64_t intent = 0;
  ServiceError error;
};
// Throttled, token refused, no connection: the request never reached the service's logic.
struct NotExecuted {
  std::int64_t intent = 0;
  ServiceError error;
};
// It may or may not have been carried out.
struct Lost {
  std::int64_t intent = 0;
  std::string why;
  ServiceError error;
};
struct Looked {
  std::int64_t intent = 0;
  Look look;
};
// A job found by evidence to be the one that a lost request started, for these desktops.
struct Adopted {
  std::int64_t intent = 0;
  JobId job;
  std::vector<DesktopId> desktops;
  std::vector<SubJobId> sub_jobs;  // the evidence, one for each desktop
  Time time{};                     // of the look, by the service's clock
};
// Proven not to have been executed.
struct NotReceived {
  std::int64_t intent = 0;
  std::vector<DesktopId> desktops;
  std::string evidence;
};
// The sub-jobs of these desktops were SUCCESS; their image is still to be seen.
struct Verifying {
  JobKey job;  // for find_job()
  std::vector<DesktopId> desktops;
  Time time{};  // the service's clock
};
// The service did not know this job of ours.
struct JobMissed {
  JobKey job;  // for find_job()
  Time time{};
};

enum class HoldReason {
  // By policy: no failure, and exit 3 only for those who are strict.
  in_use,
  protect,
  exclude,
  // For anything else, somebody should look.
  gone,
  busy,
  error_status,
  frozen,
  pooled,
  drifted,
  conflict,
};
std::string_view name_of(HoldReason reason);
std::optional<HoldReason> hold_reason_from(std::string_view name);
inline bool is_policy(HoldReason reason) {
  return reason == HoldReason::in_use || reason == HoldReason::protect || reason == HoldReason::exclude;
}

// Left alone in this run. With `intent`, the service itself refused this desktop of that request.
struct Held {
  std::int64_t intent = 0;
  WorkspaceName workspace;
  GroupName group;
  HoldReason reason = HoldReason::busy;
  std::vector<DesktopId> desktops;
  std::string detail;
};
// The service denied a rebuild to a desktop in this live status (409): others in it are held until --resume.
struct Conflicted {
  GroupName group;
  std::string live_status;
};

enum class Outcome {
  ready,
  failed,
  unhealthy,
  unknown,
  refused,
  overdue,  // recorded as unknown like the one before, but the job is not known to have ended and stays open
};
std::string_view name_of(Outcome outcome);
std::optional<Outcome> outcome_from(std::string_view name);

struct FinishedDesktop {
  DesktopId id;
  Outcome outcome = Outcome::ready;
  std::optional<std::string> reason;  // why it is not ready
};
// Desktops that came to an end, by a job's outcome or by evidence. Closes them in their job or intent; but one that is
// overdue stays in its job.
struct Finished {
  WorkspaceName workspace;
  GroupName group;
  std::optional<JobId> job;
  std::int64_t intent = 0;  // where evidence closed an intent without a job; 0: none
  Target target;
  std::vector<FinishedDesktop> desktops;
  std::string evidence;
};

struct RecordedDesktop {
  DesktopId id;
  std::optional<std::string> name;
};
// Apply read these live and found the wanted image already there: recorded, nothing sent.
struct Recorded {
  WorkspaceName workspace;
  GroupName group;
  Target target;
  std::vector<RecordedDesktop> desktops;
  std::string evidence;
};

struct RefreshedDesktop {
  DesktopId id;
  std::optional<GroupName> group;
  std::optional<std::string> name;
  std::optional<ImageId> image_id;  // written only where the desktop is ready or new
  std::optional<std::string> os_type;
  ObservedDetails details;
};
struct Refreshed {
  WorkspaceName workspace;
  std::vector<RefreshedDesktop> desktops;
};

enum class Resolution { ready, failed, not_received };
std::string_view name_of(Resolution resolution);
std::optional<Resolution> resolution_from(std::string_view name);

// A person decided (`state resolve`).
struct Resolved {
  std::vector<DesktopKey> desktops;
  Resolution as = Resolution::failed;
  std::string reason;
  std::string by;
};
// `state rm`
struct Removed {
  std::vector<DesktopKey> desktops;
};

// `state mv`: these belong to another group from now on. Nothing happens to their disks.
struct Regrouped {
  std::vector<DesktopKey> desktops;
  std::optional<GroupName> from;  // nullopt: they were in none
  GroupName to;
};
// `state migrate`: this state lives at `to` now, and nothing is planned or applied by what is here; nullopt: it has
// arrived here.
struct Migrated {
  std::optional<std::string> to;  // as --state takes it, without secrets
};

using RecordBody = std::variant<Began, RolloutStarted, RolloutAcknowledged, RolloutClosed, Intended, Accepted, Refused,
                                NotExecuted, Lost, Looked, Adopted, NotReceived, Verifying, JobMissed, Held, Conflicted,
                                Finished, Recorded, Refreshed, Resolved, Removed, Regrouped, Migrated>;

struct JournalRecord {
  std::int64_t serial = 0;
  Time at{};  // our own clock: for people; of decisions only max_rebuilds_per_day looks at it, to refuse
  RecordBody body;
};

}  // namespace gild
