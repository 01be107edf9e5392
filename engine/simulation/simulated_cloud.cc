// SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/simulated_cloud.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr std::size_t kIdsPerRead = 100;
constexpr int kReadTries = 5;

std::vector<DesktopId> ids_named_in(const std::string& message) {
  constexpr std::string_view kMark = "resource id [";
  const std::size_t start = message.rfind(kMark);
  if (start == std::string::npos) return {};
  const std::size_t first = start + kMark.size();
  return {DesktopId(message.substr(first, message.find(']', first) - first))};
}

// Contract 7, "What an answer means".
Submission classify(const ServiceError& error, std::optional<Duration> wait) {
  using Cause = SubmissionNotExecuted::Cause;
  switch (error.status) {
    case 400:
    case 403:
    case 404:
    case 405:
    case 413:
    case 414:
      return SubmissionRefused{error, ids_named_in(error.message)};
    case 409:
      return SubmissionConflict{error, ids_named_in(error.message)};
    case 401:
      return SubmissionNotExecuted{error, Cause::unauthorized, wait};
    case 429:
      return SubmissionNotExecuted{error, Cause::throttled, wait};
    default:
      break;
  }
  if (error.status == 503 && error.code == "APIGW.0613") return SubmissionNotExecuted{error, Cause::throttled, wait};
  return SubmissionLost{fmt::format("the service answered with HTTP {}", error.status), error};
}

Fault fault_of(Fault::Kind kind) {
  Fault fault;
  fault.kind = kind;
  return fault;
}

}  // namespace

DesktopCloud& SimulatedCloud::connect(const Workspace& workspace) {
  const auto found = others_.find(workspace.name);
  return found == others_.end() ? *this : *found->second;
}

void SimulatedCloud::call() {
  if (crash_ != nullptr) crash_->at_call();
  clock_.advance(call_duration_);
  model_.advance_to(clock_.service_now());
}

std::optional<Time> SimulatedCloud::service_time() const {
  if (service_time_hidden_) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(model_.now());
}

void SimulatedCloud::at(Duration elapsed, std::function<void(ServiceModel&)> what) {
  clock_.at(elapsed, [this, what = std::move(what)] {
    model_.advance_to(clock_.service_now());
    what(model_);
  });
}

// --- Reads -----------------------------------------------------------------------------------------------------------

// A transient fault costs a pause and another try, as in the real client; what stays is an Error.
void SimulatedCloud::begin_read(CallKind kind, std::stop_token stop) {
  for (int tries = 1;; ++tries) {
    call();
    const std::optional<Fault> fault = faults_.next(kind);
    if (!fault) return;
    if (fault->kind == Fault::Kind::slow) {
      clock_.advance(fault->wait);
      model_.advance_to(clock_.service_now());
      return;
    }
    const bool for_good = fault->kind == Fault::Kind::certificate ||
                          (fault->kind == Fault::Kind::status && fault->status < 500 && fault->status != 429);
    if (for_good || tries == kReadTries) {
      throw Error(ErrorKind::service, fmt::format("The service cannot be read: {} ({}).", fault->message, fault->code));
    }
    if (stop.stop_requested()) throw Interrupted{};
    clock_.sleep_until(clock_.instant() + std::chrono::seconds{tries}, stop);
    if (stop.stop_requested()) throw Interrupted{};
  }
}

Inventory SimulatedCloud::read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) {
  ++reads_;
  Inventory inventory;
  for (std::size_t first = 0; first < ids.size(); first += kIdsPerRead) {
    begin_read(CallKind::detail, stop);
    const auto last = std::min(ids.size(), first + kIdsPerRead);
    for (std::size_t i = first; i < last; ++i) {
      const auto found = model_.desktops().find(ids[i]);
      if (found != model_.desktops().end()) inventory.desktops.emplace(ids[i], found->second.live);
    }
    inventory.service_time = service_time();
  }
  return inventory;
}

