// SPDX-License-Identifier: Apache-2.0
// What is recorded: per desktop the image we believe is on its disk, and everything that is still open. The snapshot on
// disk is a cache of a fold over the journal (fold.hpp); the format is schemas/state.schema.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/optional_text.hpp"
#include "engine/core/shared_optional.hpp"
#include "engine/core/time.hpp"
#include "engine/model/image.hpp"
#include "engine/model/inventory.hpp"
#include "engine/model/rebuild.hpp"

namespace gild {

enum class DesktopStatus {
  ready,       // the recorded image is on the disk: rebuilt and verified, or seen by a read
  rebuilding,  // an accepted job runs; `target` says to what
  settling,    // a request was sent and its fate is not established yet
  failed,      // the service said that the job failed for this desktop; the disk is in doubt
  unhealthy,   // the job succeeded, but the desktop does not show the image or does not come back
  unknown,     // evidence contradicts itself, or the job vanished or ran out of time; a person decides
};
std::string_view name_of(DesktopStatus status);
std::optional<DesktopStatus> desktop_status_from(std::string_view name);

struct DesktopKey {
  WorkspaceName workspace;
  DesktopId id;
  friend bool operator==(const DesktopKey&, const DesktopKey&) = default;
  friend auto operator<=>(const DesktopKey&, const DesktopKey&) = default;
};

// Job ids come from the service, and two Workspaces may be given the same one. Sorted by id first, as the document was
// before it knew that.
struct JobKey {
  JobId id;
  WorkspaceName workspace;
  friend bool operator==(const JobKey&, const JobKey&) = default;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

// In a map by JobKey. A key without a Workspace comes from a record of before that was written down: it means the only
// job of that id.
template <class Map>
auto find_job(Map& jobs, const JobKey& key) {
  if (!key.workspace.empty()) return jobs.find(key);
  const auto found = jobs.lower_bound(key);
  if (found == jobs.end() || found->first.id != key.id) return jobs.end();
  const auto next = std::next(found);
  return next != jobs.end() && next->first.id == key.id ? jobs.end() : found;
}

// What a refresh noted beside the image; for people and scripts, never for decisions.
struct ObservedDetails {
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<std::string> pool_id;
  std::optional<std::string> desktop_type;
  std::optional<int> root_gb;
  std::optional<int> data_disks;
  std::optional<std::string> login_status;
  friend bool operator==(const ObservedDetails&, const ObservedDetails&) = default;
};

// How a desktop was recorded that has failed. Never changed: copies of a state share it, since hardly any has one.
struct PastFailure {
  std::optional<Target> target;
  std::optional<JobId> job_id;
  std::optional<std::string> reason;
};

struct DesktopRecord {
  OptionalText<GroupName> group;
  OptionalText<SharedText> name;
  ImageState image;  // what is on the disk; while a rebuild is open, what was there before
  DesktopStatus status = DesktopStatus::ready;
  SharedOptional<Target> target;  // while rebuilding or settling, and after an end other than ready: to what
  OptionalText<JobId> job_id;  // the job of ours that named it last; nullopt: none, or its last request ended without
  std::int64_t intent = 0;     // serial of the last request of ours that may have been executed; 0: none
  // Why failed, unhealthy or unknown; of a ready one: with what the service denied its last request (409). May hold
  // code and text of the service, which views escape.
  OptionalText<SharedText> reason;
  Time updated_at{};
  SharedOptional<ImageState> previous;  // the image before the recorded one, where there was another
  SharedOptional<ObservedDetails> details;
  // Its last request was sent because it had failed, and has no end yet: what to go back to where a person finds that
  // the request was not received. While its intent is open that says so too, and this is null.
  std::shared_ptr<const PastFailure> failed_before;
};

// A desktop within an open intent: what to fall back to where the request turns out not to have been executed.
struct IntentDesktop {
  DesktopId id;
  ImageState from;  // read live right before the intent
  // The record as it was; `known` is false for a desktop that had none.
  bool known = false;
  DesktopStatus status_before = DesktopStatus::ready;
  std::optional<Target> target_before;
  std::optional<JobId> job_before;
  std::int64_t intent_before = 0;
  std::optional<std::string> reason_before;
};

// What one look found out of the ordinary for a desktop of an intent. A desktop without a finding was quiet: no new
// sub-job, no task, and the image from before.
struct Finding {
  DesktopId id;
  std::vector<std::pair<SubJobId, JobId>> new_sub_jobs;
  std::optional<std::string> task;
  std::optional<ImageId> image_id;  // the image seen, where it is not the one from before
  bool missing = false;             // the read did not show the desktop
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Look {
  Time time;  // the service's clock
  LookCompleteness completeness = LookCompleteness::incomplete;
  std::vector<Finding> findings;
  friend bool operator==(const Look&, const Look&) = default;
};

// A request that was announced and has no known outcome for some of its desktops. Its number is the serial of its
// `Intended` record.
struct Intent {
  std::int64_t number = 0;
  WorkspaceName workspace;
  GroupName group;
  BatchId batch;
  Target target;
  RebuildOptions options;
  std::vector<IntentDesktop> desktops;   // still open ones
  std::vector<DesktopId> asked_for;      // all that the request named: a job with others in it is not ours
  std::vector<SubJobId> known_sub_jobs;  // every sub-job ever seen for these desktops before the request
  bool known_complete = false;           // the run's full look before the request was complete
  std::optional<Time> service_time;      // the service's clock at the intent; nullopt: never shown, so never provable
  std::chrono::seconds settle{1800};     // the Workspace's settle_seconds then
  std::optional<std::string> lost;       // why the answer was given up; nullopt: no answer recorded (a crash)
  std::vector<Look> looks;
  // Jobs that evidence has tied to this request. A second one means that the evidence contradicts itself.
  std::vector<JobId> adopted_jobs;
};

// A desktop within an open job.
struct JobDesktop {
  DesktopId id;
  std::optional<Time> verifying_since;  // its sub-job was SUCCESS at this look; the image is still to be seen
  // It ran out of time and is recorded as `unknown`, but its job may still run. Until the job's end is seen it counts
  // as under way for every limit. Not in the document: there it is a desktop of an open job, not verifying, that is
  // recorded as unknown.
  bool overdue = false;
};

struct Job {
  JobId id;
  std::int64_t intent = 0;
  WorkspaceName workspace;
  GroupName group;
  BatchId batch;
  Target target;
  std::vector<JobDesktop> desktops;    // still open ones
  Time accepted_at{};                  // the service's clock where known, else ours
  std::chrono::minutes delay{0};       // the request's delay_time
  std::optional<Time> vanished_since;  // first look at which the service did not know the job

