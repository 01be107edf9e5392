// SPDX-License-Identifier: Apache-2.0
// Inventories, faults and what is done to the emulator while it runs.
#include "engine/emulator/settings.hpp"

#include "engine/core/error.hpp"
#include "tests/emulator/support.hpp"

using namespace gild;
using namespace gild::emulator;
using namespace std::chrono_literals;

namespace {

std::string complaint(const std::string& inventory) {
  ServiceModel model;
  try {
    load_inventory(inventory, "inventory.json", model);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

std::string status_and_ending(const Answer& answer) {
  switch (answer.ending) {
    case Answer::Ending::whole:
      return std::to_string(answer.status);
    case Answer::Ending::half:
      return "half";
    case Answer::Ending::silent:
      return "silent";
    case Answer::Ending::reset:
      return "reset";
  }
  return {};
}

}  // namespace

TEST_CASE("an inventory names images, groups and desktops; ids follow from names", "[settings]") {
  ServiceModel model;
  const Tenant tenant = load_inventory(R"({
    "project_id": "p1", "region": "nowhere-1",
    "images": [{"name": "old", "id": "img-old", "os_type": "Linux", "min_disk_gb": 60}, {"name": "new"}],
    "groups": [{"prefix": "fin", "count": 120, "image": "old", "tags": {"dept": "finance"}, "root_gb": 100}],
    "desktops": [{"name": "cfo", "id": "boss", "image": "img-old", "status": "SHUTOFF", "type": "POOLED",
                  "pool_id": "pool", "login_status": "CONNECTED", "frozen": true, "data_disks": 2, "user_name": "u",
                  "task_status": "rebooting", "attach_state": "ATTACHING", "maintenance": true, "order_id": "CS1"}]
  })",
                                       "inventory.json", model);
  CHECK(tenant.project_id == "p1");
  CHECK(tenant.region == "nowhere-1");
  CHECK(model.images().size() == 2);
  CHECK(model.images().contains(ImageId(uuid_for("new"))));
  CHECK(model.desktops().size() == 121);
  const LiveDesktop& fin = model.desktop(DesktopId(uuid_for("fin-007")));
  CHECK(fin.name == "fin-007");
  CHECK(fin.image_id == ImageId("img-old"));
  CHECK(fin.os_type == "Linux");
  CHECK(fin.root_gb == 100);
  CHECK(fin.tags == std::vector<std::pair<std::string, std::string>>{{"dept", "finance"}});
  CHECK(fin.status == "ACTIVE");
  const ServiceDesktop& boss = model.desktops().at(DesktopId("boss"));
  CHECK(boss.live.status == "SHUTOFF");
  CHECK(boss.live.desktop_type == "POOLED");
  CHECK(boss.live.frozen);
  CHECK(boss.live.data_disks == 2);
  CHECK(boss.live.process == 0);
  CHECK(boss.pool_id == "pool");
  CHECK(boss.maintenance);
}

TEST_CASE("mistakes in an inventory are named with their place and what was meant", "[settings]") {
  CHECK(complaint("{}") == "none");
  CHECK(complaint(R"({"group": []})") == "inventory.json: unknown key \"group\"");
  CHECK(complaint(R"({"images": [{"name": "a"}], "groups": [{"prefix": "x", "count": 1, "image": "b"}]})") ==
        "inventory.json: groups[0].image: unknown image \"b\"; did you mean \"a\"?");
  CHECK(
      complaint(R"({"images": [{"name": "win11-2026-10"}], "desktops": [{"name": "x", "image": "win11-2026-1O"}]})") ==
      "inventory.json: desktops[0].image: unknown image \"win11-2026-1O\"; did you mean \"win11-2026-10\"?");
  CHECK(complaint(R"({"desktops": [{"name": "x", "login-status": "CONNECTED"}]})") ==
        "inventory.json: desktops[0]: unknown key \"login-status\"; did you mean \"login_status\"?");
  CHECK(complaint(R"({"desktops": [{"name": "x"}, {"name": "x"}]})") ==
        fmt::format("inventory.json: desktops[1]: desktop {} is there already", uuid_for("x")));
  CHECK(complaint(R"({"groups": [{"prefix": "x", "count": 0}]})") ==
        "inventory.json: groups[0].count: 0 is not between 1 and 1000000");
  CHECK(complaint(R"({"images": [{"name": "a"}, {"name": "a"}]})") ==
        "inventory.json: images[1]: an image of this id is there already");
}

