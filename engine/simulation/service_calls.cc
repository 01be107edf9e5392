// SPDX-License-Identifier: Apache-2.0
// The calls that the service offers, and what it refuses. How jobs run is in service_model.cc.
#include <algorithm>

#include <fmt/format.h>

#include "engine/core/text.hpp"
#include "engine/simulation/service_model.hpp"

namespace gild {
namespace {

constexpr std::int64_t kMaxSubJobOffset = 10'000;  // W 2.1
constexpr std::int64_t kMaxSubJobLimit = 1'000;
constexpr const char* kJobType = "rebuildDesktops";

Refusal bad_request(std::string message) {
  return {400, "WKS.00010001", std::move(message)};
}

}  // namespace

// --- The rebuild call ------------------------------------------------------------------------------------------------

Reply<JobId> ServiceModel::rebuild(const RebuildRequest& request) {
  ReceivedRequest received{requests_.size() + 1, now_, request, std::nullopt, std::nullopt};
  std::set<DesktopId> denied;
  for (const DesktopId& id : request.desktop_ids) {
    if (under_way_.contains(id)) asked_under_way_.insert(id);
  }
  received.refusal = count_against(writes_, knobs_.writes_per_minute);
  if (!received.refusal) received.refusal = check_limits(request);
  if (!received.refusal) received.refusal = check_existence(request);
  if (!received.refusal) {
    for (const DesktopId& id : request.desktop_ids) {
      const std::optional<std::string> status = denial_of(id);
      if (!status) continue;
      denied.insert(id);
      if (received.refusal || knobs_.denied_desktop == DeniedDesktop::fails_in_job) continue;
      received.refusal = Refusal{
          409, "WKS.00010032",
          fmt::format("Operation conflict: instance status is [{}] and deny operation [REBUILD], resource id [{}].",
                      *status, id)};
    }
    const bool runs = !received.refusal || (knobs_.denied_desktop == DeniedDesktop::rest_executed &&
                                            denied.size() < request.desktop_ids.size());
    if (runs) {
      received.job = start_job(request.desktop_ids, denied, request.image, request.options, received.number);
    }
  }
  requests_.push_back(received);
  if (received.refusal) return *received.refusal;
  return *received.job;
}

std::optional<Refusal> ServiceModel::check_limits(const RebuildRequest& request) const {
  if (request.desktop_ids.empty()) return bad_request("desktop_ids is empty.");
  if (request.desktop_ids.size() > kMaxDesktopsPerRequest) {
    return bad_request(fmt::format("desktop_ids has {} entries, at most {} are allowed.", request.desktop_ids.size(),
                                   kMaxDesktopsPerRequest));
  }
  std::set<DesktopId> seen;
  for (const DesktopId& id : request.desktop_ids) {
    if (id.empty() || id.str().size() > kMaxIdLength) return bad_request("desktop_ids has an id of a wrong length.");
    if (!seen.insert(id).second) return bad_request("desktop_ids names a desktop twice.");
  }
  const std::size_t image_length = request.image.image_id.str().size();
  if (image_length < 1 || image_length > kMaxIdLength) return bad_request("image_id must have 1 to 255 characters.");
  const RebuildOptions& options = request.options;
  if (options.delay_time && (*options.delay_time < 0 || *options.delay_time > kMaxDelayMinutes)) {
    return bad_request("delay_time must be 0 to 15.");
  }
  if (options.message && count_code_points(*options.message) > kMaxMessageLength) {
    return bad_request("message must have at most 400 characters.");
  }
  if (options.order_id && options.order_id->size() > kMaxIdLength) {
    return bad_request("order_id must have at most 255 characters.");
  }
  if (options.enterprise_project_id && options.enterprise_project_id->size() > kMaxEnterpriseProjectLength) {
    return bad_request("enterprise_project_id must have at most 36 characters.");
  }
  if (options.encrypt_type) {
    static const std::set<std::string> kTypes{"KEEP", "UNENCRYPTED", "ENCRYPTED"};
    if (!kTypes.contains(*options.encrypt_type)) {
      return bad_request("encrypt_type must be KEEP, UNENCRYPTED or ENCRYPTED.");
    }
    if (*options.encrypt_type == "ENCRYPTED" && !options.kms_id) return bad_request("ENCRYPTED needs kms_id.");
  }
  return std::nullopt;
}

std::optional<Refusal> ServiceModel::check_existence(const RebuildRequest& request) const {
  const auto image = images_.find(request.image.image_id);
  if (image == images_.end() || image->second.ref.image_type != request.image.image_type) {
    return Refusal{400, "WKS.00010402",
                   fmt::format("The {} image [{}] does not exist.", request.image.image_type, request.image.image_id)};
  }
  for (const DesktopId& id : request.desktop_ids) {
    if (!desktops_.contains(id)) {
      return Refusal{404, "WKS.00010404", fmt::format("The desktop does not exist, resource id [{}].", id)};
    }
  }
  return std::nullopt;
}

std::optional<std::string> ServiceModel::denial_of(const DesktopId& id) const {
  const LiveDesktop& live = desktop(id);
  if (denied_.contains(id) || knobs_.denied_statuses.contains(live.status)) return live.status;
  if (live.frozen) return "FROZEN";
  if (knobs_.accepts_second_rebuild) return std::nullopt;
  if (under_way_.contains(id)) return "REBUILDING";
  if (live.has_task()) return "BUSY";
  return std::nullopt;
}

std::optional<Refusal> ServiceModel::count_read() {
  return count_against(reads_, knobs_.reads_per_minute);
}

std::optional<Refusal> ServiceModel::count_against(Window& window, int limit) {
  const std::int64_t number = std::chrono::floor<std::chrono::minutes>(now_).time_since_epoch().count();
  if (window.number != number) window = {number, 0};
  ++window.calls;
  if (limit <= 0 || window.calls <= limit) return std::nullopt;
  return throttled(limit, "1 minute");
}

Refusal ServiceModel::throttled(int limit, const std::string& window) {
  return {429, "APIGW.0308",
          fmt::format("The throttling threshold has been reached: policy user over ratelimit,limit:{},time:{}", limit,
                      window)};
}

// --- The reads -------------------------------------------------------------------------------------------------------

Reply<DesktopPage> ServiceModel::list_desktops(const DesktopQuery& query) {
  if (auto refusal = count_read()) return *refusal;
  if (query.ids.size() > 100) return bad_request("desktop_id may be given at most 100 times.");
  if (query.offset < 0 || query.limit < 0) return bad_request("offset and limit must not be negative.");
  DesktopPage page;
  const auto take = [&](const ServiceDesktop& desktop) {
    const LiveDesktop& live = desktop.live;
    if (query.status && *query.status != live.status) return;
    if (query.desktop_type && *query.desktop_type != live.desktop_type) return;
    if (query.pool_id && query.pool_id != desktop.pool_id) return;
    if (query.computer_name && *query.computer_name != live.name) return;
    if (query.login_status && *query.login_status != live.login_status) return;
    if (query.image_id && query.image_id != live.image_id) return;
    const auto position = static_cast<std::int64_t>(page.total++);
    if (position >= query.offset && position - query.offset < query.limit) page.desktops.push_back(desktop);
  };
  if (query.ids.empty()) {
    for (const auto& [id, desktop] : desktops_) take(desktop);
  } else {
    for (const DesktopId& id : std::set<DesktopId>(query.ids.begin(), query.ids.end())) {
      const auto found = desktops_.find(id);
      if (found != desktops_.end()) take(found->second);
    }
  }
  return page;
}

bool ServiceModel::is_listed(const ServiceSubJob& sub_job) const {
  return !sub_job.forgotten && !knobs_.sub_jobs_never_listed && sub_job.listed_from <= now_;
}

ServiceSubJob ServiceModel::view_of(const ServiceSubJob& sub_job) const {
  ServiceSubJob view = sub_job;
  if (sub_job.ended) {
    view.shown.process = 100;
  } else if (now_ >= sub_job.begins && sub_job.ends > sub_job.begins) {
    const auto percent = 100 * (now_ - sub_job.begins) / (sub_job.ends - sub_job.begins);
    view.shown.process = static_cast<int>(std::min<std::int64_t>(percent, 99));
  } else {
    view.shown.process = 0;
  }
  return view;
}

Reply<SubJobPage> ServiceModel::list_sub_jobs(const SubJobQuery& query) {
  if (auto refusal = count_read()) return *refusal;
  if (query.offset < 0 || query.offset > kMaxSubJobOffset) return bad_request("offset must be 0 to 10000.");
  if (query.limit < 0 || query.limit > kMaxSubJobLimit) return bad_request("limit must be 0 to 1000.");
  std::vector<const ServiceSubJob*> matching;
  const auto take = [&](const ServiceSubJob& sub_job) {
    if (!is_listed(sub_job)) return;
    if (query.type && *query.type != kJobType) return;
    const auto& wanted = query.statuses;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), sub_job.shown.status_text) == wanted.end()) return;
    matching.push_back(&sub_job);
  };
  if (query.job) {
    const auto found = jobs_.find(*query.job);
    if (found != jobs_.end()) {
      for (const std::size_t index : found->second.sub_jobs) take(sub_jobs_[index]);
    }
  } else {
    for (const ServiceSubJob& sub_job : sub_jobs_) take(sub_job);
  }
  switch (knobs_.list_order) {
    case ListOrder::oldest_first:
      break;
    case ListOrder::newest_first:
      std::reverse(matching.begin(), matching.end());
      break;
    case ListOrder::scrambled:
      // The ids are random numbers already: their order has nothing to do with time.
      std::sort(matching.begin(), matching.end(),
                [](const ServiceSubJob* a, const ServiceSubJob* b) { return a->shown.id < b->shown.id; });
      break;
    case ListOrder::unstable:
      for (std::size_t i = matching.size(); i > 1; --i) std::swap(matching[i - 1], matching[random_.below(i)]);
      break;
  }
  SubJobPage page;
  page.total = matching.size();
  const auto first = std::min(matching.size(), static_cast<std::size_t>(query.offset));
  const auto last = std::min(matching.size(), first + static_cast<std::size_t>(query.limit));
  for (std::size_t i = first; i < last; ++i) page.sub_jobs.push_back(view_of(*matching[i]));
  return page;
}

Reply<JobView> ServiceModel::read_job(const JobId& id) {
  if (auto refusal = count_read()) return *refusal;
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.forgotten) {
    return Refusal{404, "WKS.00010404", fmt::format("The job does not exist, resource id [{}].", id)};
  }
  const Job& job = found->second;
  JobView view{id, "RUNNING", {}, {}, job.created, job.ended, {}};
  const ServiceSubJob* failed = nullptr;
  for (const std::size_t index : job.sub_jobs) {
    const ServiceSubJob& sub_job = sub_jobs_[index];
    if (sub_job.shown.status == SubJobStatus::failed && failed == nullptr) failed = &sub_job;
    if (is_listed(sub_job)) view.sub_jobs.push_back(view_of(sub_job));
  }
  if (!job.ended) return view;
  switch (knobs_.end_word) {
    case EndWord::complete:
      view.status = "COMPLETE";
      break;
    case EndWord::success_or_fail:
      view.status = failed != nullptr ? "FAIL" : "SUCCESS";
      break;
  }
  if (failed != nullptr) {
    view.error_code = failed->shown.error_code;
    view.fail_reason = failed->shown.fail_reason;
  }
  return view;
}

}  // namespace gild