  JobKey key() const { return {id, workspace}; }
  std::size_t overdue() const;  // how many of its desktops are
};

// A group's part of an open rollout.
struct RolloutGroup {
  GroupName name;
  WorkspaceName workspace;
  Target target;
  std::size_t targets = 0;                  // desktops that the plan rebuilds
  int max_unavailable = 100;                // frozen
  int max_failures = 0;                     // frozen
  std::set<DesktopId> failures;             // failed, unhealthy, unknown or refused, and not acknowledged by --resume
  std::set<std::string> conflict_statuses;  // desktops in these are held until --resume: the service denied one (409)
  bool paused() const { return failures.size() > static_cast<std::size_t>(max_failures); }
};

struct Rollout {
  std::string plan_digest;
  std::int64_t started = 0;  // serial of its first record
  Time started_at{};
  std::vector<RolloutGroup> groups;
  const RolloutGroup* find(const GroupName& group) const;
  RolloutGroup* find(const GroupName& group);
};

// What a store left out that read only a part of the state (StateScope in seams/state_store.hpp).
struct UnreadPart {
  std::size_t desktops = 0;
  std::int64_t serial = 0;  // of the last record of the whole state; 0: nothing was left out
};

struct State {
  std::string lineage;      // a UUID made once; empty: nothing was ever stored
  std::int64_t serial = 0;  // of the last record that touched what is here
  std::map<DesktopKey, DesktopRecord> desktops;
  std::map<std::int64_t, Intent> intents;  // open ones
  std::map<JobKey, Job> jobs;              // open ones
  std::vector<Rollout> rollouts;           // open ones, oldest first
  // `state migrate` took this state there. What is here is history: nothing may be planned or applied by it.
  std::optional<std::string> moved_to;
  UnreadPart unread;
  bool whole() const { return unread.serial == 0; }

  const DesktopRecord* find(const WorkspaceName& workspace, const DesktopId& id) const;
  // The open job that has not ended for this desktop; at most one.
  const Job* open_job_of(const DesktopKey& key) const;
  const Job* open_job_of(const DesktopKey& key, const DesktopRecord& record) const;  // where its record is at hand
  // The open rollout that `group` takes part in; at most one.
  const RolloutGroup* open_rollout_of(const GroupName& group) const;
};

}  // namespace gild