Inventory SimulatedCloud::list_desktops(std::stop_token stop) {
  ++reads_;
  Inventory inventory;
  const std::size_t pages = model_.desktops().size() / kIdsPerRead + 1;
  for (std::size_t page = 0; page < pages; ++page) begin_read(CallKind::detail, stop);
  for (const auto& [id, desktop] : model_.desktops()) inventory.desktops.emplace(id, desktop.live);
  inventory.service_time = service_time();
  return inventory;
}

SubJobLook SimulatedCloud::look(const SubJobQuery& wanted, std::stop_token stop) {
  SubJobLook result;
  std::set<SubJobId> seen;
  SubJobQuery query = wanted;
  query.limit = sub_job_page_;
  std::optional<std::size_t> first_total;
  std::size_t last_total = 0;
  for (std::size_t read = 0;;) {
    begin_read(CallKind::sub_jobs, stop);
    query.offset = static_cast<std::int64_t>(read);
    const Reply<SubJobPage> reply = model_.list_sub_jobs(query);
    if (const Refusal* refusal = std::get_if<Refusal>(&reply)) {
      if (refusal->status != 429) throw Error(ErrorKind::service, refusal->message);
      clock_.sleep_until(clock_.instant() + std::chrono::seconds{60}, stop);
      if (stop.stop_requested()) throw Interrupted{};
      continue;
    }
    const SubJobPage& page = std::get<SubJobPage>(reply);
    for (const ServiceSubJob& sub_job : page.sub_jobs) {
      if (seen.insert(sub_job.shown.id).second) result.sub_jobs.push_back(sub_job.shown);
    }
    if (!first_total) first_total = page.total;
    last_total = page.total;
    read += page.sub_jobs.size();
    if (page.sub_jobs.empty() || read >= page.total || read > static_cast<std::size_t>(greatest_offset_)) break;
  }
  result.service_time = service_time();
  result.completeness = seen.size() == last_total && *first_total == last_total ? LookCompleteness::complete
                                                                                : LookCompleteness::incomplete;
  return result;
}

SubJobLook SimulatedCloud::list_all_sub_jobs(std::stop_token stop) {
  ++reads_;
  SubJobQuery query;
  SubJobLook all = look(query, stop);
  const bool beyond = all.completeness != LookCompleteness::complete &&
                      all.sub_jobs.size() >= static_cast<std::size_t>(greatest_offset_);
  if (!beyond) return all;
  query.statuses = {"WAITING", "RUNNING", "FAILED"};
  const SubJobLook rest = look(query, stop);
  std::set<SubJobId> seen;
  for (const SubJob& sub_job : all.sub_jobs) seen.insert(sub_job.id);
  for (const SubJob& sub_job : rest.sub_jobs) {
    if (seen.insert(sub_job.id).second) all.sub_jobs.push_back(sub_job);
  }
  all.service_time = rest.service_time;
  if (rest.completeness == LookCompleteness::complete) all.completeness = LookCompleteness::ended_beyond_reach;
  return all;
}

SubJobLook SimulatedCloud::list_open_sub_jobs(std::stop_token stop) {
  ++reads_;
  SubJobQuery query;
  query.statuses = {"WAITING", "RUNNING"};
  return look(query, stop);
}

SubJobLook SimulatedCloud::list_sub_jobs_of(const JobId& job, std::stop_token stop) {
  ++reads_;
  SubJobQuery query;
  query.job = job;
  return look(query, stop);
}

JobSummary SimulatedCloud::read_job(const JobId& job, std::stop_token stop) {
  ++reads_;
  for (;;) {
    begin_read(CallKind::job, stop);
    const Reply<JobView> reply = model_.read_job(job);
    const Refusal* refusal = std::get_if<Refusal>(&reply);
    if (refusal != nullptr && refusal->status == 429) {
      clock_.sleep_until(clock_.instant() + std::chrono::seconds{60}, stop);
      if (stop.stop_requested()) throw Interrupted{};
      continue;
    }
    JobSummary summary;
    summary.service_time = service_time();
    if (const JobView* view = std::get_if<JobView>(&reply)) {
      summary.found = true;
      summary.ended = view->ended.has_value();
      summary.status_text = view->status;
      summary.error_code = view->error_code;
      summary.fail_reason = view->fail_reason;
    }
    return summary;
  }
}

