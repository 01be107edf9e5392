// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/wire.hpp"

#include <catch2/catch.hpp>

#include "tests/cloud/fakes.hpp"

namespace gild {
namespace {

using test::error_text;

TEST_CASE("a rebuild request holds what is given and nothing else") {
  RebuildRequest request;
  request.desktop_ids = {DesktopId("a"), DesktopId("b")};
  request.image = {ImageId("img"), "private", std::nullopt};
  CHECK(encode_rebuild(request) == R"({"desktop_ids":["a","b"],"image_type":"private","image_id":"img"})");
  request.image.os_type = "Windows";
  request.options = {15, "Save \"it\"\u00e9", "CS1", "0", "ENCRYPTED", "k"};
  CHECK(encode_rebuild(request) ==
        R"({"desktop_ids":["a","b"],"image_type":"private","image_id":"img","os_type":"Windows","delay_time":15,)"
        "\"message\":\"Save \\\"it\\\"\u00e9\",\"order_id\":\"CS1\",\"enterprise_project_id\":\"0\","
        R"("encrypt_type":"ENCRYPTED","kms_id":"k"})");
}

TEST_CASE("a desktop is read with all that matters") {
  const auto page = decode_desktops(R"({"total_count":1,"desktops":[{
      "desktop_id":"d1","computer_name":"FIN-017","desktop_type":"DEDICATED","status":"ACTIVE","task_status":"rebuilding",
      "login_status":"REGISTERED","process":40,"is_freeze":true,"unknown":{"a":[1]},"attach_state":"ATTACHED",
      "metadata":{"metering.image_id":"img-1","metering":{"image_id":"wrong"},"os_type":"Windows"},
      "root_volume":{"type":"SAS","size":80},"data_volumes":[{},{}],"tags":[{"key":"dept","value":"finance"},7]}]})");
  REQUIRE(page.desktops.size() == 1);
  CHECK(page.total == 1);
  const LiveDesktop& desktop = page.desktops[0];
  CHECK(desktop.id == DesktopId("d1"));
  CHECK(desktop.name == "FIN-017");
  CHECK(desktop.status == "ACTIVE");
  CHECK(desktop.task_status == "rebuilding");
  CHECK(desktop.login_status == "REGISTERED");
  CHECK(desktop.attach_state == "ATTACHED");
  CHECK(desktop.desktop_type == "DEDICATED");
  CHECK(desktop.process == 40);
  CHECK(desktop.frozen);
  CHECK(desktop.image_id == ImageId("img-1"));
  CHECK(desktop.os_type == "Windows");
  CHECK(desktop.root_gb == 80);
  CHECK(desktop.data_disks == 2);
  CHECK(desktop.tags == std::vector<std::pair<std::string, std::string>>{{"dept", "finance"}});
}

TEST_CASE("a desktop's optional fields may be missing, null or, where nothing hangs on them, odd") {
  const auto page = decode_desktops(
      R"({"desktops":[{"desktop_id":"d1","process":null,"metadata":{"metering.image_id":""},"tags":"x","root_volume":[],
          "data_volumes":null,"computer_name":7}]})");
  const LiveDesktop& desktop = page.desktops.at(0);
  CHECK_FALSE(page.total);
  CHECK_FALSE(desktop.has_task());
  CHECK_FALSE(desktop.image_id);
  CHECK_FALSE(desktop.frozen);
  CHECK_FALSE(desktop.data_disks);  // not shown is not the same as none
  CHECK(decode_desktops(R"({"desktops":[{"desktop_id":"d1","data_volumes":[]}]})").desktops.at(0).data_disks == 0);
  CHECK(desktop.name.empty());
}

TEST_CASE("a wrong type where a decision hangs on it is an error and never a guess") {
  const auto said = [](const std::string& desktop) {
    return error_text([&] { decode_desktops(R"({"total_count":1,"desktops":[{)" + desktop + "}]}"); });
  };
  const std::string ending =
      "\nWhat the service shows cannot be relied on, so nothing is decided by it. Please report this with the request "
      "id.";
  CHECK(said(R"("desktop_id":7)") == "The service's answer cannot be used: desktop_id is not a string" + ending);
  CHECK(said("") == "The service's answer cannot be used: a desktop has no desktop_id" + ending);
  CHECK(said(R"("desktop_id":"d","task_status":[])") ==
        "The service's answer cannot be used: task_status is not a string" + ending);
  CHECK(said(R"("desktop_id":"d","process":"40")") ==
        "The service's answer cannot be used: process is not an integer" + ending);
  CHECK(said(R"("desktop_id":"d","is_freeze":"no")") ==
        "The service's answer cannot be used: is_freeze is not true or false" + ending);
  CHECK(said(R"("desktop_id":"d","metadata":{"metering.image_id":1})") ==
        "The service's answer cannot be used: metering.image_id is not a string" + ending);
  CHECK(said(R"("desktop_id":"d","metadata":{"metering.image_id":"a","metering.image_id":"b"})") ==
        "The service's answer cannot be used: metering.image_id is given twice" + ending);
  CHECK(error_text([] { decode_desktops("{}"); }) ==
        "The service's answer cannot be used: it has no list named desktops" + ending);
  CHECK(error_text([] { decode_desktops("[]"); }) ==
        "The service's answer cannot be used: it is not a JSON object" + ending);
  CHECK(error_text([] { decode_sub_jobs(R"({"total_count":"2","jobs":[]})"); }) ==
        "The service's answer cannot be used: total_count is not an integer" + ending);
}

