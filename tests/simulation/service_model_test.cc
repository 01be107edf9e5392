// SPDX-License-Identifier: Apache-2.0
// How rebuilds run, and what the knobs do to that.
#include "engine/simulation/service_model.hpp"

#include "tests/simulation/support.hpp"

using namespace gild;
using namespace std::chrono_literals;

namespace {
const ImageId kOld("img-1");
const ImageId kNew("img-2");
}  // namespace

TEST_CASE("a rebuild wipes its desktop once and ends with the new image", "[model]") {
  Service service(2);
  ServiceModel& model = service.model;
  const JobId job = service.rebuild({service.ids[0]});
  CHECK(model.desktop(service.ids[0]).task_status == "rebuilding");
  CHECK(model.desktop(service.ids[0]).process == 0);
  CHECK(model.desktop(service.ids[0]).login_status == "UNREGISTER");
  CHECK(service.sub_job(job).status == SubJobStatus::running);
  CHECK(service.image(0) == kOld);
  model.advance(3min);
  CHECK(model.desktop(service.ids[0]).task_status == "rebuild_block_device_mapping");
  model.advance(3min);
  CHECK(model.desktop(service.ids[0]).task_status == "rebuild_spawning");
  CHECK(service.sub_job(job).process == 66);
  CHECK(accepted(model.read_job(job)).status == "RUNNING");
  model.advance(3min);
  CHECK_FALSE(model.desktop(service.ids[0]).has_task());
  CHECK(model.desktop(service.ids[0]).login_status == "REGISTERED");
  CHECK(service.sub_job(job).status == SubJobStatus::success);
  CHECK(service.sub_job(job).begin_time == "2026-11-23 21:00:00");
  CHECK(accepted(model.read_job(job)).status == "COMPLETE");
  CHECK(service.image(0) == kNew);
  CHECK(service.image(1) == kOld);

  REQUIRE(model.wipes().size() == 1);
  CHECK(model.wipes()[0].desktop == service.ids[0]);
  CHECK(model.wipes()[0].at == kServiceEpoch);
  CHECK(model.wipes()[0].image == kNew);
  CHECK(model.wipes()[0].job == job);
  CHECK(model.wipes()[0].request == 1);
  CHECK(model.wiped_repeatedly().empty());
  CHECK_FALSE(model.next_change());
}

TEST_CASE("the disk stays whole until the delay is over", "[model]") {
  Service service(1);
  const JobId job = service.rebuild({service.ids[0]}, 15);
  service.model.advance(15min - 1ms);
  CHECK(service.model.wipes().empty());
  CHECK(service.model.desktop(service.ids[0]).task_status.empty());
  CHECK(service.sub_job(job).status == SubJobStatus::waiting);
  service.model.advance(1ms);
  CHECK(service.model.wipes_of(service.ids[0]) == 1);
  CHECK(service.sub_job(job).status == SubJobStatus::running);
  service.model.advance(9min);
  CHECK(service.image(0) == kNew);
}

TEST_CASE("the delay can be shown as a task and as a running sub-job", "[model]") {
  ServiceKnobs knobs;
  knobs.task_during_delay = true;
  knobs.running_during_delay = true;
  Service service(1, knobs);
  const JobId job = service.rebuild({service.ids[0]}, 5);
  CHECK(service.model.desktop(service.ids[0]).task_status == "rebuilding");
  CHECK(service.sub_job(job).status == SubJobStatus::running);
  CHECK(service.model.wipes().empty());
}

TEST_CASE("a failing rebuild has wiped the disk, and its sub-job says why", "[model]") {
  Service service(2);
  service.model.fail_job_of(service.ids[1]);
  const JobId job = service.rebuild(service.ids);
  service.model.advance(9min);
  CHECK(service.sub_job(job, 0).status == SubJobStatus::success);
  CHECK(service.sub_job(job, 1).status == SubJobStatus::failed);
  CHECK(service.sub_job(job, 1).error_code == "WKS.00010501");
  CHECK(service.sub_job(job, 1).fail_reason == "The system disk cannot be created from the image.");
  CHECK(service.model.desktop(service.ids[1]).status == "ERROR");
  CHECK(service.model.wipes_of(service.ids[1]) == 1);
  CHECK(service.image(1) == kOld);
  CHECK(accepted(service.model.read_job(job)).status == "COMPLETE");
  CHECK(accepted(service.model.read_job(job)).error_code == "WKS.00010501");

  service.model.forgive(service.ids[1]);
  service.rebuild({service.ids[1]});
  service.model.advance(9min);
  CHECK(service.image(1) == kNew);
  CHECK(service.model.wiped_repeatedly() == std::vector<DesktopId>{service.ids[1]});
}

TEST_CASE("a poisoned image fails on every desktop, and a disk too small for its image fails too", "[model]") {
  Service service(2);
  service.model.fail_jobs_onto(kNew);
  const JobId poisoned = service.rebuild({service.ids[0]});
  service.model.advance(9min);
  CHECK(service.sub_job(poisoned).status == SubJobStatus::failed);

  service.model.add_image({{ImageId("big"), "private", "Windows"}, "big", 200, "x86"});
  const JobId big = accepted(service.model.rebuild(request_for({service.ids[1]}, "big")));
  service.model.advance(9min);
  CHECK(service.sub_job(big).error_code == "WKS.00010502");
}