// --- The rebuild request ---------------------------------------------------------------------------------------------

// There is always a place and a token here; what asking for them costs is a chance to be interrupted or to crash.
void SimulatedCloud::await_submission(std::stop_token stop) {
  call();
  if (stop.stop_requested()) throw Interrupted{};
  has_place_ = true;
}

Submission SimulatedCloud::submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) {
  submitting_ = true;
  call();
  submitting_ = false;
  if (places_demanded_ && !std::exchange(has_place_, false)) {
    return SubmissionNotExecuted{{0, {}, "no place among the requests of this minute", {}},
                                 SubmissionNotExecuted::Cause::throttled,
                                 std::chrono::minutes{1}};
  }
  if (still_wanted && !still_wanted()) {
    return SubmissionNotExecuted{
        {0, {}, "too late to send it", {}}, SubmissionNotExecuted::Cause::unreachable, std::nullopt};
  }
  ++submitted_;
  if (const std::optional<Fault> fault = faults_.next(CallKind::rebuild)) return faulty_submission(request, *fault);
  const Reply<JobId> reply = model_.rebuild(request);
  const std::string request_id = fmt::format("request-{}", submitted_);
  if (const JobId* job = std::get_if<JobId>(&reply)) {
    if (last_accepted_ && repeat_answer_at_.contains(submitted_)) return *last_accepted_;
    last_accepted_ = SubmissionAccepted{*job, request_id, service_time()};
    return *last_accepted_;
  }
  const Refusal& refusal = std::get<Refusal>(reply);
  std::optional<Duration> wait;
  if (refusal.status == 429) wait = std::chrono::minutes{1};
  return classify({refusal.status, refusal.code, refusal.message, request_id}, wait);
}

Submission SimulatedCloud::faulty_submission(const RebuildRequest& request, const Fault& fault) {
  using Cause = SubmissionNotExecuted::Cause;
  if (fault.carried_out()) (void)model_.rebuild(request);
  const std::string request_id = fmt::format("request-{}", submitted_);
  switch (fault.kind) {
    case Fault::Kind::throttle: {
      const Refusal refusal = ServiceModel::throttled(fault.limit, fault.window);
      const std::optional<Duration> wait = fault.wait > Duration{0} ? std::optional(fault.wait) : std::nullopt;
      return SubmissionNotExecuted{{refusal.status, refusal.code, refusal.message, request_id}, Cause::throttled, wait};
    }
    case Fault::Kind::status:
    case Fault::Kind::status_after:
      return classify({fault.status, fault.code, fault.message, request_id}, std::nullopt);
    case Fault::Kind::html:
    case Fault::Kind::html_after:
      return SubmissionLost{"the answer is not the service's: HTTP 502 with a page", {502, {}, {}, {}}};
    case Fault::Kind::half:
      return SubmissionLost{"the answer ended in the middle", {200, {}, {}, request_id}};
    case Fault::Kind::lost_before:
    case Fault::Kind::lost_after:
      return SubmissionLost{"no answer came", {}};
    case Fault::Kind::reset:
      return SubmissionLost{"the connection was reset", {}};
    case Fault::Kind::slow:
      clock_.advance(fault.wait);
      model_.advance_to(clock_.service_now());
      break;
    case Fault::Kind::unreachable:
      return SubmissionNotExecuted{{0, {}, "no connection", {}}, Cause::unreachable, std::nullopt};
    case Fault::Kind::certificate:
      return SubmissionNotExecuted{{0, {}, "the certificate does not verify", {}}, Cause::certificate, std::nullopt};
  }
  // A slow answer: what the request set off, told late.
  const ReceivedRequest& received = model_.requests().back();
  if (!received.refusal) return SubmissionAccepted{*received.job, request_id, service_time()};
  const Refusal& refusal = *received.refusal;
  return classify({refusal.status, refusal.code, refusal.message, request_id}, std::nullopt);
}

