// SPDX-License-Identifier: Apache-2.0
// The service's calls, from the bytes of a request to the bytes of an answer.
#include "tests/emulator/support.hpp"

using namespace gild;
using namespace gild::emulator;
using namespace std::chrono_literals;

TEST_CASE("a rebuild is accepted, runs, and is told by job, sub-jobs and desktop", "[service]") {
  ServiceFixture f;
  const Answer accepted = f.rebuild({f.ids[0], f.ids[1]});
  REQUIRE(accepted.status == 200);
  const std::string job(Body(accepted)->string("job_id"));
  CHECK(accepted.body == fmt::format(R"({{"job_id":"{}"}})", job));

  f.now += 3min;
  const Answer detail =
      f.get("desktops/detail", fmt::format("desktop_id={}&desktop_id={}&limit=100", f.ids[0], f.ids[2]));
  const Body page(detail);
  CHECK(page->integer("total_count", 0, 99) == 2);
  const auto desktops = [&](std::int64_t number, const auto& check) {
    std::int64_t index = 0;
    page->at("desktops").for_each([&](const JsonValue& desktop) {
      if (index++ == number) check(desktop);
    });
  };
  desktops(0, [&](const JsonValue& desktop) {
    CHECK(desktop.string("desktop_id") == f.ids[0]);
    CHECK(desktop.string("task_status") == "rebuild_block_device_mapping");
    CHECK(desktop.integer("process", 0, 100) == 33);
    CHECK(desktop.at("metadata").string("metering.image_id") == "img-1");
  });
  desktops(1, [&](const JsonValue& desktop) {
    CHECK(desktop.string("task_status").empty());
    CHECK_FALSE(desktop.has("process"));
  });

  CHECK(f.get("workspace-sub-jobs", "job_id=" + job).body ==
        fmt::format(R"({{"total_count":2,"jobs":[{},{}]}})",
                    fmt::format(R"({{"id":"{}","job_id":"{}","job_type":"rebuildDesktops","project_id":"{}",)"
                                R"("status":"RUNNING","process":33,"begin_time":"2026-11-23 21:00:00","entities":)"
                                R"({{"desktop_id":"{}","desktop_name":"{}","user_name":"{}"}}}})",
                                f.service.model().sub_jobs()[0].shown.id, job, f.kProject, f.ids[0],
                                f.service.model().desktop(DesktopId(f.ids[0])).name,
                                f.service.model().desktops().at(DesktopId(f.ids[0])).user_name),
                    fmt::format(R"({{"id":"{}","job_id":"{}","job_type":"rebuildDesktops","project_id":"{}",)"
                                R"("status":"RUNNING","process":33,"begin_time":"2026-11-23 21:00:00","entities":)"
                                R"({{"desktop_id":"{}","desktop_name":"{}","user_name":"{}"}}}})",
                                f.service.model().sub_jobs()[1].shown.id, job, f.kProject, f.ids[1],
                                f.service.model().desktop(DesktopId(f.ids[1])).name,
                                f.service.model().desktops().at(DesktopId(f.ids[1])).user_name)));

  f.now += 6min;
  const Body ended(f.get("workspace-jobs/" + job));
  CHECK(ended->string("status") == "COMPLETE");
  CHECK(ended->string("end_time") == "2026-11-23 21:09:00");
  CHECK(ended->integer("sub_jobs_total", 0, 9) == 2);
  const Body one(f.get("desktops/" + f.ids[0]));
  CHECK(one->at("desktop").at("metadata").string("metering.image_id") == "img-2");
  CHECK(one->at("desktop").string("login_status") == "REGISTERED");
}

