// SPDX-License-Identifier: Apache-2.0
// What the service refuses, and how its lists come.
#include <set>

#include <fmt/format.h>

#include "engine/simulation/service_model.hpp"
#include "tests/simulation/support.hpp"

using namespace gild;
using namespace std::chrono_literals;

TEST_CASE("requests beyond the documented limits are refused and touch nothing", "[model]") {
  Service service(101);
  RebuildRequest request = request_for({service.ids[0]}, "img-2");
  std::string why;
  SECTION("no desktop") {
    request.desktop_ids.clear();
    why = "desktop_ids is empty.";
  }
  SECTION("101 desktops") {
    request.desktop_ids = service.ids;
    why = "desktop_ids has 101 entries, at most 100 are allowed.";
  }
  SECTION("a desktop twice") {
    request.desktop_ids.push_back(service.ids[0]);
    why = "desktop_ids names a desktop twice.";
  }
  SECTION("an empty id") {
    request.desktop_ids.push_back(DesktopId());
    why = "desktop_ids has an id of a wrong length.";
  }
  SECTION("no image") {
    request.image.image_id = ImageId();
    why = "image_id must have 1 to 255 characters.";
  }
  SECTION("a delay of 16 minutes") {
    request.options.delay_time = 16;
    why = "delay_time must be 0 to 15.";
  }
  SECTION("a delay below zero") {
    request.options.delay_time = -1;
    why = "delay_time must be 0 to 15.";
  }
  SECTION("a message of 401 characters") {
    request.options.message = std::string(401, 'x');
    why = "message must have at most 400 characters.";
  }
  SECTION("a long enterprise project") {
    request.options.enterprise_project_id = std::string(37, '0');
    why = "enterprise_project_id must have at most 36 characters.";
  }
  SECTION("an unknown kind of encryption") {
    request.options.encrypt_type = "ROT13";
    why = "encrypt_type must be KEEP, UNENCRYPTED or ENCRYPTED.";
  }
  SECTION("encryption without a key") {
    request.options.encrypt_type = "ENCRYPTED";
    why = "ENCRYPTED needs kms_id.";
  }
  SECTION("an image that is not there") {
    request.image.image_id = ImageId("img-3");
    why = "The private image [img-3] does not exist.";
  }
  SECTION("an image of another type") {
    request.image.image_type = "gold";
    why = "The gold image [img-2] does not exist.";
  }
  const Refusal refusal = refused(service.model.rebuild(request));
  CHECK(refusal.status == 400);
  CHECK(refusal.message == why);
  CHECK(service.model.sub_jobs().empty());
  REQUIRE(service.model.requests().size() == 1);
  CHECK_FALSE(service.model.requests()[0].job);
}

TEST_CASE("400 characters are counted as characters, not as bytes", "[model]") {
  Service service(1);
  RebuildRequest request = request_for({service.ids[0]}, "img-2");
  std::string message;
  for (int i = 0; i < 400; ++i) message += "ü";
  request.options.message = message;
  CHECK(std::holds_alternative<JobId>(service.model.rebuild(request)));
}

TEST_CASE("an unknown desktop refuses the whole request and is named", "[model]") {
  Service service(1);
  const Refusal refusal = refused(service.model.rebuild(request_for({service.ids[0], DesktopId("gone")}, "img-2")));
  CHECK(refusal.status == 404);
  CHECK(refusal.message == "The desktop does not exist, resource id [gone].");
  CHECK(service.model.sub_jobs().empty());
}

TEST_CASE("a desktop whose status denies the rebuild is named in a 409", "[model]") {
  Service service(2);
  std::string status;
  SECTION("hibernated") {
    service.model.desktop(service.ids[1]).status = status = "HIBERNATED";
  }
  SECTION("frozen") {
    service.model.desktop(service.ids[1]).frozen = true;
    status = "FROZEN";
  }
  SECTION("in a task") {
    service.model.desktop(service.ids[1]).task_status = "rebooting";
    status = "BUSY";
  }
  SECTION("under way already") {
    service.rebuild({service.ids[1]}, 15);
    status = "REBUILDING";
  }
  SECTION("for no visible reason") {
    service.model.deny_rebuild_of(service.ids[1]);
    status = "ACTIVE";
  }
  const std::size_t before = service.model.sub_jobs().size();
  const Refusal refusal = refused(service.model.rebuild(request_for(service.ids, "img-2")));
  CHECK(refusal.status == 409);
  CHECK(refusal.code == "WKS.00010032");
  CHECK(refusal.message ==
        fmt::format("Operation conflict: instance status is [{}] and deny operation [REBUILD], resource id [{}].",
                    status, service.ids[1]));
  CHECK(service.model.sub_jobs().size() == before);
}

