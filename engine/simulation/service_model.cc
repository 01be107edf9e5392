// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/service_model.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace gild {
namespace {

std::string wire_time(ServiceInstant time) {
  std::string text = format_time(std::chrono::floor<std::chrono::seconds>(time));
  text[10] = ' ';
  text.pop_back();
  return text;  // "2026-11-23 21:04:11": no zone, as the service writes it (W 2.6)
}

std::string_view word_of(SubJobStatus status) {
  switch (status) {
    case SubJobStatus::waiting:
      return "WAITING";
    case SubJobStatus::running:
      return "RUNNING";
    case SubJobStatus::success:
      return "SUCCESS";
    case SubJobStatus::failed:
      return "FAILED";
    case SubJobStatus::other:
      break;
  }
  return "";
}

void set_status(ServiceSubJob& sub_job, SubJobStatus status) {
  sub_job.shown.status = status;
  sub_job.shown.status_text = word_of(status);
}

}  // namespace

ServiceModel::ServiceModel(std::uint64_t seed, ServiceKnobs knobs)
    : knobs_(std::move(knobs)), random_(seed), now_(kServiceEpoch) {}

void ServiceModel::add_image(ServiceImage image) {
  const ImageId id = image.ref.image_id;
  images_.insert_or_assign(id, std::move(image));
}

void ServiceModel::add_desktop(ServiceDesktop desktop) {
  const DesktopId id = desktop.live.id;
  desktops_.insert_or_assign(id, std::move(desktop));
}

void ServiceModel::remove_desktop(const DesktopId& id) {
  desktops_.erase(id);
}

LiveDesktop& ServiceModel::desktop(const DesktopId& id) {
  LiveDesktop* found = find(id);
  if (found == nullptr) throw std::out_of_range(fmt::format("the model has no desktop {}", id));
  return *found;
}

const LiveDesktop& ServiceModel::desktop(const DesktopId& id) const {
  const auto found = desktops_.find(id);
  if (found == desktops_.end()) throw std::out_of_range(fmt::format("the model has no desktop {}", id));
  return found->second.live;
}

LiveDesktop* ServiceModel::find(const DesktopId& id) {
  const auto found = desktops_.find(id);
  return found == desktops_.end() ? nullptr : &found->second.live;
}

void ServiceModel::set_fate(const DesktopId& id, Fate fate) {
  fates_.insert_or_assign(id, std::move(fate));
}
void ServiceModel::fail_job_of(const DesktopId& id) {
  Fate fate;
  fate.end = Fate::End::failure;
  set_fate(id, std::move(fate));
}
void ServiceModel::fail_jobs_onto(const ImageId& image) {
  poisoned_.insert(image);
}
void ServiceModel::forgive(const DesktopId& id) {
  fates_.erase(id);
}
void ServiceModel::forgive_image(const ImageId& image) {
  poisoned_.erase(image);
}
std::size_t ServiceModel::fail_what_hangs() {
  std::size_t failed = 0;
  for (std::size_t index = 0; index < sub_jobs_.size(); ++index) {
    ServiceSubJob& sub_job = sub_jobs_[index];
    if (sub_job.ended || sub_job.fate.end != Fate::End::never) continue;
    sub_job.fate = Fate{Fate::End::failure};
    if (now_ >= sub_job.begins) plan(now_, StepKind::end, index);
    ++failed;
  }
  return failed;
}
void ServiceModel::deny_rebuild_of(const DesktopId& id) {
  denied_.insert(id);
}
void ServiceModel::allow_rebuild_of(const DesktopId& id) {
  denied_.erase(id);
}

std::string ServiceModel::make_id(std::string_view kind) {
  if (!knobs_.short_ids) return random_.uuid();
  return fmt::format("{}-{}", kind, sub_jobs_.size() + jobs_.size());
}

JobId ServiceModel::rebuild_by_somebody(const std::vector<DesktopId>& ids, const ImageRef& image) {
  return start_job(ids, {}, image, {}, 0);
}

void ServiceModel::add_past_sub_jobs(std::size_t count) {
  for (std::size_t made = 0; made < count; ++made) {
    Job job;
    job.id = JobId(make_id("job"));
    job.created = now_ - std::chrono::hours{24};
    job.ended = job.created;
    job.sub_jobs.push_back(sub_jobs_.size());
    ServiceSubJob sub_job;
    sub_job.shown.id = SubJobId(make_id("job"));
    sub_job.shown.job_id = job.id;
    sub_job.shown.desktop_id = DesktopId(make_id("past"));
    sub_job.shown.begin_time = sub_job.shown.end_time = wire_time(job.created);
    set_status(sub_job, SubJobStatus::success);
    sub_job.created = sub_job.listed_from = sub_job.begins = sub_job.ends = job.created;
    sub_job.ended = true;
    sub_jobs_.push_back(std::move(sub_job));
    jobs_.emplace(job.id, std::move(job));
  }
}

