// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/api_cloud.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/cloud/service_error.hpp"
#include "engine/cloud/wire.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kDesktopsPerPage = 100;    // W 3.2: texts and schemas name 100, 500 and 1000
constexpr std::size_t kSubJobsPerPage = 1000;    // W 2.1
constexpr std::int64_t kGreatestOffset = 10000;  // W 2.1
constexpr std::int64_t kReach = kGreatestOffset + static_cast<std::int64_t>(kSubJobsPerPage);
// A list of a million desktops has 10,000 pages; sub-jobs are within reach on 11, or 110 where pages are shorter. A
// list that shows one thing more on each page would otherwise be read for days.
constexpr std::size_t kMaxDesktopPages = 20'000;
constexpr std::size_t kMaxSubJobPages = 1'000;
constexpr int kLooks = 3;  // while a list keeps changing under the reader
constexpr Duration kPause{1000};
constexpr std::string_view kRebuildJob = "rebuildDesktops";

bool too_long_for_the_gateway(int status) {
  return status == 414 || status == 413 || status == 494;
}

std::optional<Time> date_of(const HttpResponse& response) {
  return parse_http_date(response.header("Date"));
}

void check_pages(std::size_t pages, std::size_t most, std::string_view workspace, std::string_view what) {
  if (pages < most) return;
  throw Error(
      ErrorKind::service,
      fmt::format("Workspace {}: the list of {} does not come to an end after {} pages", workspace, what, pages),
      "What the service shows cannot be relied on, so nothing is decided by it.");
}

// The defence behind the planner's own checks: nothing that W 1.1 does not allow leaves this machine.
void check_sendable(const RebuildRequest& request) {
  const std::set<DesktopId> distinct(request.desktop_ids.begin(), request.desktop_ids.end());
  const bool fits = !distinct.empty() && distinct.size() <= kMaxDesktopsPerRequest &&
                    distinct.size() == request.desktop_ids.size() && !distinct.contains(DesktopId()) &&
                    !request.image.image_id.empty() &&
                    (!request.options.delay_time ||
                     (*request.options.delay_time >= 0 && *request.options.delay_time <= kMaxDelayMinutes));
  if (!fits) {
    throw Error(
        ErrorKind::refused,
        "A rebuild request does not keep to the service's limits and was not sent (1 to 100 desktops, each once, "
        "an image, a delay of 0 to 15 minutes)",
        "This is a mistake in gild. Please report it.");
  }
}

}  // namespace

struct ApiCloud::Listing {
  std::map<DesktopId, LiveDesktop> desktops;
  std::optional<std::int64_t> total;  // as the last page had it
  std::optional<Time> service_time;
};

struct ApiCloud::Pass {
  std::map<SubJobId, SubJob> sub_jobs;
  std::optional<std::int64_t> total;
  bool whole = false;         // distinct ids = total, the same on the first and the last page, all with a desktop
  bool beyond_reach = false;  // more than paging can show
  std::optional<Time> service_time;
};

void ApiCloud::pause(std::stop_token stop) {
  if (stop.stop_requested()) throw Interrupted{};
  clock_.sleep_until(clock_.instant() + kPause, stop);
  if (stop.stop_requested()) throw Interrupted{};
}

// Pages through desktops/detail until it has `enough` distinct ones (0: until the end).
ApiCloud::Listing ApiCloud::read_listing(const Query& filter, std::size_t enough, bool* too_long,
                                         std::stop_token stop) {
  Listing listing;
  std::size_t offset = 0;
  for (std::size_t pages = 0;; ++pages) {
    check_pages(pages, kMaxDesktopPages, channel_->workspace_name(), "desktops");
    ReadCall call{{"desktops", "detail"}, filter, "desktops", "workspace:desktops:get", {}};
    call.query.emplace_back("limit", std::to_string(kDesktopsPerPage));
    call.query.emplace_back("offset", std::to_string(offset));
    if (too_long != nullptr) call.tolerated = {413, 414, 494};
    const HttpResponse response = channel_->read(call, stop);
    if (too_long != nullptr && too_long_for_the_gateway(response.status)) {
      *too_long = true;
      return listing;
    }
    DecodedDesktops page;
    try {
      page = decode_desktops(response.body);
    } catch (Error& error) {
      throw error.while_doing(fmt::format("reading desktops of workspace {} (request id {})",
                                          channel_->workspace_name(), escape_controls(request_id_of(response))));
    }
    listing.service_time = date_of(response);
    listing.total = page.total;
    const std::size_t received = page.desktops.size();
    const std::size_t before = listing.desktops.size();
    for (LiveDesktop& desktop : page.desktops) {
      const DesktopId id = desktop.id;
      listing.desktops.insert_or_assign(id, std::move(desktop));
    }
    offset += received;
    // A page with nothing new will not be followed by a better one: it may be the same page for ever.
    if (listing.desktops.size() == before || (enough > 0 && listing.desktops.size() >= enough)) return listing;
    if (listing.total && static_cast<std::int64_t>(offset) >= *listing.total) return listing;
  }
}