TEST_CASE("a 409 can hide that the others were rebuilt", "[model]") {
  ServiceKnobs knobs;
  knobs.denied_desktop = DeniedDesktop::rest_executed;
  Service service(3, knobs);
  service.model.deny_rebuild_of(service.ids[0]);
  CHECK(refused(service.model.rebuild(request_for(service.ids, "img-2"))).status == 409);
  service.model.advance(9min);
  CHECK(service.image(0) == ImageId("img-1"));
  CHECK(service.image(1) == ImageId("img-2"));
  CHECK(service.image(2) == ImageId("img-2"));
  CHECK(service.model.requests()[0].job);
  CHECK(refused(service.model.rebuild(request_for({service.ids[0]}, "img-2"))).status == 409);
  CHECK_FALSE(service.model.requests()[1].job);
}

TEST_CASE("a denied desktop can fail inside its job, with its disk untouched", "[model]") {
  ServiceKnobs knobs;
  knobs.denied_desktop = DeniedDesktop::fails_in_job;
  Service service(2, knobs);
  service.model.deny_rebuild_of(service.ids[0]);
  const JobId job = service.rebuild(service.ids);
  CHECK(service.sub_job(job, 0).error_code == "WKS.00010032");
  service.model.advance(9min);
  CHECK(service.model.wipes_of(service.ids[0]) == 0);
  CHECK(service.model.wipes_of(service.ids[1]) == 1);
}

TEST_CASE("a service that accepts a second rebuild wipes the disk twice, and the record tells", "[model]") {
  ServiceKnobs knobs;
  knobs.accepts_second_rebuild = true;
  Service service(1, knobs);
  service.rebuild(service.ids);
  service.model.advance(1min);
  service.rebuild(service.ids);
  service.model.advance(1h);
  CHECK(service.model.wipes_of(service.ids[0]) == 2);
  CHECK(service.model.wiped_repeatedly() == service.ids);
  CHECK(service.model.asked_for_while_under_way() == std::set<DesktopId>{service.ids[0]});
}

TEST_CASE("calls beyond the limit of a minute are throttled, refused ones included", "[model]") {
  ServiceKnobs knobs;
  knobs.reads_per_minute = 2;
  knobs.writes_per_minute = 1;
  Service service(2, knobs);
  accepted(service.model.list_desktops({}));
  accepted(service.model.list_sub_jobs({}));
  const Refusal refusal = refused(service.model.list_desktops({}));
  CHECK(refusal.status == 429);
  CHECK(refusal.code == "APIGW.0308");
  CHECK(refusal.message ==
        "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute");
  service.rebuild({service.ids[0]});
  CHECK(refused(service.model.rebuild(request_for({service.ids[1]}, "img-2"))).status == 429);
  service.model.advance(1min);
  accepted(service.model.list_desktops({}));
  service.rebuild({service.ids[1]});
}

TEST_CASE("sub-jobs can be listed late or never, while the job itself is known", "[model]") {
  ServiceKnobs knobs;
  knobs.sub_jobs_listed_after = 40s;
  Service service(2, knobs);
  const JobId job = service.rebuild(service.ids);
  CHECK(accepted(service.model.list_sub_jobs({})).total == 0);
  CHECK(accepted(service.model.read_job(job)).sub_jobs.empty());
  service.model.advance(40s);
  CHECK(accepted(service.model.list_sub_jobs({})).total == 2);
  service.model.knobs().sub_jobs_never_listed = true;
  CHECK(accepted(service.model.list_sub_jobs({})).total == 0);
  CHECK(accepted(service.model.read_job(job)).status == "RUNNING");
}