void ServiceModel::forget_job(const JobId& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  found->second.forgotten = true;
  for (const std::size_t index : found->second.sub_jobs) sub_jobs_[index].forgotten = true;
}

// --- Jobs ------------------------------------------------------------------------------------------------------------

Fate ServiceModel::fate_of(const DesktopId& id, const ImageRef& image) {
  const bool unlucky = random_.chance(knobs_.failure_rate);
  if (const auto found = fates_.find(id); found != fates_.end()) return found->second;
  Fate fate;
  const auto known = images_.find(image.image_id);
  const auto desktop = desktops_.find(id);
  const bool too_big = known != images_.end() && desktop != desktops_.end() && desktop->second.live.root_gb &&
                       known->second.min_disk_gb > *desktop->second.live.root_gb;
  if (unlucky || poisoned_.contains(image.image_id)) fate.end = Fate::End::failure;
  if (too_big) {
    fate.end = Fate::End::failure;
    fate.error_code = "WKS.00010502";
    fate.fail_reason = "The system disk is smaller than the image.";
  }
  return fate;
}

JobId ServiceModel::start_job(const std::vector<DesktopId>& ids, const std::set<DesktopId>& denied,
                              const ImageRef& image, const RebuildOptions& options, std::size_t request) {
  Job job;
  job.id = JobId(make_id("job"));
  job.created = now_;
  for (const DesktopId& id : ids) {
    const bool is_denied = denied.contains(id);
    if (is_denied && knobs_.denied_desktop != DeniedDesktop::fails_in_job) continue;
    const std::size_t index = sub_jobs_.size();
    ServiceSubJob sub_job;
    sub_job.shown.id = SubJobId(make_id("job"));
    sub_job.shown.job_id = job.id;
    sub_job.shown.desktop_id = id;
    sub_job.shown.begin_time = wire_time(now_);
    sub_job.image = image;
    sub_job.created = now_;
    sub_job.listed_from = now_ + knobs_.sub_jobs_listed_after;
    sub_job.begins = now_ + options.delay_time.value_or(0) * knobs_.minute;
    sub_job.ends = sub_job.begins + Duration{random_.between(knobs_.job_min.count(), knobs_.job_max.count())};
    sub_job.fate = fate_of(id, image);
    sub_job.request = request;
    set_status(sub_job, knobs_.running_during_delay ? SubJobStatus::running : SubJobStatus::waiting);
    if (is_denied) {
      // Denied inside the job: it fails at once, and the disk is not touched.
      sub_job.fate = {};
      sub_job.ended = true;
      sub_job.begins = sub_job.ends = now_;
      sub_job.shown.end_time = wire_time(now_);
      set_status(sub_job, SubJobStatus::failed);
      sub_job.shown.error_code = "WKS.00010032";
      sub_job.shown.fail_reason = "The status of the desktop denies the operation.";
    } else {
      ++job.open;
      ++under_way_[id];
      if (LiveDesktop* desktop = find(id); desktop != nullptr && knobs_.task_during_delay) {
        desktop->task_status = "rebuilding";
        desktop->process = 0;
      }
      plan(sub_job.begins, StepKind::begin, index);
    }
    job.sub_jobs.push_back(index);
    sub_jobs_.push_back(std::move(sub_job));
  }
  if (job.open == 0) job.ended = now_;
  JobId id = job.id;
  jobs_.emplace(id, std::move(job));
  advance_to(now_);  // without a delay it begins at once
  return id;
}

// --- Time ------------------------------------------------------------------------------------------------------------

void ServiceModel::advance_to(ServiceInstant time) {
  while (!steps_.empty() && steps_.begin()->at <= time) {
    const Step step = *steps_.begin();
    steps_.erase(steps_.begin());
    now_ = std::max(now_, step.at);
    carry_out(step);
  }
  now_ = std::max(now_, time);
}

std::optional<ServiceInstant> ServiceModel::next_change() const {
  if (steps_.empty()) return std::nullopt;
  return steps_.begin()->at;
}

void ServiceModel::plan(ServiceInstant at, StepKind kind, std::size_t sub_job) {
  steps_.insert({at, planned_++, kind, sub_job});
}

void ServiceModel::carry_out(const Step& step) {
  ServiceSubJob& sub_job = sub_jobs_[step.sub_job];
  LiveDesktop* desktop = find(sub_job.shown.desktop_id);
  const auto in_task = [&](const char* task, std::optional<int> process) {
    if (desktop == nullptr) return;
    desktop->task_status = task;
    desktop->process = process;
  };
  switch (step.kind) {
    case StepKind::begin:
      return begin(sub_job, step.sub_job);
    case StepKind::pause:
      return in_task("", std::nullopt);
    case StepKind::mapping:
      return in_task("rebuild_block_device_mapping", 33);
    case StepKind::spawning:
      return in_task("rebuild_spawning", 66);
    case StepKind::end:
      return end(sub_job, step.sub_job);
    case StepKind::show_image:
      if (desktop != nullptr) show_image(*desktop, sub_job.image);
      return;
    case StepKind::idle:
      return in_task("", std::nullopt);
    case StepKind::forget:
      return forget_job(sub_job.shown.job_id);
  }
}

