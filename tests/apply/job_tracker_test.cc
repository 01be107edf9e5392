// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/job_tracker.hpp"

#include <catch2/catch.hpp>

namespace gild {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kAccepted = *parse_time("2026-11-23T21:00:00Z");
const ImageId kNew{"new"};

Job job_of(const std::vector<std::string>& ids, minutes delay = minutes{0}) {
  Job job;
  job.id = JobId{"j"};
  job.target = {{kNew, "private", std::nullopt}, std::nullopt};
  job.accepted_at = kAccepted;
  job.delay = delay;
  for (const std::string& id : ids) job.desktops.push_back({DesktopId{id}, std::nullopt});
  return job;
}

SubJobLook look_with(const std::vector<std::pair<std::string, SubJobStatus>>& shown) {
  SubJobLook look;
  look.completeness = LookCompleteness::complete;
  for (const auto& [desktop, status] : shown) {
    SubJob sub_job;
    sub_job.id = SubJobId{"s" + std::to_string(look.sub_jobs.size())};
    sub_job.job_id = JobId{"j"};
    sub_job.desktop_id = DesktopId{desktop};
    sub_job.status = status;
    sub_job.status_text = "STATUS";
    look.sub_jobs.push_back(sub_job);
  }
  return look;
}

LiveDesktop live(const ImageId& image) {
  LiveDesktop desktop;
  desktop.status = "ACTIVE";
  desktop.image_id = image;
  return desktop;
}

std::string ends_of(const std::vector<FinishedDesktop>& ended) {
  std::string text;
  for (const FinishedDesktop& desktop : ended) {
    text += desktop.id.str() + " " + std::string(name_of(desktop.outcome)) + ": " + desktop.reason.value_or("") + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a sub-job that waits, runs or says something new has not ended") {
  const SubJobStatus status = GENERATE(SubJobStatus::waiting, SubJobStatus::running, SubJobStatus::other);
  const JobNews news = read_job_news(job_of({"a"}), look_with({{"a", status}}), kAccepted + minutes{60});
  CHECK(news.succeeded.empty());
  CHECK(news.ended.empty());
  CHECK_FALSE(news.ask_for_overall_job);
}

TEST_CASE("each desktop ends by its own sub-job, and another job's says nothing") {
  SubJobLook look =
      look_with({{"a", SubJobStatus::success}, {"b", SubJobStatus::failed}, {"c", SubJobStatus::success}});
  look.sub_jobs[1].error_code = "WKS.1";
  look.sub_jobs[1].fail_reason = "no disk";
  look.sub_jobs[2].job_id = JobId{"somebody's"};
  const JobNews news = read_job_news(job_of({"a", "b", "c"}), look, kAccepted + minutes{5});
  CHECK(news.succeeded == std::vector<DesktopId>{DesktopId{"a"}});
  CHECK(ends_of(news.ended) == "b failed: WKS.1: no disk\n");
  CHECK(news.ask_for_overall_job);  // c is missing, and nothing runs
}

TEST_CASE("success beside failure is a contradiction, and a second sub-job that runs keeps the desktop open") {
  const Job job = job_of({"a"});
  CHECK(ends_of(read_job_news(job, look_with({{"a", SubJobStatus::success}, {"a", SubJobStatus::failed}}), kAccepted)
                    .ended) == "a unknown: one sub-job of it succeeded and another failed\n");
  const JobNews news =
      read_job_news(job, look_with({{"a", SubJobStatus::success}, {"a", SubJobStatus::running}}), kAccepted);
  CHECK(news.succeeded.empty());
  CHECK(news.ended.empty());
}

TEST_CASE("a desktop is waited for during its delay and an hour, listed or not") {
  Job job = job_of({"a", "b"}, minutes{15});
  const SubJobLook look = look_with({{"a", SubJobStatus::running}});
  CHECK(read_job_news(job, look, kAccepted + minutes{75}).ended.empty());
  CHECK(ends_of(read_job_news(job, look, kAccepted + minutes{75} + seconds{1}).ended) ==
        "a overdue: its sub-job was still STATUS when its time was up\n"
        "b overdue: no sub-job of it appeared within its time\n");
  // Told once. What comes of it later is news again.
  for (JobDesktop& desktop : job.desktops) desktop.overdue = true;
  CHECK(read_job_news(job, look, kAccepted + minutes{90}).ended.empty());
  const SubJobLook late = look_with({{"a", SubJobStatus::success}, {"b", SubJobStatus::failed}});
  const JobNews news = read_job_news(job, late, kAccepted + minutes{90});
  CHECK(news.succeeded == std::vector<DesktopId>{DesktopId{"a"}});
  CHECK(ends_of(news.ended) == "b failed: the service gave no reason\n");
}

TEST_CASE("a list that may not be whole does not make a desktop missing") {
  SubJobLook look = look_with({});
  look.completeness = LookCompleteness::incomplete;
  const Job job = job_of({"a"});
  CHECK_FALSE(read_job_news(job, look, kAccepted).ask_for_overall_job);
  CHECK(
      judge_missing(job, look, {true, true, "COMPLETE", {}, {}, {}}, std::nullopt, seconds{60}, kAccepted + minutes{90})
          .empty());
}

TEST_CASE("missing is not yet, until the job has ended or is gone at two looks apart") {
  const Job job = job_of({"a"});
  const SubJobLook look = look_with({});
  const JobSummary running{true, false, "RUNNING", {}, {}, {}};
  const JobSummary ended{true, true, "COMPLETE", {}, {}, {}};
  const JobSummary gone;
  CHECK(judge_missing(job, look, running, std::nullopt, seconds{60}, kAccepted + minutes{90}).empty());
  CHECK(ends_of(judge_missing(job, look, ended, std::nullopt, seconds{60}, kAccepted + minutes{90})) ==
        "a unknown: its job ended (COMPLETE) without a sub-job for it\n");
  CHECK(judge_missing(job, look, gone, std::nullopt, seconds{60}, kAccepted + minutes{90}).empty());
  CHECK(judge_missing(job, look, gone, seconds{59}, seconds{60}, kAccepted + minutes{90}).empty());
  CHECK(ends_of(judge_missing(job, look, gone, seconds{60}, seconds{60}, kAccepted + minutes{90})) ==
        "a unknown: the service no longer knows its job\n");
  CHECK(judge_missing(job, look_with({{"a", SubJobStatus::success}}), ended, std::nullopt, seconds{60},
                      kAccepted + minutes{90})
            .empty());
}

TEST_CASE("a job whose record vanished may still run: its desktop is unknown and keeps its place for that long") {
  Job job = job_of({"a"});
  const SubJobLook look = look_with({});
  const Time soon = kAccepted + minutes{10};
  CHECK(ends_of(judge_missing(job, look, JobSummary{}, seconds{60}, seconds{60}, soon)) ==
        "a overdue: the service no longer knows its job\n");
  job.desktops.front().overdue = true;  // told once
  CHECK(judge_missing(job, look, JobSummary{}, seconds{60}, seconds{60}, soon).empty());
  CHECK(ends_of(judge_missing(job, look, JobSummary{}, seconds{60}, seconds{60}, kAccepted + minutes{90})) ==
        "a unknown: the service no longer knows its job\n");
}

TEST_CASE("success is believed once the image is there, nothing runs and the status is not ERROR") {
  const Target target = job_of({}).target;
  const Time now = kAccepted + minutes{20};
  const auto health = [&](const LiveDesktop* shown, Time at) { return verify(target, shown, kAccepted, at).health; };
  LiveDesktop desktop = live(kNew);
  CHECK(health(&desktop, now) == Health::ready);
  SECTION("a task") {
    desktop.task_status = "rebuilding";
  }
  SECTION("the progress of a task") {
    desktop.process = 99;
  }
  SECTION("another image") {
    desktop.image_id = ImageId{"old"};
  }
  SECTION("no image") {
    desktop.image_id.reset();
  }
  SECTION("ERROR") {
    desktop.status = "error";
  }
  if (desktop.image_id == kNew && !desktop.has_task() && desktop.status == "ACTIVE") {
    CHECK(health(nullptr, now) == Health::not_yet);
    CHECK(health(nullptr, now + seconds{1}) == Health::unhealthy);
  } else {
    CHECK(health(&desktop, now) == Health::not_yet);
    CHECK(health(&desktop, now + seconds{1}) == Health::unhealthy);
  }
}

}  // namespace gild