TEST_CASE("the default inventory is a small tenant that examples can name", "[settings]") {
  ServiceModel model;
  load_default_inventory(model);
  CHECK(model.images().size() == 3);
  CHECK(model.desktops().size() == 21);
  CHECK(model.desktop(DesktopId(uuid_for("cfo"))).login_status == "CONNECTED");
  CHECK(model.desktops().contains(DesktopId("184b0d75-3619-44e2-853d-ec84142f874c")));  // finance-007, for ever
}

TEST_CASE("faults come at the calls they name", "[settings]") {
  ServiceFixture f;
  f.set_faults(R"({"faults": [
    {"on": "detail", "nth": 2, "fault": "status", "status": 500, "code": "WKS.7", "message": "oops"},
    {"on": "detail", "from": 3, "count": 2, "fault": "throttle", "limit": 5, "window": "5 second", "wait_seconds": 1.5},
    {"on": "sub-jobs", "fault": "html", "status": 502},
    {"on": "images", "fault": "half"}, {"on": "desktops", "fault": "lost_before"}, {"on": "desktop", "fault": "reset"},
    {"on": "job", "fault": "slow", "wait_seconds": 0.25}
  ]})");
  CHECK(f.get("desktops/detail").status == 200);
  CHECK(error_of(f.get("desktops/detail")) == "500 WKS.7 oops");
  const Answer throttled = f.get("desktops/detail");
  CHECK(error_of(throttled) ==
        "429 APIGW.0308 The throttling threshold has been reached: policy user over ratelimit,limit:5,time:5 second");
  CHECK(ServiceFixture::header(throttled, "Retry-After") == "2");
  CHECK(f.get("desktops/detail").status == 429);
  CHECK(f.get("desktops/detail").status == 200);
  for (int i = 0; i < 3; ++i) {
    const Answer html = f.get("workspace-sub-jobs");
    CHECK(html.status == 502);
    CHECK(html.content_type == "text/html");
    CHECK(html.body == "<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n");
  }
  CHECK(status_and_ending(f.get("images")) == "half");
  CHECK(status_and_ending(f.get("desktops")) == "silent");
  CHECK(status_and_ending(f.get("desktops/x")) == "reset");
  CHECK(f.get("workspace-jobs/x").delay == 250ms);
}

TEST_CASE("a lost rebuild is carried out, or is not, as the fault says", "[settings]") {
  ServiceFixture f;
  f.set_faults(R"({"faults": [
    {"on": "rebuild", "nth": 1, "fault": "lost_before"}, {"on": "rebuild", "nth": 2, "fault": "lost_after"},
    {"on": "rebuild", "nth": 3, "fault": "status_after", "status": 504, "code": "APIGW.0201", "message": "timed out"}
  ]})");
  CHECK(status_and_ending(f.rebuild({f.ids[0]})) == "silent");
  CHECK(f.service.model().requests().empty());
  CHECK(status_and_ending(f.rebuild({f.ids[0]})) == "silent");
  CHECK(f.service.model().wipes().size() == 1);
  CHECK(error_of(f.rebuild({f.ids[1]})) == "504 APIGW.0201 timed out");
  CHECK(f.service.model().wipes().size() == 2);
}

TEST_CASE("new faults replace the old rules and count from then on; knobs and fates stay", "[settings]") {
  ServiceFixture f;
  f.set_faults(R"({"knobs": {"max_detail_page": 1}, "fail_jobs_of": [")" + f.ids[0] +
               R"("], "faults": [{"on": "detail", "fault": "html"}]})");
  CHECK(f.get("desktops/detail").status == 503);
  f.set_faults(R"({"faults": [{"on": "detail", "nth": 1, "fault": "status", "status": 500}]})");
  CHECK(f.get("desktops/detail").status == 500);
  CHECK(f.get("desktops/detail").status == 200);
  CHECK(f.service.model().knobs().max_detail_page == 1);
  f.rebuild({f.ids[0]});
  f.now += 9min;
  CHECK(Body(f.get("workspace-sub-jobs", "status=FAILED"))->integer("total_count", 0, 9) == 1);
}