TEST_CASE("the sub-job list filters, pages, and ends where paging ends", "[model]") {
  Service service(5);
  service.model.fail_job_of(service.ids[0]);
  service.rebuild({service.ids[0], service.ids[1]});
  service.model.advance(9min);
  service.rebuild({service.ids[2], service.ids[3]});
  service.rebuild({service.ids[4]}, 10);

  SubJobQuery query;
  query.statuses = {"WAITING", "RUNNING"};
  CHECK(accepted(service.model.list_sub_jobs(query)).total == 3);
  query.statuses = {"FAILED"};
  CHECK(accepted(service.model.list_sub_jobs(query)).total == 1);
  query.statuses.clear();
  query.type = "createDesktops";
  CHECK(accepted(service.model.list_sub_jobs(query)).total == 0);
  query.type = "rebuildDesktops";
  query.limit = 2;
  query.offset = 4;
  const SubJobPage last = accepted(service.model.list_sub_jobs(query));
  CHECK(last.total == 5);
  CHECK(last.sub_jobs.size() == 1);
  query.offset = 10'001;
  CHECK(refused(service.model.list_sub_jobs(query)).status == 400);
  query.offset = 0;
  query.limit = 1001;
  CHECK(refused(service.model.list_sub_jobs(query)).status == 400);
}

TEST_CASE("the order of the list can be any", "[model]") {
  const auto order = [](ListOrder wanted) {
    ServiceKnobs knobs;
    knobs.list_order = wanted;
    Service service(30, knobs);
    service.rebuild(service.ids);
    const auto read = [&] {
      std::vector<SubJobId> found;
      for (const ServiceSubJob& sub_job : accepted(service.model.list_sub_jobs({})).sub_jobs) {
        found.push_back(sub_job.shown.id);
      }
      return found;
    };
    return std::pair(read(), read());
  };
  const auto oldest = order(ListOrder::oldest_first).first;
  const auto newest = order(ListOrder::newest_first).first;
  CHECK(std::vector<SubJobId>(newest.rbegin(), newest.rend()) == oldest);
  const auto [scrambled, again] = order(ListOrder::scrambled);
  CHECK(scrambled == again);
  CHECK(scrambled != oldest);
  const auto [unstable, other] = order(ListOrder::unstable);
  CHECK(unstable != other);
  CHECK(std::set<SubJobId>(unstable.begin(), unstable.end()) == std::set<SubJobId>(oldest.begin(), oldest.end()));
}

TEST_CASE("the overall job can end in either choice of words", "[model]") {
  ServiceKnobs knobs;
  knobs.end_word = EndWord::success_or_fail;
  Service service(2, knobs);
  service.model.fail_job_of(service.ids[1]);
  const JobId good = service.rebuild({service.ids[0]});
  const JobId bad = service.rebuild({service.ids[1]});
  service.model.advance(9min);
  CHECK(accepted(service.model.read_job(good)).status == "SUCCESS");
  CHECK(accepted(service.model.read_job(bad)).status == "FAIL");
}

TEST_CASE("desktops are listed by id, filtered, in pages", "[model]") {
  Service service(7);
  service.model.desktop(service.ids[3]).status = "SHUTOFF";
  DesktopQuery query;
  query.limit = 3;
  query.offset = 6;
  const DesktopPage page = accepted(service.model.list_desktops(query));
  CHECK(page.total == 7);
  REQUIRE(page.desktops.size() == 1);
  CHECK(page.desktops[0].live.id == service.ids[6]);
  query = {};
  query.ids = {service.ids[1], DesktopId("gone"), service.ids[1]};
  CHECK(accepted(service.model.list_desktops(query)).total == 1);
  query = {};
  query.status = "SHUTOFF";
  CHECK(accepted(service.model.list_desktops(query)).desktops.at(0).live.id == service.ids[3]);
  query = {};
  query.image_id = ImageId("img-2");
  CHECK(accepted(service.model.list_desktops(query)).total == 0);
  query = {};
  query.ids.assign(101, DesktopId("x"));
  CHECK(refused(service.model.list_desktops(query)).status == 400);
}
