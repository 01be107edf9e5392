// SPDX-License-Identifier: Apache-2.0
// Contract 7, "What an answer means", row by row.
#include "engine/cloud/classify.hpp"

#include <catch2/catch.hpp>

#include "engine/cloud/service_error.hpp"
#include "tests/cloud/fakes.hpp"

namespace gild {
namespace {

using test::answer;

RebuildRequest request() {
  RebuildRequest request;
  request.desktop_ids = {DesktopId("desk-1"), DesktopId("desk-10"), DesktopId("desk-2")};
  request.image.image_id = ImageId("img");
  return request;
}

std::string names(const std::vector<DesktopId>& ids) {
  std::string out;
  for (const DesktopId& id : ids) out += " " + id.str();
  return out;
}

std::string text_of(const Submission& submission) {
  if (const auto* accepted = std::get_if<SubmissionAccepted>(&submission)) {
    return "accepted " + accepted->job.str() + " " + accepted->request_id;
  }
  if (const auto* refused = std::get_if<SubmissionRefused>(&submission)) {
    return "refused " + describe(refused->error) + names(refused->named);
  }
  if (const auto* conflict = std::get_if<SubmissionConflict>(&submission)) {
    return "conflict " + describe(conflict->error) + names(conflict->named);
  }
  if (const auto* not_executed = std::get_if<SubmissionNotExecuted>(&submission)) {
    static const char* const kCauses[] = {"throttled", "unauthorized", "unreachable", "certificate"};
    return std::string("not executed, ") + kCauses[static_cast<int>(not_executed->cause)] +
           (not_executed->wait ? ", wait " + std::to_string(not_executed->wait->count()) : "");
  }
  return "lost: " + std::get<SubmissionLost>(submission).why;
}

std::string classified(const HttpOutcome& outcome) {
  return text_of(classify_rebuild(outcome, request()));
}

TEST_CASE("200 with a job id is accepted, and no job id is ever thrown away") {
  CHECK(classified(answer(200, R"({"job_id":"j-1"})", {{"X-Request-Id", "r-1"}})) == "accepted j-1 r-1");
  CHECK(classified(answer(200, R"({"job_id":"j-1","error_code":"WKS.1","error_msg":"x"})")) == "accepted j-1 ");
  CHECK(classified(answer(202, R"({"job_id":"j-1"})")) == "accepted j-1 ");
  const auto dated =
      classify_rebuild(answer(200, R"({"job_id":"j-1"})", {{"Date", "Mon, 23 Nov 2026 21:04:11 GMT"}}), request());
  CHECK(std::get<SubmissionAccepted>(dated).service_time == parse_time("2026-11-23T21:04:11Z"));
}

TEST_CASE("200 without a usable job id is lost, unless it says why") {
  CHECK(classified(answer(200, R"({"error_code":"WKS.1","error_msg":"no"})")) == "refused 200 WKS.1: no");
  CHECK(classified(answer(200, "{}")) == "lost: the answer 200 has no job_id");
  CHECK(classified(answer(204, "{}")) == "lost: the answer 204 has no job_id");
  CHECK(classified(answer(200, "")) == "lost: the answer is not JSON");
  CHECK(classified(answer(200, "<html>")) == "lost: the answer is not JSON");
  CHECK(classified(answer(200, R"(["job_id"])")) == "lost: the answer is not JSON");
  for (const char* body : {R"({"job_id":17})", R"({"job_id":""})", R"({"job_id":"a","job_id":"b"})",
                           R"({"job_id":["a"]})", R"({"job_id":"a b"})", R"({"job_id":17,"error_code":"WKS.1"})"}) {
    INFO(body);
    CHECK(classified(answer(200, body)) == "lost: the answer's job_id is unreadable");
  }
  CHECK(classified(answer(200, "{\"job_id\":\"" + std::string(256, 'x') + "\"}")) ==
        "lost: the answer's job_id is unreadable");
  CHECK(classified(HttpResponse{200, {}, R"({"job_id":"j-1"})", false}) == "lost: the answer 200 was cut off");
}

TEST_CASE("the service's own no is a refusal and names the desktops in its text") {
  const int status = GENERATE(400, 403, 404, 405, 413, 414);
  CHECK(classified(answer(status, R"({"error_code":"WKS.7","error_msg":"bad: [desk-10], desk-2."})",
                          {{"X-Request-Id", "r"}})) ==
        "refused " + std::to_string(status) + " WKS.7: bad: [desk-10], desk-2. (request id r) desk-10 desk-2");
  const std::string unclear =
      "lost: the answer " + std::to_string(status) + " does not tell whether it was carried out";
  CHECK(classified(answer(status, "<html>blocked</html>")) == unclear);
  CHECK(classified(answer(status, R"({"message":"no route"})")) == unclear);
  CHECK(classified(answer(status, "")) == unclear);
  // JSON, but of somebody in between: Workspace and its gateway name their code error_code (W 8.1).
  CHECK(classified(answer(status, R"({"code":403,"message":"blocked by policy"})")) == unclear);
  CHECK(classified(answer(status, R"({"code":"ACCESS_DENIED","message":"blocked by policy"})")) == unclear);
  CHECK(classified(answer(status, R"({"error":{"code":"X.1","message":"blocked"}})")) == unclear);
  CHECK(classified(HttpResponse{status, {}, R"({"error_code":"WKS.7"})", false}) ==
        "lost: the answer " + std::to_string(status) + " was cut off");
}

TEST_CASE("a conflict names the denied desktop, and is lost where the service did not say it") {
  CHECK(classified(answer(409, R"({"error_code":"WKS.00010032","error_msg":"instance status is [SHUTOFF] and deny )"
                               R"(operation [REBUILD], resource id [desk-1]."})")) ==
        "conflict 409 WKS.00010032: instance status is [SHUTOFF] and deny operation [REBUILD], resource id [desk-1]. "
        "desk-1");
  CHECK(classified(answer(409, R"({"code":"CONFLICT","message":"m"})")) ==
        "lost: the answer 409 does not tell whether it was carried out");
  CHECK(classified(answer(409, "busy")) == "lost: the answer 409 does not tell whether it was carried out");
}

TEST_CASE("401, 429 and IAM out of reach were not executed and say how long to wait") {
  CHECK(classified(answer(401, "{}")) == "not executed, unauthorized");
  CHECK(classified(answer(401, "<html>")) == "not executed, unauthorized");
  CHECK(classified(answer(429, "{}")) == "not executed, throttled");
  CHECK(classified(answer(429, "{}", {{"Retry-After", "7"}})) == "not executed, throttled, wait 7000");
  CHECK(classified(answer(429, "{}",
                          {{"Retry-After", "Mon, 23 Nov 2026 21:05:00 GMT"},
                           {"Date", "Mon, 23 Nov 2026 21:04:30 GMT"}})) == "not executed, throttled, wait 30000");
  CHECK(classified(
            answer(429, R"({"error_code":"APIGW.0308","error_msg":"user over ratelimit,limit:100,time:1 minute"})")) ==
        "not executed, throttled, wait 60000");
  CHECK(classified(
            answer(429, R"({"error_code":"APIGW.0308","error_msg":"api over ratelimit,limit:5,time:5 second"})")) ==
        "not executed, throttled, wait 5000");
  CHECK(classified(answer(429, "{}", {{"Retry-After", "-3"}})) == "not executed, throttled");
  CHECK(classified(answer(503, R"({"error_code":"APIGW.0613","error_msg":"IAM"})")) == "not executed, throttled");
}

TEST_CASE("everything else is lost") {
  CHECK(classified(answer(500, R"({"error_code":"WKS.0202","error_msg":"not found"})")) ==
        "lost: the answer 500 does not tell whether it was carried out");
  CHECK(classified(answer(503, R"({"error_code":"APIGW.0201","error_msg":"x"})")) ==
        "lost: the answer 503 does not tell whether it was carried out");
  CHECK(classified(answer(503, "APIGW.0613")) == "lost: the answer 503 does not tell whether it was carried out");
  CHECK(classified(answer(302, "", {{"Location", "https://elsewhere"}})) ==
        "lost: the answer 302 wants the request elsewhere, and no redirect is followed");
  CHECK(classified(answer(418, R"({"error_code":"X"})")) ==
        "lost: the answer 418 does not tell whether it was carried out");
  CHECK(classified(NoAnswer{"no answer came in time"}) == "lost: no answer came in time");
}

TEST_CASE("a no that names a job all the same is lost: the job may be wiping disks") {
  const int status = GENERATE(400, 401, 403, 404, 405, 409, 413, 414, 429, 503);
  const std::string lost = "lost: the answer " + std::to_string(status) + " names a job all the same";
  CHECK(classified(answer(status, R"({"error_code":"APIGW.0613","error_msg":"no","job_id":"j-1"})")) == lost);
  CHECK(classified(answer(status, R"({"error_code":"APIGW.0613","error_msg":"no","job_id":["j-1"]})")) == lost);
  CHECK(classified(answer(status, R"({"error_code":"APIGW.0613","error_msg":"no","job_id":null})")) != lost);
}

TEST_CASE("what was never sent was not executed") {
  CHECK(classified(NotSent{"refused"}) == "not executed, unreachable");
  CHECK(classified(NotSent{"expired", true}) == "not executed, certificate");
}

std::string parsed(int status, const std::string& body, test::Headers headers = {}) {
  return describe(parse_error(answer(status, body, std::move(headers))).error);
}

TEST_CASE("every shape of an error is read") {
  CHECK(parsed(400, R"({"error_code":"WKS.1","error_msg":"m","error_detail":"d"})") == "400 WKS.1: m (d)");
  CHECK(parsed(401, R"({"error_code":"APIGW.0301","error_msg":"m","request_id":"r"})") ==
        "401 APIGW.0301: m (request id r)");
  CHECK(parsed(401, R"({"error":{"code":401,"message":"m","title":"Unauthorized"}})", {{"X-IAM-Trace-Id", "t"}}) ==
        "401: m (request id t)");
  CHECK(parsed(400, R"({"error":{"code":"IMG.1","message":"m"}})") == "400 IMG.1: m");
  CHECK(parsed(400, R"({"code":"C","message":"m"})") == "400 C: m");
  CHECK(parsed(502, "<html></html>") == "502: an answer that is not the service's (application/json, 13 bytes)");
  CHECK(parsed(500, "") == "500: no text");
  CHECK(parsed(500, "[1]") == "500: an answer that is not the service's (application/json, 3 bytes)");
  CHECK(parsed(400, R"({"error_code":"A\u001b[31m","error_msg":"m\n"})") == "400 A\\x1b[31m: m\\x0a");
  CHECK(parsed(400, "{\"error_msg\":\"" + std::string(5000, 'x') + "\"}").size() < 2100);
}

}  // namespace
}  // namespace gild