TEST_CASE("a page that is longer than any page, or nested deeper than any document, is an error") {
  const auto list_of = [](std::string_view item, std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list.append(i == 0 ? "" : ",").append(item);
    return list;
  };
  const auto kind = [](auto decode) { return test::error_kind(decode); };
  const std::string desktops = R"({"desktops":[)" + list_of(R"({"desktop_id":"d"})", 10'001) + "]}";
  CHECK(kind([&] { decode_desktops(desktops); }) == ErrorKind::service);
  const std::string jobs = R"({"jobs":[)" + list_of(R"({"id":"s"})", 10'001) + "]}";
  CHECK(kind([&] { decode_sub_jobs(jobs); }) == ErrorKind::service);
  const std::string tags = R"({"desktops":[{"desktop_id":"d","tags":[)" + list_of(R"({"key":"k"})", 1'001) + "]}]}";
  CHECK(kind([&] { decode_desktops(tags); }) == ErrorKind::service);
  const std::string deep = R"({"jobs":[],"a":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  CHECK(kind([&] { decode_sub_jobs(deep); }) == ErrorKind::service);
  CHECK_FALSE(decode_job_id(R"({"job_id":"a","b":)" + deep + "}").is_object);
}

TEST_CASE("sub-jobs are read, whatever their status is called") {
  const auto page = decode_sub_jobs(R"({"total_count":2,"jobs":[
      {"id":"s1","job_id":"j","job_type":"rebuildDesktops","status":"success","process":100,"begin_time":"2026-02-03 06:45:14","end_time":"2026-02-03 06:52:10",
       "entities":{"desktop_id":"d1"}},
      {"id":"s2","job_id":"j","status":"FAILED","error_code":"WKS.1","message":"why","entities":{"desktop_id":"d2"}}]})");
  REQUIRE(page.sub_jobs.size() == 2);
  CHECK(page.sub_jobs[0].status == SubJobStatus::success);
  CHECK(page.sub_jobs[0].desktop_id == DesktopId("d1"));
  CHECK(page.sub_jobs[0].begin_time == "2026-02-03 06:45:14");
  CHECK(page.sub_jobs[0].end_time == "2026-02-03 06:52:10");
  CHECK(page.sub_jobs[0].process == 100);
  CHECK(page.sub_jobs[1].status == SubJobStatus::failed);
  CHECK(page.sub_jobs[1].error_code == "WKS.1");
  CHECK(page.sub_jobs[1].fail_reason == "why");
  CHECK(page.job_types == std::vector<std::string>{"rebuildDesktops", ""});
  CHECK(parse_sub_job_status("FAIL") == SubJobStatus::failed);
  CHECK(parse_sub_job_status("Waiting") == SubJobStatus::waiting);
  CHECK(parse_sub_job_status("RUNNING") == SubJobStatus::running);
  for (const char* other : {"", "ABNORMAL", "SUCCESSFUL", "COMPLETE"})
    CHECK(parse_sub_job_status(other) == SubJobStatus::other);
}

TEST_CASE("a job has ended where it says so") {
  for (const char* status : {"COMPLETE", "SUCCESS", "FAIL", "FAILED", "complete"}) {
    CHECK(decode_job(std::string(R"({"status":")") + status + R"("})").ended);
  }
  CHECK_FALSE(decode_job(R"({"status":"RUNNING"})").ended);
  CHECK_FALSE(decode_job("{}").ended);
  CHECK(decode_job(R"({"status":"FAIL","job_error_code":"C","fail_reason":"r"})").error_code == "C");
}

TEST_CASE("a token is asked for the project by its id") {
  CHECK(encode_token_request({"user", Secret("pa\"ss"), "account"}, "pid") ==
        R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"user","password":"pa\"ss",)"
        R"("domain":{"name":"account"}}}},"scope":{"project":{"id":"pid"}}}})");
}

}  // namespace
}  // namespace gild
