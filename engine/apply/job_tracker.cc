// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/job_tracker.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

using SubJobsByDesktop = std::map<DesktopId, std::vector<const SubJob*>>;

SubJobsByDesktop by_desktop(const Job& job, const SubJobLook& look) {
  SubJobsByDesktop out;
  for (const SubJob& sub_job : look.sub_jobs) {
    if (sub_job.job_id == job.id) out[sub_job.desktop_id].push_back(&sub_job);
  }
  return out;
}

bool timed_out(const Job& job, Time now) {
  return now > job.accepted_at + job.delay + kFollowLimit;
}

}  // namespace

std::string failure_text(const std::string& code, const std::string& reason) {
  if (code.empty() && reason.empty()) return "the service gave no reason";
  if (code.empty()) return reason;
  return reason.empty() ? code : fmt::format("{}: {}", code, reason);
}

JobNews read_job_news(const Job& job, const SubJobLook& look, Time now) {
  JobNews news;
  const SubJobsByDesktop listed = by_desktop(job, look);
  std::size_t missing = 0;
  for (const JobDesktop& desktop : job.desktops) {
    if (desktop.verifying_since) continue;
    const auto found = listed.find(desktop.id);
    if (found == listed.end()) {
      ++missing;
      if (timed_out(job, now) && !desktop.overdue) {
        news.ended.push_back({desktop.id, Outcome::overdue, "no sub-job of it appeared within its time"});
      }
      continue;
    }
    const std::vector<const SubJob*>& sub_jobs = found->second;
    const auto any = [&](auto predicate) { return std::any_of(sub_jobs.begin(), sub_jobs.end(), predicate); };
    const auto open = std::find_if(sub_jobs.begin(), sub_jobs.end(), [](const SubJob* s) { return !s->ended(); });
    if (open != sub_jobs.end()) {
      (*open)->status == SubJobStatus::waiting ? ++news.waiting : ++news.running;
      if (timed_out(job, now) && !desktop.overdue) {
        news.ended.push_back({desktop.id, Outcome::overdue,
                              fmt::format("its sub-job was still {} when its time was up", (*open)->status_text)});
      }
      continue;
    }
    const bool succeeded = any([](const SubJob* s) { return s->status == SubJobStatus::success; });
    const auto failed = std::find_if(sub_jobs.begin(), sub_jobs.end(),
                                     [](const SubJob* s) { return s->status == SubJobStatus::failed; });
    if (succeeded && failed != sub_jobs.end()) {
      news.ended.push_back({desktop.id, Outcome::unknown, "one sub-job of it succeeded and another failed"});
    } else if (succeeded) {
      news.succeeded.push_back(desktop.id);
    } else {
      news.ended.push_back({desktop.id, Outcome::failed, failure_text((*failed)->error_code, (*failed)->fail_reason)});
    }
  }
  news.ask_for_overall_job =
      missing > 0 && news.waiting + news.running == 0 && look.completeness != LookCompleteness::incomplete;
  return news;
}

std::vector<FinishedDesktop> judge_missing(const Job& job, const SubJobLook& look, const JobSummary& overall,
                                           std::optional<std::chrono::seconds> missed_for, std::chrono::seconds spacing,
                                           Time now) {
  std::vector<FinishedDesktop> ended;
  const bool vanished = !overall.found && missed_for && *missed_for >= spacing;
  if (look.completeness == LookCompleteness::incomplete || (!vanished && !(overall.found && overall.ended)))
    return ended;
  const SubJobsByDesktop listed = by_desktop(job, look);
  for (const JobDesktop& desktop : job.desktops) {
    if (desktop.verifying_since || listed.contains(desktop.id)) continue;
    // The record of a job is no rebuild: that may go on without it for as long as a rebuild takes.
    const bool may_run = vanished && !timed_out(job, now);
    if (may_run && desktop.overdue) continue;
    ended.push_back({desktop.id, may_run ? Outcome::overdue : Outcome::unknown,
                     vanished ? std::string("the service no longer knows its job")
                              : fmt::format("its job ended ({}) without a sub-job for it", overall.status_text)});
  }
  return ended;
}

Verdict verify(const Target& target, const LiveDesktop* live, Time since, Time now) {
  Verdict verdict;
  if (live == nullptr) {
    verdict.reason = "the service does not show it";
  } else if (live->has_task()) {
    verdict.reason =
        live->task_status.empty() ? std::string("a task runs on it") : fmt::format("its task is {}", live->task_status);
  } else if (live->image_id != target.image.image_id) {
    verdict.reason = live->image_id ? fmt::format("it shows image {}", *live->image_id)
                                    : std::string("the service does not show its image");
  } else if (same_ignoring_case(live->status, "ERROR")) {
    verdict.reason = "its status is ERROR";
  } else {
    verdict.health = Health::ready;
    return verdict;
  }
  if (now > since + kVerifyLimit) {
    verdict.health = Health::unhealthy;
    verdict.reason = fmt::format("its job succeeded, but {} minutes later {}", kVerifyLimit.count(), verdict.reason);
  }
  return verdict;
}

}  // namespace gild