// The moment at which the old disk is gone.
void ServiceModel::begin(ServiceSubJob& sub_job, std::size_t index) {
  set_status(sub_job, SubJobStatus::running);
  LiveDesktop* desktop = find(sub_job.shown.desktop_id);
  if (desktop == nullptr) return plan(sub_job.ends, StepKind::end, index);
  wipes_.push_back({desktop->id, now_, sub_job.image.image_id, sub_job.shown.job_id, sub_job.request});
  desktop->task_status = "rebuilding";
  desktop->process = 0;
  desktop->login_status = "UNREGISTER";
  const bool shows = sub_job.fate.end != Fate::End::success_without_image &&
                     (sub_job.fate.end != Fate::End::failure || knobs_.image_changes_on_failure);
  if (knobs_.image_shown == ImageShown::at_start && shows) show_image(*desktop, sub_job.image);
  if (sub_job.fate.end == Fate::End::never) return;

  const Duration third = (sub_job.ends - sub_job.begins) / 3;
  if (knobs_.task_gap > Duration{0}) plan(now_ + third, StepKind::pause, index);
  const ServiceInstant mapping = now_ + third + knobs_.task_gap;
  plan(mapping, StepKind::mapping, index);
  plan(std::max(mapping, now_ + 2 * third), StepKind::spawning, index);
  plan(std::max(mapping, sub_job.ends), StepKind::end, index);
}

void ServiceModel::end(ServiceSubJob& sub_job, std::size_t index) {
  LiveDesktop* desktop = find(sub_job.shown.desktop_id);
  if (desktop == nullptr && sub_job.fate.end != Fate::End::failure) {
    sub_job.fate.end = Fate::End::failure;
    sub_job.fate.error_code = "WKS.00010404";
    sub_job.fate.fail_reason = "The desktop does not exist.";
  }
  const bool failed = sub_job.fate.end == Fate::End::failure;
  set_status(sub_job, failed ? SubJobStatus::failed : SubJobStatus::success);
  if (failed) {
    sub_job.shown.error_code = sub_job.fate.error_code;
    sub_job.shown.fail_reason = sub_job.fate.fail_reason;
  }
  sub_job.ended = true;
  sub_job.ends = now_;
  sub_job.shown.end_time = wire_time(now_);
  if (desktop != nullptr) {
    desktop->status = failed ? knobs_.status_after_failure : knobs_.status_after_success;
    desktop->login_status = failed ? "UNREGISTER" : "REGISTERED";
    const bool shows = failed ? knobs_.image_changes_on_failure : sub_job.fate.end == Fate::End::success;
    if (shows) plan(now_ + (failed ? Duration{0} : knobs_.image_late), StepKind::show_image, index);
    plan(now_ + knobs_.task_lags, StepKind::idle, index);
  }
  const auto counted = under_way_.find(sub_job.shown.desktop_id);
  if (counted != under_way_.end() && --counted->second == 0) under_way_.erase(counted);
  Job& job = jobs_.at(sub_job.shown.job_id);
  if (--job.open == 0) {
    job.ended = now_;
    if (knobs_.records_kept) plan(now_ + *knobs_.records_kept, StepKind::forget, index);
  }
}

void ServiceModel::show_image(LiveDesktop& desktop, const ImageRef& image) const {
  desktop.image_id = image.image_id;
  const auto found = images_.find(image.image_id);
  if (found != images_.end() && found->second.ref.os_type) desktop.os_type = found->second.ref.os_type;
}

// --- The record ------------------------------------------------------------------------------------------------------

std::size_t ServiceModel::wipes_of(const DesktopId& id) const {
  return static_cast<std::size_t>(
      std::count_if(wipes_.begin(), wipes_.end(), [&](const Wipe& wipe) { return wipe.desktop == id; }));
}

std::vector<DesktopId> ServiceModel::wiped_repeatedly() const {
  std::map<DesktopId, int> counts;
  for (const Wipe& wipe : wipes_) counts[wipe.desktop] += wipe.request != 0 ? 1 : 0;
  std::vector<DesktopId> repeated;
  for (const auto& [id, count] : counts) {
    if (count > 1) repeated.push_back(id);
  }
  return repeated;
}

std::size_t ServiceModel::most_under_way(const std::function<bool(const DesktopId&)>& which) const {
  std::vector<std::pair<ServiceInstant, int>> changes;  // an end sorts before a beginning at the same moment
  for (const ServiceSubJob& sub_job : sub_jobs_) {
    if (sub_job.request == 0 || (which && !which(sub_job.shown.desktop_id))) continue;
    changes.emplace_back(sub_job.created, 1);
    if (sub_job.ended) changes.emplace_back(sub_job.ends, -1);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t now = 0, most = 0;
  for (const auto& [at, change] : changes) most = std::max(most, now += change);
  return static_cast<std::size_t>(most);
}

}  // namespace gild