// --- The script ------------------------------------------------------------------------------------------------------

void SimulatedCloud::add_submission_fault(std::size_t nth, std::size_t count, Fault fault) {
  FaultRule rule;
  rule.on = CallKind::rebuild;
  rule.from = nth;
  rule.count = count;
  rule.fault = std::move(fault);
  faults_.add(std::move(rule));
}

void SimulatedCloud::lose_answer_of_submission(std::size_t nth, Executed executed, std::size_t count) {
  add_submission_fault(nth, count,
                       fault_of(executed == Executed::yes ? Fault::Kind::lost_after : Fault::Kind::lost_before));
}

void SimulatedCloud::answer_submission(std::size_t nth, int status, std::string code, std::string message,
                                       Executed executed, std::size_t count) {
  Fault fault = fault_of(executed == Executed::yes ? Fault::Kind::status_after : Fault::Kind::status);
  fault.status = status;
  fault.code = std::move(code);
  fault.message = std::move(message);
  add_submission_fault(nth, count, std::move(fault));
}

void SimulatedCloud::throttle_submission(std::size_t nth, std::optional<Duration> wait, std::size_t count) {
  Fault fault = fault_of(Fault::Kind::throttle);
  fault.wait = wait.value_or(Duration{0});
  add_submission_fault(nth, count, std::move(fault));
}

void SimulatedCloud::expire_token_at_submission(std::size_t nth, std::size_t count) {
  answer_submission(nth, 401, "APIGW.0307", "The token must be updated.", Executed::no, count);
}

void SimulatedCloud::cut_connection_before_submission(std::size_t nth, std::size_t count) {
  add_submission_fault(nth, count, fault_of(Fault::Kind::unreachable));
}

void SimulatedCloud::reject_certificate_at_submission(std::size_t nth) {
  add_submission_fault(nth, 1, fault_of(Fault::Kind::certificate));
}

void SimulatedCloud::fail_read(CallKind kind, std::size_t nth, std::size_t count) {
  FaultRule rule;
  rule.on = kind;
  rule.from = nth;
  rule.count = count;
  rule.fault = fault_of(Fault::Kind::status);
  rule.fault.status = 403;  // not worth another try
  rule.fault.code = "WKS.00010403";
  rule.fault.message = "No permission";
  faults_.add(std::move(rule));
}

// --- A tenant --------------------------------------------------------------------------------------------------------

void add_private_image(ServiceModel& model, const std::string& image) {
  model.add_image({{ImageId(image), "private", "Windows"}, image, 40, "x86"});
}

std::vector<DesktopId> add_fleet(ServiceModel& model, std::size_t count, const std::string& image,
                                 const std::string& prefix) {
  add_private_image(model, image);
  std::vector<DesktopId> ids;
  for (std::size_t number = 1; number <= count; ++number) {
    ServiceDesktop desktop;
    desktop.live.id = DesktopId(uuid_for(fmt::format("{}-{}", prefix, number)));
    desktop.live.name = fmt::format("{}-{:03}", prefix, number);
    desktop.live.status = "ACTIVE";
    desktop.live.login_status = "REGISTERED";
    desktop.live.attach_state = "ATTACHED";
    desktop.live.desktop_type = "DEDICATED";
    desktop.live.image_id = ImageId(image);
    desktop.live.os_type = "Windows";
    desktop.live.root_gb = 80;
    desktop.created = kServiceEpoch - std::chrono::hours{24 * 30};
    desktop.user_name = fmt::format("user{}", number);
    ids.push_back(desktop.live.id);
    model.add_desktop(std::move(desktop));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace gild