void ApiCloud::read_some(const std::vector<DesktopId>& ids, Inventory& inventory, std::stop_token stop) {
  Query filter;
  for (const DesktopId& id : ids) filter.emplace_back("desktop_id", id.str());
  for (int look = 1;; ++look) {
    bool too_long = false;
    Listing listing = read_listing(filter, ids.size(), ids.size() > 1 ? &too_long : nullptr, stop);
    if (too_long) {
      const auto half = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
      read_some({ids.begin(), half}, inventory, stop);
      read_some({half, ids.end()}, inventory, stop);
      return;
    }
    // A desktop that is missing counts as gone. So a list that is shorter than it says itself is not believed.
    const bool whole = !listing.total || static_cast<std::int64_t>(listing.desktops.size()) >= *listing.total;
    if (whole) {
      for (const DesktopId& id : ids) {
        if (auto found = listing.desktops.extract(id)) inventory.desktops.insert(std::move(found));
      }
      inventory.service_time = listing.service_time;
      return;
    }
    if (look == kLooks) {
      throw Error(
          ErrorKind::service,
          fmt::format("Workspace {}: the service says that it shows {} desktops of those asked for, but shows {}",
                      channel_->workspace_name(), *listing.total, listing.desktops.size()));
    }
    pause(stop);
  }
}

Inventory ApiCloud::read_desktops(const std::vector<DesktopId>& ids, std::stop_token stop) {
  std::vector<DesktopId> wanted = ids;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  Inventory inventory;
  for (std::size_t begin = 0; begin < wanted.size(); begin += kDesktopsPerPage) {
    const auto first = wanted.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = wanted.begin() + static_cast<std::ptrdiff_t>(std::min(wanted.size(), begin + kDesktopsPerPage));
    read_some({first, last}, inventory, stop);
  }
  return inventory;
}

Inventory ApiCloud::list_desktops(std::stop_token stop) {
  const Query sorted{{"sort_field", "created"}, {"sort_type", "ASC"}};
  Inventory inventory;
  for (int look = 1;; ++look) {
    Listing listing = read_listing(sorted, 0, nullptr, stop);
    for (auto& [id, desktop] : listing.desktops) inventory.desktops.insert_or_assign(id, std::move(desktop));
    inventory.service_time = listing.service_time;
    // Where desktops come and go between pages, one may slip through; another pass finds it.
    if (!listing.total || static_cast<std::int64_t>(inventory.desktops.size()) >= *listing.total) return inventory;
    if (look == kLooks) {
      throw Error(ErrorKind::service,
                  fmt::format("Workspace {}: the service counts {} desktops but shows {}", channel_->workspace_name(),
                              *listing.total, inventory.desktops.size()),
                  "The list may be changing right now. Try again later.");
    }
    pause(stop);
  }
}

ApiCloud::Pass ApiCloud::read_pass(const Query& filter, std::stop_token stop) {
  Pass pass;
  std::optional<std::int64_t> first_total;
  bool all_have_desktops = true;
  std::set<SubJobId> seen;  // with those of other kinds, which count towards the total all the same
  std::size_t pages = 0;
  for (std::int64_t offset = 0;;) {
    check_pages(pages++, kMaxSubJobPages, channel_->workspace_name(), "rebuild jobs");
    ReadCall call{{"workspace-sub-jobs"}, filter, "rebuild jobs", "workspace:jobs:listSubJobs", {}};
    call.query.emplace_back("limit", std::to_string(kSubJobsPerPage));
    call.query.emplace_back("offset", std::to_string(offset));
    const HttpResponse response = channel_->read(call, stop);
    DecodedSubJobs page;
    try {
      page = decode_sub_jobs(response.body);
    } catch (Error& error) {
      throw error.while_doing(fmt::format("reading rebuild jobs of workspace {} (request id {})",
                                          channel_->workspace_name(), escape_controls(request_id_of(response))));
    }
    if (offset == 0) first_total = page.total;
    pass.total = page.total;
    pass.service_time = date_of(response);
    const std::size_t before = seen.size();
    for (std::size_t i = 0; i < page.sub_jobs.size(); ++i) {
      SubJob& job = page.sub_jobs[i];
      seen.insert(job.id);
      if (!page.job_types[i].empty() && page.job_types[i] != kRebuildJob) continue;
      // Whose it is, is unknown: it could be anybody's, so nothing can be proven by what the list does not show.
      if (job.desktop_id.empty() || job.job_id.empty()) all_have_desktops = false;
      const SubJobId id = job.id;
      pass.sub_jobs.insert_or_assign(id, std::move(job));
    }
    offset += static_cast<std::int64_t>(page.sub_jobs.size());
    // A page with nothing new will not be followed by a better one: it may be the same page for ever.
    if (seen.size() == before || !page.total || offset >= *page.total) break;
    if (offset > kGreatestOffset) {
      pass.beyond_reach = true;
      break;
    }
  }
  pass.whole = !pass.beyond_reach && all_have_desktops && first_total && first_total == pass.total &&
               static_cast<std::int64_t>(seen.size()) == *pass.total;
  return pass;
}