TEST_CASE("the rebuild body is read as strictly as it is described", "[service]") {
  ServiceFixture f;
  const std::string one = "[\"" + f.ids[0] + "\"]";
  const auto answer_to = [&](const std::string& body) {
    return error_of(f.call("POST", "desktops/rebuild", {}, body));
  };
  CHECK(answer_to("") == "400 WKS.0001 The request message is empty.");
  CHECK(answer_to("{\"desktop_ids\":" + one + "}") == "400 WKS.00010001 the request: key \"image_type\" is missing");
  CHECK(error_of(f.rebuild({f.ids[0]}, R"(,"delay_time":"5")")) ==
        "400 WKS.00010001 the request: delay_time: expected an integer, found a string");
  CHECK(error_of(f.rebuild({f.ids[0]}, R"(,"delay_time":16)")) == "400 WKS.00010001 delay_time must be 0 to 15.");
  CHECK(error_of(f.rebuild({f.ids[0]}, R"(,"order_id":null)")) ==
        "400 WKS.00010001 the request: order_id: expected a string, found null");
  CHECK(error_of(f.rebuild({f.ids[0]}, R"(,"colour":"blue")")) ==
        "400 WKS.00010001 the request: unknown key \"colour\"");
  CHECK(error_of(f.rebuild({f.ids[0]}, R"(,"handle_type":"ALL")")) ==
        "400 WKS.00010001 the request: handle_type: not a handle_type");
  CHECK(error_of(f.rebuild({f.ids[0], f.ids[0]})) == "400 WKS.00010001 desktop_ids names a desktop twice.");
  CHECK(error_of(f.rebuild({"gone"})) == "404 WKS.00010404 The desktop does not exist, resource id [gone].");
  CHECK(f.service.model().sub_jobs().empty());

  CHECK(f.rebuild({f.ids[0]}, R"(,"os_type":"Windows","delay_time":15,"message":"Save.","order_id":"CS1",)"
                              R"("enterprise_project_id":"0","encrypt_type":"ENCRYPTED","kms_id":"k")")
            .status == 200);
  const RebuildRequest& received = f.service.model().requests().back().request;
  CHECK(received.image.os_type == "Windows");
  CHECK(received.options.delay_time == 15);
  CHECK(received.options.message == "Save.");
  CHECK(received.options.order_id == "CS1");
  CHECK(received.options.enterprise_project_id == "0");
  CHECK(received.options.encrypt_type == "ENCRYPTED");
  CHECK(received.options.kms_id == "k");
}

TEST_CASE("query parameters are known, in their range, and given once", "[service]") {
  ServiceFixture f;
  CHECK(error_of(f.get("workspace-sub-jobs", "limit=1001")) ==
        "400 WKS.00010001 limit must be a number from 0 to 1000.");
  CHECK(error_of(f.get("workspace-sub-jobs", "offset=10001")) ==
        "400 WKS.00010001 offset must be a number from 0 to 10000.");
  CHECK(error_of(f.get("desktops/detail", "limit=ten")) == "400 WKS.00010001 limit must be a number from 0 to 1000.");
  CHECK(error_of(f.get("desktops/detail", "limit=1&limit=2")) ==
        "400 WKS.00010001 The query parameter limit is unknown or given too often.");
  CHECK(error_of(f.get("desktops/detail", "desktop=1")) ==
        "400 WKS.00010001 The query parameter desktop is unknown or given too often.");
  CHECK(error_of(f.get("images", "limit=101")) == "400 WKS.00010001 limit must be a number from 0 to 100.");
  std::string many = "limit=100";
  for (int i = 0; i < 101; ++i) many += "&desktop_id=x";
  CHECK(error_of(f.get("desktops/detail", many)) == "400 WKS.00010001 desktop_id may be given at most 100 times.");
}

TEST_CASE("a page of details never holds more than the service's maximum", "[service]") {
  ServiceModel model;
  add_fleet(model, 250, "img-1");
  ServiceFixture f(std::move(model));
  const auto items = [&](const std::string& query) {
    const Body page(f.get("desktops/detail", query));
    CHECK(page->integer("total_count", 0, 999) == 250);
    int count = 0;
    page->at("desktops").for_each([&](const JsonValue&) { ++count; });
    return count;
  };
  CHECK(items("limit=1000") == 100);
  CHECK(items("limit=100&offset=200") == 50);
  CHECK(items("limit=7&offset=250") == 0);
}

TEST_CASE("sub-jobs are filtered by a repeated status", "[service]") {
  ServiceFixture f;
  f.rebuild({f.ids[0]});
  f.now += 9min;
  f.rebuild({f.ids[1]});
  f.rebuild({f.ids[2]}, R"(,"delay_time":15)");
  const auto count = [&](const std::string& query) {
    return Body(f.get("workspace-sub-jobs", query))->integer("total_count", 0, 99);
  };
  CHECK(count("job_type=rebuildDesktops") == 3);
  CHECK(count("job_type=rebuildDesktops&status=WAITING&status=RUNNING") == 2);
  CHECK(count("status=SUCCESS") == 1);
  CHECK(count("job_type=createDesktops") == 0);
}

