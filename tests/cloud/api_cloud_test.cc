// SPDX-License-Identifier: Apache-2.0
// Paging, patience and who we are: the client over a transport that plays answers.
#include "engine/cloud/api_cloud.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/cloud/fakes.hpp"

namespace gild {
namespace {

using test::answer;
using test::CloudUnderTest;

const std::stop_token kNever;
using Variables = std::map<std::string, std::string>;
const test::Headers kDate{{"Date", "Mon, 23 Nov 2026 21:04:11 GMT"}};

std::string query_value(const HttpRequest& request, const std::string& name) {
  const std::size_t at = request.url.find(name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return request.url.substr(begin, request.url.find('&', begin) - begin);
}

std::string desktop_json(const std::string& id) {
  return fmt::format(R"({{"desktop_id":"{}","status":"ACTIVE","metadata":{{"metering.image_id":"img"}}}})", id);
}

std::string desktops_json(const std::vector<std::string>& ids, std::optional<std::size_t> total) {
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + desktop_json(id);
  const std::string count = total ? fmt::format(R"("total_count":{},)", *total) : std::string{};
  return "{" + count + R"("desktops":[)" + list + "]}";
}

std::string sub_job_json(const std::string& id, const std::string& desktop = "d") {
  return fmt::format(
      R"({{"id":"{}","job_id":"j","job_type":"rebuildDesktops","status":"RUNNING","entities":{{"desktop_id":"{}"}}}})",
      id, desktop);
}

std::string sub_jobs_json(const std::vector<std::string>& ids, std::size_t total) {
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + sub_job_json(id);
  return fmt::format(R"({{"total_count":{},"jobs":[{}]}})", total, list);
}

std::vector<DesktopId> ids(std::size_t count) {
  std::vector<DesktopId> out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back(fmt::format("d{:04}", i));
  return out;
}

// A client that asks on for ever is found out.
std::function<HttpOutcome(const HttpRequest&)> bounded(std::function<HttpOutcome(const HttpRequest&)> function) {
  return [function = std::move(function), calls = 0](const HttpRequest& request) mutable {
    if (++calls > 200) throw std::logic_error("the client asks for ever");
    return function(request);
  };
}

RebuildRequest rebuild() {
  return {{DesktopId("d1")}, {ImageId("img"), "private", std::nullopt}, {}};
}

}  // namespace

TEST_CASE("desktops are read by hundreds, each asked for by its id") {
  CloudUnderTest under;
  under.script.answer = bounded([](const HttpRequest& request) -> HttpOutcome {
    std::vector<std::string> shown;
    for (std::size_t at = request.url.find("desktop_id="); at != std::string::npos;
         at = request.url.find("desktop_id=", at + 1)) {
      shown.push_back(request.url.substr(at + 11, 5));
    }
    return answer(200, desktops_json(shown, shown.size()), kDate);
  });
  const Inventory inventory = under.cloud().read_desktops(ids(250), kNever);
  CHECK(inventory.desktops.size() == 250);
  CHECK(under.script.requests.size() == 3);
  CHECK(inventory.service_time == parse_time("2026-11-23T21:04:11Z"));
}

TEST_CASE("a list of desktops that is shorter than it says is not believed") {
  CloudUnderTest under;
  under.script.answer = bounded([](const HttpRequest& request) -> HttpOutcome {
    return answer(200, query_value(request, "offset") == "0" ? desktops_json({"d0000"}, 2) : desktops_json({}, 2));
  });
  CHECK(test::error_kind([&] { under.cloud().read_desktops(ids(2), kNever); }) == ErrorKind::service);
}

TEST_CASE("a service that shows the same page for ever is not asked for ever") {
  CloudUnderTest under;
  SECTION("desktops, with a total that is never reached") {
    under.script.answer = bounded([](const HttpRequest&) -> HttpOutcome {
      return answer(200, desktops_json({"x", "y"}, 1'000'000));
    });
    CHECK(test::error_kind([&] { under.cloud().read_desktops(ids(3), kNever); }) == ErrorKind::service);
    CHECK(test::error_kind([&] { under.cloud().list_desktops(kNever); }) == ErrorKind::service);
  }
  SECTION("desktops, without a total") {
    under.script.answer = bounded([](const HttpRequest&) -> HttpOutcome {
      return answer(200, desktops_json({"x", "y"}, std::nullopt));
    });
    CHECK(under.cloud().list_desktops(kNever).desktops.size() == 2);
  }
  SECTION("sub-jobs") {
    under.script.answer = bounded([](const HttpRequest&) -> HttpOutcome {
      return answer(200, sub_jobs_json({"s1", "s2"}, 9'000));
    });
    CHECK(under.cloud().list_open_sub_jobs(kNever).completeness == LookCompleteness::incomplete);
  }
}

TEST_CASE("a list that grows as it is read, one item a page, is not read for ever") {
  CloudUnderTest under;
  std::size_t pages = 0;
  SECTION("desktops") {
    under.script.answer = [&](const HttpRequest&) -> HttpOutcome {
      if (++pages > 30'000) throw std::logic_error("the client asks for ever");
      return answer(200, desktops_json({fmt::format("d{}", pages)}, 1'000'000'000));
    };
    CHECK(test::error_kind([&] { under.cloud().list_desktops(kNever); }) == ErrorKind::service);
  }
  SECTION("desktops asked for by their ids") {
    under.script.answer = [&](const HttpRequest&) -> HttpOutcome {
      if (++pages > 1'000) throw std::logic_error("the client asks for ever");
      return answer(200, desktops_json({fmt::format("d{}", pages)}, 1'000'000'000));
    };
    CHECK(test::error_kind([&] { under.cloud().read_desktops(ids(3), kNever); }) == ErrorKind::service);
  }
  SECTION("sub-jobs") {
    under.script.answer = [&](const HttpRequest&) -> HttpOutcome {
      if (++pages > 3'000) throw std::logic_error("the client asks for ever");
      return answer(200, sub_jobs_json({fmt::format("s{}", pages)}, 1'000'000'000));
    };
    CHECK(test::error_kind([&] { under.cloud().list_all_sub_jobs(kNever); }) == ErrorKind::service);
  }
}

TEST_CASE("sub-jobs are read page by page, and a list that changed on the way is read again") {
  CloudUnderTest under;
  SECTION("whole at once, in any order") {
    under.script.play({answer(200, sub_jobs_json({"s2", "s3"}, 3)), answer(200, sub_jobs_json({"s1"}, 3), kDate)});
    const SubJobLook look = under.cloud().list_open_sub_jobs(kNever);
    CHECK(look.completeness == LookCompleteness::complete);
    CHECK(look.sub_jobs.size() == 3);
    CHECK(look.service_time == parse_time("2026-11-23T21:04:11Z"));
    CHECK(query_value(under.script.requests[1], "offset") == "2");
  }
  SECTION("a page overlaps: one of the three was never shown") {
    under.script.play({answer(200, sub_jobs_json({"s1", "s2"}, 3)), answer(200, sub_jobs_json({"s2"}, 3)),
                       answer(200, sub_jobs_json({"s1", "s2", "s3"}, 3))});
    const SubJobLook look = under.cloud().list_open_sub_jobs(kNever);
    CHECK(look.completeness == LookCompleteness::complete);
    CHECK(under.script.requests.size() == 3);
  }
  SECTION("the total changes between the pages") {
    under.script.play({answer(200, sub_jobs_json({"s1", "s2"}, 4)), answer(200, sub_jobs_json({"s3"}, 3)),
                       answer(200, sub_jobs_json({"s1", "s2", "s3"}, 3))});
    CHECK(under.cloud().list_open_sub_jobs(kNever).completeness == LookCompleteness::complete);
    CHECK(under.script.requests.size() == 3);
  }
  SECTION("it never holds still: three looks, and what any of them saw") {
    int page = 0;
    under.script.answer = bounded([&](const HttpRequest&) -> HttpOutcome {
      ++page;
      return answer(200, sub_jobs_json({fmt::format("s{}", page)}, 2));
    });
    // Each look sees two ids where two are promised, but never the same two: that is whole by itself.
    CHECK(under.cloud().list_open_sub_jobs(kNever).completeness == LookCompleteness::complete);
  }
  SECTION("a sub-job whose desktop is not named") {
    under.script.play({answer(200, R"({"total_count":1,"jobs":[{"id":"s","job_id":"j","status":"RUNNING"}]})")});
    CHECK(under.cloud().list_open_sub_jobs(kNever).completeness == LookCompleteness::incomplete);
    CHECK(under.script.requests.size() == 3);
  }
  SECTION("no total") {
    under.script.play({answer(200, R"({"jobs":[]})")});
    CHECK(under.cloud().list_open_sub_jobs(kNever).completeness == LookCompleteness::incomplete);
  }
}

TEST_CASE("where more has ended than paging reaches, the rest must be whole") {
  CloudUnderTest under;
  const std::size_t beyond = 20'000;
  under.script.answer = bounded([&](const HttpRequest& request) -> HttpOutcome {
    if (request.url.find("status=WAITING") != std::string::npos) return answer(200, sub_jobs_json({"w"}, 1));
    std::vector<std::string> page;
    for (int i = 0; i < 1000; ++i) page.push_back(query_value(request, "offset") + "-" + std::to_string(i));
    return answer(200, sub_jobs_json(page, beyond));
  });
  const SubJobLook look = under.cloud().list_all_sub_jobs(kNever);
  CHECK(look.completeness == LookCompleteness::ended_beyond_reach);
  CHECK(look.sub_jobs.size() == 11'001);
  for (const HttpRequest& request : under.script.requests) {
    const std::string offset = query_value(request, "offset");
    CHECK(std::stoi(offset) <= 10'000);
  }
}

TEST_CASE("a job that the service does not know is told from an address that is wrong") {
  CloudUnderTest under;
  SECTION("the service says it") {
    under.script.play({answer(404, R"({"error_code":"WKS.00010404","error_msg":"no such job"})")});
    CHECK_FALSE(under.cloud().read_job(JobId("j"), kNever).found);
  }
  SECTION("the gateway says it") {
    under.script.play({answer(404, R"({"error_code":"APIGW.0101","error_msg":"no such API"})")});
    CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  }
}

TEST_CASE("a service that cannot be reached at the first call is tried three times; later it is waited for") {
  CloudUnderTest under;
  under.script.answer = bounded([](const HttpRequest&) -> HttpOutcome { return NotSent{"refused"}; });
  CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  CHECK(under.script.requests.size() == 3);

  CloudUnderTest later;
  int calls = 0;
  later.script.answer = bounded([&](const HttpRequest&) -> HttpOutcome {
    ++calls;
    if (calls > 1 && calls < 10) return NotSent{"refused"};
    return answer(200, R"({"status":"RUNNING"})");
  });
  CHECK(later.cloud().read_job(JobId("j"), kNever).found);
  CHECK(later.cloud().read_job(JobId("j"), kNever).found);
  CHECK(later.script.requests.size() == 10);
}

TEST_CASE("what is hopeless ends at once: a certificate, a refusal, a redirect, which is never followed") {
  const HttpOutcome outcome = GENERATE(
      HttpOutcome(NotSent{"self-signed certificate", true}),
      HttpOutcome(answer(403, R"({"error_code":"WKS.00010099","error_msg":"not opened"})")),
      HttpOutcome(answer(302, "", {{"Location", "https://workspace.cn-north-4.myhuaweicloud.com/elsewhere"}})));
  CloudUnderTest under;
  under.script.play({outcome});
  CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  CHECK(under.script.requests.size() == 1);
}

TEST_CASE("what is no answer of the service is tried again, a page instead of one not for long") {
  CloudUnderTest under;
  SECTION("errors and cut-off answers") {
    under.script.play({answer(500, R"({"error_code":"WKS.1"})"), answer(504, "<html>"), NoAnswer{"reset"},
                       HttpResponse{200, {}, R"({"status":)", false}, answer(200, R"({"status":"RUNNING"})")});
    CHECK(under.cloud().read_job(JobId("j"), kNever).status_text == "RUNNING");
    CHECK(under.script.requests.size() == 5);
  }
  SECTION("a page") {
    under.script.play({answer(200, "<html>log in</html>")});
    CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
    CHECK(under.script.requests.size() == 3);
  }
}

TEST_CASE("a read that is throttled waits as long as it is asked to, and not for more than half an hour") {
  CloudUnderTest under;
  SECTION("Retry-After") {
    under.script.play({answer(429, "{}", {{"Retry-After", "40"}}), answer(200, R"({"status":"RUNNING"})")});
    CHECK(under.cloud().read_job(JobId("j"), kNever).found);
    CHECK(under.clock.slept() >= std::chrono::seconds{40});
  }
  SECTION("the window in the text") {
    under.script.play({answer(429, R"({"error_code":"APIGW.0308","error_msg":"over ratelimit,limit:5,time:2 minute"})"),
                       answer(200, R"({"status":"RUNNING"})")});
    CHECK(under.cloud().read_job(JobId("j"), kNever).found);
    CHECK(under.clock.slept() >= std::chrono::minutes{2});
  }
  SECTION("for ever") {
    under.script.answer = bounded([](const HttpRequest&) -> HttpOutcome { return answer(429, "{}"); });
    CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
    CHECK(under.clock.slept() <= std::chrono::minutes{30});
  }
}

TEST_CASE("a refused signature is made once more by the service's clock; a refused token is not tried again") {
  CloudUnderTest keys;
  keys.script.play({answer(401, R"({"error_code":"APIGW.0301","error_msg":"clock"})", kDate),
                    answer(200, R"({"status":"RUNNING"})")});
  CHECK(keys.cloud().read_job(JobId("j"), kNever).found);
  CHECK(test::header_of(keys.script.requests[0], "X-Sdk-Date") == "20261123T210000Z");
  CHECK(test::header_of(keys.script.requests[1], "X-Sdk-Date") == "20261123T210411Z");

  CloudUnderTest token(Variables{{"HW_AUTH_TOKEN", "ExampleToken0123456789"}});
  token.script.play({answer(401, R"({"error_code":"APIGW.0307","error_msg":"expired"})")});
  CHECK(test::error_kind([&] { token.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  CHECK(token.script.requests.size() == 1);
}

TEST_CASE("a token of a password is kept, renewed when it is refused, and a refused password is never tried again") {
  CloudUnderTest under(
      Variables{{"HW_USER_NAME", "u"}, {"HW_USER_PASSWORD", "ExamplePassword1"}, {"HW_DOMAIN_NAME", "account"}});
  int tokens = 0;
  bool refuse_password = false;
  under.script.answer = bounded([&](const HttpRequest& request) -> HttpOutcome {
    if (request.url.find("/v3/auth/tokens") != std::string::npos) {
      if (refuse_password) return answer(401, R"({"error":{"code":401,"message":"wrong"}})");
      ++tokens;
      return answer(201, "{}", {{"X-Subject-Token", "ExampleToken" + std::to_string(tokens)}});
    }
    if (test::header_of(request, "X-Auth-Token") == "ExampleToken1" && tokens == 1 && refuse_password) {
      return answer(401, R"({"error_code":"APIGW.0307","error_msg":"expired"})");
    }
    return answer(200, R"({"status":"RUNNING"})");
  });
  CHECK(under.cloud().read_job(JobId("j"), kNever).found);
  CHECK(under.cloud().read_job(JobId("j"), kNever).found);
  CHECK(tokens == 1);
  refuse_password = true;
  CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  const std::size_t asked = under.script.count("POST");
  CHECK(asked == 2);
  CHECK(test::error_kind([&] { under.cloud().read_job(JobId("j"), kNever); }) == ErrorKind::service);
  CHECK(under.script.count("POST") == asked);
}

TEST_CASE("a rebuild request goes out once, on a connection of its own, whatever becomes of it") {
  const HttpOutcome outcome = GENERATE(
      HttpOutcome(NoAnswer{"reset"}), HttpOutcome(NotSent{"refused"}), HttpOutcome(answer(429, "{}")),
      HttpOutcome(answer(500, "{}")), HttpOutcome(answer(401, "{}")), HttpOutcome(answer(307, "", {{"Location", "/"}})),
      HttpOutcome(answer(200, R"({"job_id":"j"})")), HttpOutcome(answer(200, "<html>")));
  CloudUnderTest under;
  under.script.play({outcome});
  under.cloud().submit_rebuild(rebuild(), {});
  REQUIRE(under.script.requests.size() == 1);
  CHECK(under.script.requests[0].fresh_connection);
  CHECK(under.script.requests[0].timeout == std::chrono::seconds{120});
  CHECK(under.clock.slept() == Duration{0});
}

TEST_CASE("a request that breaks the service's limits never leaves the machine") {
  CloudUnderTest under;
  under.script.play({answer(200, R"({"job_id":"j"})")});
  RebuildRequest request = rebuild();
  SECTION("no desktop") {
    request.desktop_ids.clear();
  }
  SECTION("101 desktops") {
    request.desktop_ids = ids(101);
  }
  SECTION("a desktop twice") {
    request.desktop_ids = {DesktopId("a"), DesktopId("a")};
  }
  SECTION("no image") {
    request.image.image_id = ImageId();
  }
  SECTION("too long a delay") {
    request.options.delay_time = 16;
  }
  CHECK(test::error_kind([&] { under.cloud().submit_rebuild(request, {}); }) == ErrorKind::refused);
  CHECK(under.script.requests.empty());
}

TEST_CASE("the Workspace's own limit of writes is waited for beforehand, and can be interrupted") {
  CloudUnderTest under;
  under.workspace.requests_per_minute.writes = 2;
  under.script.play({answer(200, R"({"job_id":"j"})")});
  for (int i = 0; i < 2; ++i) under.cloud().submit_rebuild(rebuild(), {});
  const Submission third = under.cloud().submit_rebuild(rebuild(), {});
  CHECK(std::holds_alternative<SubmissionNotExecuted>(third));
  CHECK(under.script.requests.size() == 2);

  std::stop_source stop;
  under.clock.on_sleep = [&] { stop.request_stop(); };
  CHECK_THROWS_AS(under.cloud().await_submission(stop.get_token()), Interrupted);
  under.clock.on_sleep = nullptr;
  under.cloud().await_submission(kNever);
  CHECK(std::holds_alternative<SubmissionAccepted>(under.cloud().submit_rebuild(rebuild(), {})));
  CHECK(under.clock.slept() >= std::chrono::minutes{1});
}

}  // namespace gild
