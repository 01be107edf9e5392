// SPDX-License-Identifier: Apache-2.0
// DesktopCloud over the Workspace API: which calls, which pages, and whether what came back is whole.
#pragma once

#include <memory>

#include "engine/cloud/api_channel.hpp"
#include "engine/seams/desktop_cloud.hpp"

namespace gild {

class ApiCloud : public DesktopCloud {
 public:
  explicit ApiCloud(std::unique_ptr<ApiChannel> channel, Clock& clock) : channel_(std::move(channel)), clock_(clock) {}

  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override;
  Inventory list_desktops(std::stop_token stop) override;
  SubJobLook list_all_sub_jobs(std::stop_token stop) override;
  SubJobLook list_open_sub_jobs(std::stop_token stop) override;
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override;
  JobSummary read_job(const JobId& job, std::stop_token stop) override;
  void await_submission(std::stop_token stop) override;
  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override;

 private:
  struct Listing;  // desktops, over all pages
  struct Pass;     // sub-jobs, over all pages, once

  Listing read_listing(const Query& filter, std::size_t enough, bool* too_long, std::stop_token stop);
  void read_some(const std::vector<DesktopId>& ids, Inventory& inventory, std::stop_token stop);
  Pass read_pass(const Query& filter, std::stop_token stop);
  SubJobLook look(const Query& filter, std::stop_token stop);
  SubJobLook look_once(const Query& filter, std::stop_token stop);
  void pause(std::stop_token stop);

  std::unique_ptr<ApiChannel> channel_;
  Clock& clock_;
};

}  // namespace gild