TEST_CASE("the short list has pools and no images", "[service]") {
  ServiceFixture f;
  const Answer answer = f.get("desktops", "limit=1");
  CHECK(answer.body ==
        fmt::format(R"({{"total_count":3,"desktops":[{{"desktop_id":"{0}","computer_name":"{1}","os_host_name":"{1}",)"
                    R"("created":"2026-10-24 21:00:00","user_name":"{2}","attach_user_infos":[{{"user_name":"{2}",)"
                    R"("user_group":"users","type":"USER"}}],"enterprise_project_id":"0","tags":[],)"
                    R"("in_maintenance_mode":false,"desktop_type":"DEDICATED","status":"ACTIVE","task_status":"",)"
                    R"("connect_status":"REGISTERED","project_id":"0123456789abcdef0123456789abcdef"}}]}})",
                    f.ids[0], f.service.model().desktop(DesktopId(f.ids[0])).name,
                    f.service.model().desktops().at(DesktopId(f.ids[0])).user_name));
}

TEST_CASE("images, connections and image checks are answered", "[service]") {
  ServiceFixture f;
  CHECK(f.get("images", "image_id=img-2").body ==
        R"({"total_count":1,"images":[{"id":"img-2","name":"img-2","image_type":"private","os_type":"Windows",)"
        R"("architecture":"x86","min_disk":40,"min_ram":0}]})");
  CHECK(Body(f.get("images", "image_type=gold"))->integer("total_count", 0, 9) == 0);
  const Answer connections = f.get("connect-desktops", "connect_status=REGISTERED");
  CHECK(Body(connections)->integer("total_count", 0, 9) == 3);
  CHECK(connections.body.find(R"("attach_users":[{"name":")") != std::string::npos);
  CHECK(f.call("POST", "desktops/check-images", {}, fmt::format(R"({{"desktop_ids":["{}","gone"]}})", f.ids[0])).body ==
        fmt::format(R"({{"image_infos":[{{"desktop_id":"{}","image_id":"img-1","image_name":"img-1",)"
                    R"("image_type":"private","os_type":"Windows"}}]}})",
                    f.ids[0]));
  CHECK(error_of(f.call("POST", "desktops/check-images", {}, R"({"desktop_ids":[]})")) ==
        "400 WKS.00010001 the request: desktop_ids must have 1 to 500 entries");
}

TEST_CASE("what does not exist is not found, each in its own words", "[service]") {
  ServiceFixture f;
  CHECK(error_of(f.get("desktops/gone")) == "404 WKS.00010404 The desktop does not exist, resource id [gone].");
  CHECK(error_of(f.get("workspace-jobs/gone")) == "404 WKS.00010404 The job does not exist, resource id [gone].");
  const std::string no_api = "404 APIGW.0101 The API does not exist or has not been published in the environment";
  CHECK(error_of(f.get("desktop")) == no_api);
  CHECK(error_of(f.get("desktops/a/b")) == no_api);
  CHECK(error_of(f.call("DELETE", "desktops")) == no_api);
  CHECK(error_of(f.send({"GET", "/", {}, {}, {}})) == no_api);
  CHECK(error_of(f.call("POST", "desktops/rebuild", {}, std::string(12 * 1024 * 1024 + 1, ' '))) ==
        "413 APIGW.0201 Request entity too large");
}

TEST_CASE("every answer has a request id and the service's date", "[service]") {
  ServiceFixture f;
  const Answer good = f.get("desktops");
  const Answer bad = f.get("nothing");
  CHECK(ServiceFixture::header(good, "X-Request-Id").size() == 32);
  CHECK(ServiceFixture::header(good, "X-Request-Id") != ServiceFixture::header(bad, "X-Request-Id"));
  CHECK(Body(bad)->string("request_id") == ServiceFixture::header(bad, "X-Request-Id"));
  CHECK(ServiceFixture::header(good, "Date") == "Mon, 23 Nov 2026 21:00:00 GMT");
  f.set_faults(R"({"knobs": {"clock_ahead_seconds": 3600}})");
  CHECK(ServiceFixture::header(f.get("desktops"), "Date") == "Mon, 23 Nov 2026 22:00:00 GMT");
  f.set_faults(R"({"knobs": {"hide_date": true}})");
  CHECK(ServiceFixture::header(f.get("desktops"), "Date").empty());
}