TEST_CASE("every knob can be set", "[settings]") {
  ServiceFixture f;
  f.set_faults(R"({"knobs": {
    "job_seconds": [0.5, 2], "minute_seconds": 1, "sub_jobs_listed_after_seconds": 3, "sub_jobs_never_listed": true,
    "list_order": "unstable", "end_word": "success_or_fail", "records_kept_seconds": 60, "image_shown": "at_start",
    "image_late_seconds": 4, "image_changes_on_failure": true, "task_during_delay": true, "running_during_delay": true,
    "task_gap_seconds": 5, "task_lags_seconds": 6, "denied_desktop": "rest_executed", "denied_statuses": ["SHUTOFF"],
    "accepts_second_rebuild": true, "status_after_success": "SHUTOFF", "status_after_failure": "ACTIVE",
    "failure_rate": 0.1, "reads_per_minute": 200, "writes_per_minute": 100, "max_detail_page": 50,
    "token_lifetime_seconds": 30, "clock_ahead_seconds": -5, "hide_date": true
  }})");
  const ServiceKnobs& knobs = f.service.model().knobs();
  CHECK(knobs.job_min == 500ms);
  CHECK(knobs.job_max == 2s);
  CHECK(knobs.minute == 1s);
  CHECK(knobs.sub_jobs_listed_after == 3s);
  CHECK(knobs.sub_jobs_never_listed);
  CHECK(knobs.list_order == ListOrder::unstable);
  CHECK(knobs.end_word == EndWord::success_or_fail);
  CHECK(knobs.records_kept == Duration(60s));
  CHECK(knobs.image_shown == ImageShown::at_start);
  CHECK(knobs.image_late == 4s);
  CHECK(knobs.image_changes_on_failure);
  CHECK(knobs.task_during_delay);
  CHECK(knobs.running_during_delay);
  CHECK(knobs.task_gap == 5s);
  CHECK(knobs.task_lags == 6s);
  CHECK(knobs.denied_desktop == DeniedDesktop::rest_executed);
  CHECK(knobs.denied_statuses == std::set<std::string>{"SHUTOFF"});
  CHECK(knobs.accepts_second_rebuild);
  CHECK(knobs.status_after_success == "SHUTOFF");
  CHECK(knobs.status_after_failure == "ACTIVE");
  CHECK(knobs.failure_rate == 0.1);
  CHECK(knobs.reads_per_minute == 200);
  CHECK(knobs.writes_per_minute == 100);
  CHECK(knobs.max_detail_page == 50);
  f.set_faults(R"({"knobs": {"records_kept_seconds": null}})");
  CHECK_FALSE(f.service.model().knobs().records_kept);
}

TEST_CASE("a mistake in the faults changes nothing at all", "[settings]") {
  ServiceFixture f;
  const auto told = [&](const std::string& json) {
    const Answer answer = f.control("POST", "faults", json);
    CHECK(answer.status == 400);
    return std::string(Body(answer)->string("error_msg"));
  };
  CHECK(told(R"({"knobs": {"max_detail_page": 7}, "faults": [{"on": "rebuilt", "fault": "html"}]})") ==
        "the request: faults[0].on: unknown call \"rebuilt\"; did you mean \"rebuild\"?");
  CHECK(f.service.model().knobs().max_detail_page == 100);
  CHECK(told(R"({"faults": [{"fault": "lost-after"}]})") ==
        "the request: faults[0].fault: unknown fault \"lost-after\"; did you mean \"lost_after\"?");
  CHECK(told(R"({"faults": [{"fault": "certificate"}]})").starts_with("the request: faults[0].fault: unknown fault"));
  CHECK(told(R"({"faults": [{"fault": "html", "nth": 1, "count": 2}]})") ==
        "the request: faults[0]: \"nth\" goes without \"from\" and \"count\"");
  CHECK(told(R"({"knobs": {"job_second": [1, 2]}})") ==
        "the request: knobs.job_second: unknown knob \"job_second\"; did you mean \"job_seconds\"?");
  CHECK(told(R"({"knobs": {"job_seconds": [2, 1]}})") ==
        "the request: knobs.job_seconds: expected [MIN, MAX] in seconds, MIN not above MAX");
  CHECK(told(R"({"fail_jobs_of": ["nobody"]})") == "the request: fail_jobs_of[0]: there is no such desktop");
}

TEST_CASE("fates are given by id or by name", "[settings]") {
  ServiceFixture f;
  const auto name = [&](std::size_t i) { return f.service.model().desktop(DesktopId(f.ids[i])).name; };
  f.set_faults(fmt::format(R"({{"hang_jobs_of": ["{}"], "keep_image_of": ["{}"], "deny_rebuild_of": ["{}"]}})", name(0),
                           name(1), name(2)));
  CHECK(f.rebuild({f.ids[2]}).status == 409);
  f.rebuild({f.ids[0], f.ids[1]});
  f.now += 1h;
  CHECK(Body(f.get("workspace-sub-jobs", "status=RUNNING"))->integer("total_count", 0, 9) == 1);
  CHECK(f.service.model().desktop(DesktopId(f.ids[1])).image_id == ImageId("img-1"));
  f.set_faults(fmt::format(R"({{"forgive": ["{}"], "fail_jobs_onto": ["img-2"]}})", name(2)));
  CHECK(f.rebuild({f.ids[2]}).status == 200);
  f.now += 9min;
  CHECK(Body(f.get("workspace-sub-jobs", "status=FAILED"))->integer("total_count", 0, 9) == 1);
}

