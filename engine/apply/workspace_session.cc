// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/workspace_session.hpp"

#include <utility>

namespace gild {
namespace {

constexpr std::size_t kRecordsPerPage = 1000;  // W 2.1
constexpr std::size_t kMostPages = 11;         // what paging reaches

}  // namespace

WorkspaceSession::WorkspaceSession(Workspace workspace, CloudConnector& clouds, Clock& clock)
    : workspace_(std::move(workspace)), clouds_(clouds), clock_(clock) {}

DesktopCloud& WorkspaceSession::cloud() {
  if (cloud_ == nullptr) cloud_ = &clouds_.connect(workspace_);
  return *cloud_;
}

void WorkspaceSession::note(const SubJobLook& look) {
  if (look.service_time) service_time_ = look.service_time;
  for (const SubJob& sub_job : look.sub_jobs) {
    seen_[sub_job.desktop_id].insert(sub_job.id);
    known_jobs_.insert(sub_job.job_id);
  }
}

const SubJobLook& WorkspaceSession::full_look(std::stop_token stop) {
  return full_look_ ? *full_look_ : new_full_look(stop);
}

const SubJobLook& WorkspaceSession::new_full_look(std::stop_token stop) {
  full_look_ = cloud().list_all_sub_jobs(stop);
  note(*full_look_);
  full_index_.clear();
  for (std::size_t i = 0; i < full_look_->sub_jobs.size(); ++i) {
    full_index_[full_look_->sub_jobs[i].desktop_id].push_back(i);
  }
  if (!first_look_made_) {
    first_look_made_ = true;
    first_look_complete_ = full_look_->completeness == LookCompleteness::complete;
  }
  if (full_look_->completeness != LookCompleteness::incomplete) {
    open_look_ = *full_look_;
    std::erase_if(open_look_->sub_jobs, [](const SubJob& sub_job) { return sub_job.ended(); });
    open_look_->completeness = LookCompleteness::complete;
    open_look_at_ = clock_.instant();
  }
  return *full_look_;
}

std::optional<std::size_t> WorkspaceSession::calls_of_full_look() const {
  if (!full_look_) return kMostPages;
  if (full_look_->completeness != LookCompleteness::complete) return std::nullopt;
  return full_look_->sub_jobs.size() / kRecordsPerPage + 1;
}

const SubJobLook* WorkspaceSession::open_look(std::stop_token stop) {
  const bool fresh = open_look_ && open_look_->completeness == LookCompleteness::complete &&
                     clock_.instant() - open_look_at_ < workspace_.poll;
  if (!fresh) {
    const Instant asked_at = clock_.instant();
    open_look_ = cloud().list_open_sub_jobs(stop);
    open_look_at_ = asked_at;
    note(*open_look_);
  }
  return open_look_->completeness == LookCompleteness::complete ? &*open_look_ : nullptr;
}

SubJobLook WorkspaceSession::sub_jobs_of(const JobId& job, std::stop_token stop) {
  SubJobLook look = cloud().list_sub_jobs_of(job, stop);
  // Not noted as seen: when a lost answer's job is judged, its sub-jobs must still count as new.
  if (look.service_time) service_time_ = look.service_time;
  return look;
}

JobSummary WorkspaceSession::job(const JobId& id, std::stop_token stop) {
  JobSummary summary = cloud().read_job(id, stop);
  if (summary.service_time) service_time_ = summary.service_time;
  return summary;
}

Inventory WorkspaceSession::desktops(const std::vector<DesktopId>& ids, std::stop_token stop) {
  Inventory inventory = cloud().read_desktops(ids, stop);
  if (inventory.service_time) service_time_ = inventory.service_time;
  return inventory;
}

std::vector<SubJobId> WorkspaceSession::seen_sub_jobs(const DesktopId& id) const {
  const auto found = seen_.find(id);
  if (found == seen_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<const SubJob*> WorkspaceSession::sub_jobs_in_full_look(const DesktopId& id) const {
  std::vector<const SubJob*> out;
  const auto found = full_index_.find(id);
  if (found == full_index_.end()) return out;
  for (const std::size_t index : found->second) out.push_back(&full_look_->sub_jobs[index]);
  return out;
}

}  // namespace gild