SubJobLook ApiCloud::look_once(const Query& filter, std::stop_token stop) {
  Pass pass = read_pass(filter, stop);
  SubJobLook look;
  look.completeness = pass.whole ? LookCompleteness::complete : LookCompleteness::incomplete;
  look.service_time = pass.service_time;
  for (auto& [id, job] : pass.sub_jobs) look.sub_jobs.push_back(std::move(job));
  return look;
}

// What was seen in any of the looks counts; whether the list was whole, one look must show by itself.
SubJobLook ApiCloud::look(const Query& filter, std::stop_token stop) {
  std::map<SubJobId, SubJob> seen;
  for (int count = 1;; ++count) {
    SubJobLook result = look_once(filter, stop);
    for (SubJob& job : result.sub_jobs) {
      const SubJobId id = job.id;
      seen.insert_or_assign(id, std::move(job));
    }
    if (result.completeness != LookCompleteness::incomplete || count == kLooks) {
      result.sub_jobs.clear();
      for (auto& [id, job] : seen) result.sub_jobs.push_back(std::move(job));
      return result;
    }
    pause(stop);
  }
}

SubJobLook ApiCloud::list_all_sub_jobs(std::stop_token stop) {
  const Query every{{"job_type", std::string(kRebuildJob)}};
  std::map<SubJobId, SubJob> seen;
  for (int count = 1;; ++count) {
    Pass pass = read_pass(every, stop);
    SubJobLook result;
    result.completeness = pass.whole ? LookCompleteness::complete : LookCompleteness::incomplete;
    result.service_time = pass.service_time;
    for (auto& [id, job] : pass.sub_jobs) seen.insert_or_assign(id, std::move(job));
    if (pass.beyond_reach || (pass.total && *pass.total > kReach)) {
      Query unfinished = every;
      for (const char* status : {"WAITING", "RUNNING", "FAILED"}) unfinished.emplace_back("status", status);
      Pass rest = read_pass(unfinished, stop);
      if (rest.whole) result.completeness = LookCompleteness::ended_beyond_reach;
      result.service_time = rest.service_time;
      for (auto& [id, job] : rest.sub_jobs) seen.insert_or_assign(id, std::move(job));
    }
    if (result.completeness != LookCompleteness::incomplete || count == kLooks) {
      for (auto& [id, job] : seen) result.sub_jobs.push_back(std::move(job));
      return result;
    }
    pause(stop);
  }
}

SubJobLook ApiCloud::list_open_sub_jobs(std::stop_token stop) {
  return look({{"job_type", std::string(kRebuildJob)}, {"status", "WAITING"}, {"status", "RUNNING"}}, stop);
}

SubJobLook ApiCloud::list_sub_jobs_of(const JobId& job, std::stop_token stop) {
  SubJobLook result = look({{"job_id", job.str()}}, stop);
  std::erase_if(result.sub_jobs, [&](const SubJob& sub_job) { return sub_job.job_id != job; });
  return result;
}

JobSummary ApiCloud::read_job(const JobId& job, std::stop_token stop) {
  ReadCall call{{"workspace-jobs", job.str()}, {}, "a job", "workspace:jobs:listSubJobs", {404}};
  HttpResponse response = channel_->read(call, stop);
  JobSummary summary;
  if (response.status == 404) {
    // The service itself must have said it: a gateway's 404 means that the address is wrong, not that the job is gone.
    const ParsedError parsed = parse_error(response);
    const std::string& code = parsed.error.code;
    if (!parsed.has_code || code.starts_with("APIGW.") || code.starts_with("APIG.")) {
      call.tolerated.clear();
      response = channel_->read(call, stop);
      summary = decode_job(response.body);
    }
  } else {
    summary = decode_job(response.body);
  }
  summary.service_time = date_of(response);
  return summary;
}

void ApiCloud::await_submission(std::stop_token stop) {
  channel_->await_write(stop);
}

Submission ApiCloud::submit_rebuild(const RebuildRequest& request, const StillWanted& still_wanted) {
  check_sendable(request);
  return channel_->submit(request, still_wanted);
}

}  // namespace gild