TEST_CASE("desktops can be changed, added, removed and rebuilt by somebody else while it runs", "[settings]") {
  ServiceFixture f;
  CHECK(f.control("POST", "desktops",
                  fmt::format(R"({{"change": [{{"id": "{}", "login_status": "CONNECTED", "image": "img-2"}}],)"
                              R"("add": [{{"name": "new", "image": "img-1"}}], "remove": ["{}"],)"
                              R"("rebuild": {{"desktops": ["{}"], "image": "img-2"}}}})",
                              f.ids[0], f.ids[1], f.ids[2]))
            .body == "{}");
  CHECK(f.service.model().desktop(DesktopId(f.ids[0])).login_status == "CONNECTED");
  CHECK(f.service.model().desktop(DesktopId(f.ids[0])).image_id == ImageId("img-2"));
  CHECK(f.service.model().desktops().contains(DesktopId(uuid_for("new"))));
  CHECK_FALSE(f.service.model().desktops().contains(DesktopId(f.ids[1])));
  CHECK(f.service.model().wipes().at(0).request == 0);
  CHECK(error_of(f.control("POST", "desktops", R"({"change": [{"id": "x"}]})")) ==
        "400 EMULATOR the request: change[0]: there is no such desktop");
}

TEST_CASE("the record tells every wipe and every request", "[settings]") {
  ServiceFixture f;
  f.rebuild({f.ids[0]}, R"(,"delay_time":1)");
  f.rebuild({"gone"});
  f.send({"GET", "/v2/x/desktops", {}, {}, {}});
  f.now += 1min;
  const std::string job = f.service.model().requests().at(0).job->str();
  CHECK(f.control("GET", "record").body ==
        fmt::format(
            R"({{"now":"2026-11-23T21:01:00.000Z","wipes":[{{"desktop_id":"{0}","at":"2026-11-23T21:01:00.000Z",)"
            R"("image_id":"img-2","job_id":"{1}","request":1}}],"requests":[)"
            R"({{"number":1,"at":"2026-11-23T21:00:00.000Z","desktop_ids":["{0}"],"image_id":"img-2",)"
            R"("image_type":"private","os_type":null,"delay_time":1,"message":null,"order_id":null,)"
            R"("enterprise_project_id":null,"encrypt_type":null,"kms_id":null,"job_id":"{1}","status":200,)"
            R"("error_code":null}},)"
            R"({{"number":2,"at":"2026-11-23T21:00:00.000Z","desktop_ids":["gone"],"image_id":"img-2",)"
            R"("image_type":"private","os_type":null,"delay_time":null,"message":null,"order_id":null,)"
            R"("enterprise_project_id":null,"encrypt_type":null,"kms_id":null,"job_id":null,"status":404,)"
            R"("error_code":"WKS.00010404"}}],)"
            R"("calls":{{"rebuild":2,"sub-jobs":0,"job":0,"desktops":0,"detail":0,"desktop":0,"connect-desktops":0,)"
            R"("images":0,"check-images":0,"token":0,"security-token":0}},"unauthorized":1,"most_under_way":1,)"
            R"("asked_while_under_way":[],"sub_jobs":[{{"desktop_id":"{0}","job_id":"{1}","request":1,)"
            R"("created_at":"2026-11-23T21:00:00.000Z","ended_at":null,"status":"RUNNING"}}]}})",
            f.ids[0], job));
  const Body desktops(f.control("GET", "desktops"));
  int count = 0;
  desktops->at("desktops").for_each([&](const JsonValue&) { ++count; });
  CHECK(count == 3);
}

TEST_CASE("the controls are for this machine alone", "[settings]") {
  ServiceFixture f;
  Request request{"GET", "/emulator/record", {}, {}, {}};
  CHECK(f.send(request).status == 200);
  request.from_this_machine = false;
  CHECK(f.send(request).status == 404);
  CHECK(error_of(f.control("GET", "colour")) ==
        "404 EMULATOR There is no such control of the emulator; docs/emulator.md lists them.");
}

TEST_CASE("a job's duration from the command line keeps its bounds in order", "[settings]") {
  ServiceFixture f;
  f.service.set_job_duration(std::nullopt, 5s);
  CHECK(f.service.model().knobs().job_min == 5s);
  f.service.set_job_duration(20s, std::nullopt);
  CHECK(f.service.model().knobs().job_max == 20s);
  f.service.set_job_duration(1s, 2s);
  CHECK(f.service.model().knobs().job_min == 1s);
  CHECK(f.service.model().knobs().job_max == 2s);
}