TEST_CASE("a job can run for ever, and a SUCCESS can leave the old image", "[model]") {
  Service service(2);
  Fate never;
  never.end = Fate::End::never;
  service.model.set_fate(service.ids[0], never);
  Fate imageless;
  imageless.end = Fate::End::success_without_image;
  service.model.set_fate(service.ids[1], imageless);
  const JobId job = service.rebuild(service.ids);
  service.model.advance(48h);
  CHECK(service.sub_job(job, 0).status == SubJobStatus::running);
  CHECK(service.model.desktop(service.ids[0]).has_task());
  CHECK(service.sub_job(job, 1).status == SubJobStatus::success);
  CHECK(service.image(1) == kOld);
  CHECK(accepted(service.model.read_job(job)).status == "RUNNING");
}

TEST_CASE("the image can show itself at the start, late, or after a failure", "[model]") {
  ServiceKnobs knobs;
  SECTION("at the start") {
    knobs.image_shown = ImageShown::at_start;
    Service service(1, knobs);
    service.rebuild({service.ids[0]});
    CHECK(service.image(0) == kNew);
    CHECK(service.model.desktop(service.ids[0]).has_task());
  }
  SECTION("late") {
    knobs.image_late = 2min;
    Service service(1, knobs);
    const JobId job = service.rebuild({service.ids[0]});
    service.model.advance(9min);
    CHECK(service.sub_job(job).status == SubJobStatus::success);
    CHECK(service.image(0) == kOld);
    service.model.advance(2min);
    CHECK(service.image(0) == kNew);
  }
  SECTION("after a failure") {
    knobs.image_changes_on_failure = true;
    Service service(1, knobs);
    service.model.fail_job_of(service.ids[0]);
    service.rebuild({service.ids[0]});
    service.model.advance(9min);
    CHECK(service.image(0) == kNew);
  }
}

TEST_CASE("the task can be empty between two steps, and linger after the end", "[model]") {
  ServiceKnobs knobs;
  knobs.task_gap = 1min;
  knobs.task_lags = 30s;
  Service service(1, knobs);
  const JobId job = service.rebuild({service.ids[0]});
  service.model.advance(3min + 30s);
  CHECK_FALSE(service.model.desktop(service.ids[0]).has_task());
  CHECK(service.sub_job(job).status == SubJobStatus::running);
  service.model.advance(1min);
  CHECK(service.model.desktop(service.ids[0]).has_task());
  service.model.advance(4min + 30s);
  CHECK(service.sub_job(job).status == SubJobStatus::success);
  CHECK(service.model.desktop(service.ids[0]).has_task());
  service.model.advance(30s);
  CHECK_FALSE(service.model.desktop(service.ids[0]).has_task());
}

TEST_CASE("records vanish some time after the end, and when somebody deletes them", "[model]") {
  ServiceKnobs knobs;
  knobs.records_kept = 10min;
  Service service(2, knobs);
  const JobId first = service.rebuild({service.ids[0]});
  service.model.advance(19min - 1ms);
  CHECK(accepted(service.model.read_job(first)).ended);
  service.model.advance(1ms);
  CHECK(refused(service.model.read_job(first)).status == 404);
  CHECK(accepted(service.model.list_sub_jobs({})).total == 0);

  const JobId second = service.rebuild({service.ids[1]});
  service.model.forget_job(second);
  CHECK(refused(service.model.read_job(second)).status == 404);
  service.model.advance(9min);
  CHECK(service.image(1) == kNew);
}

TEST_CASE("a desktop that is deleted during its rebuild fails and harms nobody", "[model]") {
  Service service(1);
  const JobId job = service.rebuild({service.ids[0]});
  service.model.advance(1min);
  service.model.remove_desktop(service.ids[0]);
  service.model.advance(9min);
  CHECK(service.sub_job(job).status == SubJobStatus::failed);
  CHECK(service.sub_job(job).fail_reason == "The desktop does not exist.");
}

TEST_CASE("somebody else's rebuild is wiped under number 0 and is not ours", "[model]") {
  Service service(2);
  const JobId theirs = service.model.rebuild_by_somebody({service.ids[0]}, {kNew, "private", std::nullopt});
  service.model.advance(9min);
  CHECK(service.image(0) == kNew);
  CHECK(service.sub_job(theirs).status == SubJobStatus::success);
  CHECK(service.model.wipes().at(0).request == 0);
  CHECK(service.model.requests().empty());
  CHECK(service.model.most_under_way() == 0);
  CHECK(service.model.wiped_repeatedly().empty());
}

TEST_CASE("the model counts how many desktops were under way at once", "[model]") {
  Service service(5);
  service.rebuild({service.ids[0], service.ids[1]});
  service.model.advance(5min);
  service.rebuild({service.ids[2]});
  service.model.advance(4min);
  service.rebuild({service.ids[3], service.ids[4]});
  service.model.advance(9min);
  CHECK(service.model.most_under_way() == 3);
  CHECK(service.model.most_under_way([&](const DesktopId& id) { return id == service.ids[0]; }) == 1);
}

TEST_CASE("a copy of the service goes its own way, and the same seed gives the same course", "[model]") {
  Service service(3);
  ServiceModel copy = service.model;
  const JobId here = service.rebuild(service.ids);
  CHECK(copy.requests().empty());
  const JobId there = accepted(copy.rebuild(request_for(service.ids, "img-2")));
  CHECK(here == there);
  copy.advance(1h);
  service.model.advance(1h);
  CHECK(copy.sub_jobs().at(2).ends == service.model.sub_jobs().at(2).ends);
}
