// SPDX-License-Identifier: Apache-2.0
// The Workspace service as a value: desktops, images, jobs, limits, and time that only moves when it is told to. No
// sockets, no clock, no threads; copying it copies the whole service, and the same seed gives the same course. It
// stands behind the simulated seams, the emulator and the benches. What it answers follows workspace-api facts; where
// those are silent, a knob decides. Faults of the way to the service are not its affair (faults.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/simulation/random.hpp"
#include "engine/simulation/service_values.hpp"

namespace gild {

class ServiceModel {
 public:
  explicit ServiceModel(std::uint64_t seed = 1, ServiceKnobs knobs = {});

  ServiceKnobs& knobs() { return knobs_; }
  const ServiceKnobs& knobs() const { return knobs_; }

  // --- What the tenant has -------------------------------------------------------------------------------------------
  void add_image(ServiceImage image);
  void add_desktop(ServiceDesktop desktop);
  void remove_desktop(const DesktopId& id);  // deleted by somebody; a rebuild under way ends in nothing
  const std::map<ImageId, ServiceImage>& images() const { return images_; }
  const std::map<DesktopId, ServiceDesktop>& desktops() const { return desktops_; }
  // The desktop as it is now, to look at or to change (a user logs on, somebody switches it off); must exist.
  LiveDesktop& desktop(const DesktopId& id);
  const LiveDesktop& desktop(const DesktopId& id) const;

  // --- What is to happen ---------------------------------------------------------------------------------------------
  void set_fate(const DesktopId& id, Fate fate);  // of all its rebuilds from now on
  void fail_job_of(const DesktopId& id);          // Fate::End::failure with the usual words
  void fail_jobs_onto(const ImageId& image);      // a poisoned image
  void forgive(const DesktopId& id);              // back to success
  void forgive_image(const ImageId& image);
  // Somebody at the vendor ends the jobs that would run for ever; how many sub-jobs they had.
  std::size_t fail_what_hangs();
  void deny_rebuild_of(const DesktopId& id);  // 409 for it, in whatever status
  void allow_rebuild_of(const DesktopId& id);
  // Somebody else rebuilds these desktops; gild's request numbers do not count it.
  JobId rebuild_by_somebody(const std::vector<DesktopId>& ids, const ImageRef& image);
  // Old SUCCESS records of desktops that are no more, to make the list longer than paging reaches.
  void add_past_sub_jobs(std::size_t count);
  // Somebody deletes the records of a job (W 2.3).
  void forget_job(const JobId& id);

  // --- Time ----------------------------------------------------------------------------------------------------------
  ServiceInstant now() const { return now_; }
  // Never goes back: an earlier time is ignored.
  void advance_to(ServiceInstant time);
  void advance(Duration by) { advance_to(now_ + by); }
  // When something changes by itself next; nullopt: nothing is under way.
  std::optional<ServiceInstant> next_change() const;

  // --- The service's calls -------------------------------------------------------------------------------------------
  Reply<JobId> rebuild(const RebuildRequest& request);
  Reply<DesktopPage> list_desktops(const DesktopQuery& query);
  Reply<SubJobPage> list_sub_jobs(const SubJobQuery& query);
  Reply<JobView> read_job(const JobId& id);
  // Counts against the limits like the calls above, for those that an emulator answers from images() and desktops().
  std::optional<Refusal> count_read();
  // The answer to a call beyond a limit: 429 with the text that W 8.3 describes.
  static Refusal throttled(int limit, const std::string& window);

  // --- The record ----------------------------------------------------------------------------------------------------
  const std::vector<Wipe>& wipes() const { return wipes_; }
  std::size_t wipes_of(const DesktopId& id) const;
  // Desktops whose disks gild's requests wiped more than once, in id order.
  std::vector<DesktopId> wiped_repeatedly() const;
  const std::vector<ReceivedRequest>& requests() const { return requests_; }
  // Desktops that a request named while an earlier rebuild of them was under way, whatever was answered.
  const std::set<DesktopId>& asked_for_while_under_way() const { return asked_under_way_; }
  const std::vector<ServiceSubJob>& sub_jobs() const { return sub_jobs_; }
  // The largest number of desktops under way at one moment (requested and not ended), of those that `which` accepts.
  std::size_t most_under_way(const std::function<bool(const DesktopId&)>& which = {}) const;

 private:
  enum class StepKind { begin, pause, mapping, spawning, end, show_image, idle, forget };
  struct Step {
    ServiceInstant at;
    std::uint64_t order;  // steps of one moment happen as they were planned
    StepKind kind;
    std::size_t sub_job;
    friend bool operator<(const Step& a, const Step& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; }
  };
  struct Job {
    JobId id;
    std::vector<std::size_t> sub_jobs;
    std::size_t open = 0;
    ServiceInstant created{};
    std::optional<ServiceInstant> ended;
    bool forgotten = false;
  };
  struct Window {
    std::int64_t number = -1;
    int calls = 0;
  };

  std::optional<Refusal> check_limits(const RebuildRequest& request) const;
  std::optional<Refusal> check_existence(const RebuildRequest& request) const;
  std::optional<std::string> denial_of(const DesktopId& id) const;  // the status that denies it
  std::optional<Refusal> count_against(Window& window, int limit);
  JobId start_job(const std::vector<DesktopId>& ids, const std::set<DesktopId>& denied, const ImageRef& image,
                  const RebuildOptions& options, std::size_t request);
  Fate fate_of(const DesktopId& id, const ImageRef& image);
  std::string make_id(std::string_view kind);
  void plan(ServiceInstant at, StepKind kind, std::size_t sub_job);
  void carry_out(const Step& step);
  void begin(ServiceSubJob& sub_job, std::size_t index);
  void end(ServiceSubJob& sub_job, std::size_t index);
  void show_image(LiveDesktop& desktop, const ImageRef& image) const;
  bool is_listed(const ServiceSubJob& sub_job) const;
  ServiceSubJob view_of(const ServiceSubJob& sub_job) const;
  LiveDesktop* find(const DesktopId& id);

  ServiceKnobs knobs_;
  Random random_;
  ServiceInstant now_;
  std::map<ImageId, ServiceImage> images_;
  std::map<DesktopId, ServiceDesktop> desktops_;
  std::map<DesktopId, Fate> fates_;
  std::set<ImageId> poisoned_;
  std::set<DesktopId> denied_;
  std::map<DesktopId, std::size_t> under_way_;  // how many sub-jobs
  std::vector<ServiceSubJob> sub_jobs_;
  std::map<JobId, Job> jobs_;
  std::set<Step> steps_;
  std::uint64_t planned_ = 0;
  Window reads_, writes_;
  std::vector<Wipe> wipes_;
  std::vector<ReceivedRequest> requests_;
  std::set<DesktopId> asked_under_way_;
};

}  // namespace gild
