// SPDX-License-Identifier: Apache-2.0
// What must hold after, and during, any run of gild (contract 7), judged from what the service did and was asked, never
// from what gild believes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/plan.hpp"
#include "engine/model/report.hpp"
#include "engine/model/state.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "tests/simulate/world.hpp"

namespace gild::simulate {

// One rebuild request that gild sent, as the way to the service saw it.
struct Sent {
  enum class Answer { none, accepted, refused, conflict, not_executed, lost };  // none: gild died meanwhile
  std::size_t run = 0;
  std::size_t site = 0;
  std::vector<DesktopId> desktops;
  Target target;
  GroupName group;
  std::string plan;  // its digest, or the run where there was none
  std::chrono::minutes delay{0};
  ServiceInstant at{};
  ServiceInstant given_up{};  // when the answer came, or when it was clear that none would
  Answer answer = Answer::none;
  std::optional<JobId> job;     // what it set off in truth, whatever was answered
  std::set<DesktopId> settled;  // by a person who looked
};

// What one run of gild was asked to do.
struct RunOrder {
  std::size_t run = 0;
  Manifest manifest;
  std::string plan_digest;  // empty until the plan is known
  std::optional<Plan> plan;
  bool resume = false;
};

class Judge {
 public:
  Judge(World& world) : world_(world) {}

  // --- While gild runs
  // -------------------------------------------------------------------------------------------------
  void begin_run(const RunOrder& order);
  void know_plan(const Plan& plan, const std::string& digest);
  // Before every call to the service: what was accepted before must be safe by now.
  void before_call();
  // Before a rebuild request is carried out; the entry stays at its place.
  Sent& before_request(std::size_t site, const RebuildRequest& request);
  void after_request(Sent& sent, const Submission& answer);
  void saw(std::size_t site, const SubJobLook& look);
  // Also what runs right now, whoever began it.
  void saw_list(std::size_t site, const SubJobLook& look);
  void saw(std::size_t site, const Inventory& inventory);

  // --- After it
  // ------------------------------------------------------------------------------------------------------------
  void after_run(const ApplyReport* report, const State& state);
  // `records`: serialized history and journal, in which every job id must be found that was ever safe.
  void jobs_are_recorded(const std::string& records);
  void resolved_by_person(std::size_t site, const DesktopId& id);
  // Nothing is open any more, and every desktop is where it should be, or somebody said why not.
  void at_the_end(const State& state, const Manifest& manifest, const std::map<DesktopKey, HoldReason>& held);

  void violate(std::string what);
  const std::vector<std::string>& violations() const { return violations_; }
  const std::vector<Sent>& sent() const { return sent_; }
  // What is on the disk of a desktop in truth; nullopt: in doubt, or being written.
  std::optional<ImageId> on_disk(std::size_t site, const DesktopId& id) const;
  std::optional<std::size_t> group_of(const DesktopId& id, const Manifest& manifest) const;
  const ServiceSubJob* sub_job_of(const Sent& sent, const DesktopId& id) const;
  std::size_t site_of(const WorkspaceName& name) const;

 private:
  void no_second_request(const Sent& now);
  void nothing_beyond_the_plan(const Sent& now, const RebuildRequest& request);
  void not_against_what_it_saw(const Sent& now);
  void within_limits(const Sent& now);
  void not_after_failures(const Sent& now);
  void intent_is_safe(const Sent& now);
  std::string plan_now() const;
  bool may_be_taken_for_another(const Sent& sent, const DesktopId& id) const;
  bool touched_by_somebody(std::size_t site, const DesktopId& id, ServiceInstant since) const;
  // Indices of the sub-jobs that this desktop ever had.
  const std::vector<std::size_t>& sub_jobs_of(std::size_t site, const DesktopId& id) const;
  const PlannedDesktop* planned(std::size_t site, const DesktopId& id) const;  // in the plan of this run

  World& world_;
  RunOrder order_;
  std::vector<Sent> sent_;
  std::vector<std::string> violations_;
  std::map<std::pair<std::size_t, JobId>, std::size_t> accepted_;  // site and job → index into sent_
  std::map<std::pair<std::size_t, DesktopId>, LiveDesktop> seen_;  // what gild read last in this run
  std::set<std::pair<std::size_t, DesktopId>> seen_open_;          // in the last list of rebuilds that run
  std::optional<JobId> to_be_safe_;
  std::set<JobId> safe_jobs_;
  std::map<GroupName, std::map<DesktopId, JobId>> failures_;  // shown to gild, of its own jobs, not acknowledged
  std::map<GroupName, Target> targets_;
  std::map<GroupName, std::size_t> most_unavailable_;
  std::map<GroupName, std::size_t> most_failures_;
  ServiceInstant run_began_{};
  // Sub-jobs are only ever added: what was not there at the last question is taken in at the next.
  struct SubJobIndex {
    std::size_t known = 0;
    std::map<DesktopId, std::vector<std::size_t>> of;
  };
  mutable std::map<std::size_t, SubJobIndex> sub_job_indices_;  // by site
};

}  // namespace gild::simulate
