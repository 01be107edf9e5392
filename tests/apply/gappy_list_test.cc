// SPDX-License-Identifier: Apache-2.0
// Lists that repeat some entries and leave out others while they are read.
#include <catch2/catch.hpp>

#include "tests/apply/scenario.hpp"

namespace gild {
namespace {

// The list of everything has gaps and shows what is asked for all the same; the list of one job leaves it out.
class GappyCloud : public CloudConnector, public DesktopCloud {
 public:
  explicit GappyCloud(SimulatedCloud& cloud) : cloud_(cloud) {}
  DesktopCloud& connect(const Workspace& workspace) override {
    real_ = &cloud_.connect(workspace);
    return *this;
  }
  Inventory read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) override {
    return real_->read_desktops(ids, std::move(stop));
  }
  Inventory list_desktops(std::stop_token stop) override { return real_->list_desktops(std::move(stop)); }
  SubJobLook list_all_sub_jobs(std::stop_token stop) override {
    SubJobLook look = real_->list_all_sub_jobs(std::move(stop));
    look.completeness = LookCompleteness::incomplete;
    return look;
  }
  SubJobLook list_open_sub_jobs(std::stop_token stop) override { return real_->list_open_sub_jobs(std::move(stop)); }
  SubJobLook list_sub_jobs_of(const JobId& job, std::stop_token stop) override {
    SubJobLook look = real_->list_sub_jobs_of(job, std::move(stop));
    look.sub_jobs.clear();
    look.completeness = LookCompleteness::incomplete;
    return look;
  }
  JobSummary read_job(const JobId& job, std::stop_token stop) override { return real_->read_job(job, std::move(stop)); }
  Submission submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) override {
    return real_->submit_rebuild(request, still_wanted);
  }

 private:
  SimulatedCloud& cloud_;
  DesktopCloud* real_ = nullptr;
};

TEST_CASE("a failure that a list with gaps shows once counts, though the next list leaves it out") {
  Scenario s(2);
  s.batch_size = 1;
  s.model.fail_job_of(s.ids[0]);
  s.cloud.lose_answer_of_submission(2, Executed::no);
  ApplyOptions no_wait;
  no_wait.wait = false;
  s.apply(no_wait);
  REQUIRE(s.recorded(DesktopStatus::rebuilding) == 1);
  REQUIRE(s.recorded(DesktopStatus::settling) == 1);
  s.clock.advance(std::chrono::minutes{20});
  GappyCloud cloud(s.cloud);
  const auto locked = s.store.lock();
  look_at_open({s.workspace}, {cloud, s.clock, *locked, s.observer}, SettleRule::full, {});
  CHECK(locked->state().find(s.workspace.name, s.ids[0])->status == DesktopStatus::failed);
  CHECK(locked->state().rollouts.front().groups.front().paused());
}

}  // namespace
}  // namespace gild
