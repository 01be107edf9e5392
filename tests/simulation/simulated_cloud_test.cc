// SPDX-License-Identifier: Apache-2.0
// The simulated client must tell the same as the real one would (contract 7, "What an answer means").
#include "engine/simulation/simulated_cloud.hpp"

#include "engine/core/error.hpp"
#include "tests/simulation/support.hpp"

using namespace gild;
using namespace std::chrono_literals;
using Cause = SubmissionNotExecuted::Cause;

namespace {

struct Fixture : Service {
  explicit Fixture(std::size_t count, ServiceKnobs given = {})
      : Service(count, std::move(given)), cloud(model, clock) {}
  Submission submit() { return cloud.submit_rebuild(request_for(ids, "img-2"), {}); }
  template <class Kind>
  Kind expect(const Submission& submission) {
    REQUIRE(std::holds_alternative<Kind>(submission));
    return std::get<Kind>(submission);
  }

  SimulatedClock clock;
  SimulatedCloud cloud;
};

}  // namespace

TEST_CASE("a good request is accepted, and time moves with each call", "[cloud]") {
  Fixture f(2);
  const auto answer = f.expect<SubmissionAccepted>(f.submit());
  CHECK(answer.request_id == "request-1");
  CHECK(answer.service_time == parse_time("2026-11-23T21:00:00Z"));
  CHECK(f.clock.elapsed() == 50ms);
  const SubJobLook look = f.cloud.list_sub_jobs_of(answer.job, {});
  CHECK(look.sub_jobs.size() == 2);
  CHECK(look.completeness == LookCompleteness::complete);
  f.clock.advance(10min);
  const JobSummary job = f.cloud.read_job(answer.job, {});
  CHECK(job.found);
  CHECK(job.ended);
  CHECK(job.status_text == "COMPLETE");
  CHECK(f.cloud.read_desktops(f.ids, {}).desktops.at(f.ids[0]).image_id == ImageId("img-2"));
  CHECK(f.cloud.list_desktops({}).desktops.size() == 2);
  CHECK(f.cloud.list_open_sub_jobs({}).sub_jobs.empty());
  CHECK_FALSE(f.cloud.read_job(JobId("none"), {}).found);
  CHECK(f.cloud.submissions() == 1);
}

TEST_CASE("a lost answer tells nothing, whether the request was carried out or not", "[cloud]") {
  Fixture f(1);
  f.cloud.lose_answer_of_submission(1, Executed::no);
  f.cloud.lose_answer_of_submission(2, Executed::yes);
  CHECK(f.expect<SubmissionLost>(f.submit()).why == "no answer came");
  CHECK(f.model.requests().empty());
  CHECK(f.expect<SubmissionLost>(f.submit()).why == "no answer came");
  CHECK(f.model.requests().size() == 1);
  CHECK(f.model.wipes_of(f.ids[0]) == 1);
}

TEST_CASE("error answers are told apart by what they prove", "[cloud]") {
  Fixture f(1);
  SECTION("refused, with the desktop it names") {
    f.cloud.answer_submission(1, 404, "WKS.1", "The desktop does not exist, resource id [abc].");
    const auto refused = f.expect<SubmissionRefused>(f.submit());
    CHECK(refused.error.status == 404);
    CHECK(refused.named == std::vector<DesktopId>{DesktopId("abc")});
  }
  SECTION("refused by the model") {
    f.ids.push_back(f.ids[0]);
    const auto refused = f.expect<SubmissionRefused>(f.submit());
    CHECK(refused.error.message == "desktop_ids names a desktop twice.");
    CHECK(refused.error.request_id == "request-1");
    CHECK(refused.named.empty());
  }
  SECTION("conflict") {
    f.cloud.conflict_on(f.ids[0]);
    CHECK(f.expect<SubmissionConflict>(f.submit()).named == f.ids);
  }
  SECTION("token") {
    f.cloud.expire_token_at_submission(1);
    CHECK(f.expect<SubmissionNotExecuted>(f.submit()).cause == Cause::unauthorized);
  }
  SECTION("throttled") {
    f.cloud.throttle_submission(1, 7s);
    f.cloud.throttle_submission(2);
    CHECK(f.expect<SubmissionNotExecuted>(f.submit()).wait == 7s);
    const auto second = f.expect<SubmissionNotExecuted>(f.submit());
    CHECK(second.cause == Cause::throttled);
    CHECK_FALSE(second.wait);
  }
  SECTION("throttled by the model") {
    f.model.knobs().writes_per_minute = 1;
    f.model.deny_rebuild_of(f.ids[0]);
    f.submit();
    CHECK(f.expect<SubmissionNotExecuted>(f.submit()).wait == 1min);
  }
  SECTION("identity service away") {
    f.cloud.answer_submission(1, 503, "APIGW.0613", "IAM is not reachable");
    f.expect<SubmissionNotExecuted>(f.submit());
  }
  SECTION("any other 503") {
    f.cloud.answer_submission(1, 503, "APIGW.0611", "busy");
    CHECK(f.expect<SubmissionLost>(f.submit()).why == "the service answered with HTTP 503");
    CHECK(f.model.requests().empty());
  }
  SECTION("a 500 that was carried out") {
    f.cloud.answer_submission(1, 500, "WKS.9", "internal", Executed::yes);
    f.expect<SubmissionLost>(f.submit());
    CHECK(f.model.requests().size() == 1);
  }
  SECTION("no connection") {
    f.cloud.cut_connection_before_submission(1);
    CHECK(f.expect<SubmissionNotExecuted>(f.submit()).cause == Cause::unreachable);
    CHECK(f.model.requests().empty());
  }
  SECTION("a certificate that does not verify") {
    f.cloud.reject_certificate_at_submission(1);
    CHECK(f.expect<SubmissionNotExecuted>(f.submit()).cause == Cause::certificate);
  }
}

TEST_CASE("every fault that was carried out has wiped, every other has not", "[cloud]") {
  const auto kind = GENERATE(Fault::Kind::html, Fault::Kind::html_after, Fault::Kind::half, Fault::Kind::reset,
                             Fault::Kind::lost_before, Fault::Kind::lost_after);
  Fixture f(1);
  FaultRule rule;
  rule.on = CallKind::rebuild;
  rule.fault.kind = kind;
  f.cloud.faults().add(rule);
  f.expect<SubmissionLost>(f.submit());
  CHECK(f.model.wipes().size() == (rule.fault.carried_out() ? 1 : 0));
}

TEST_CASE("a slow answer comes, only late", "[cloud]") {
  Fixture f(1);
  FaultRule rule;
  rule.on = CallKind::rebuild;
  rule.count = 2;
  rule.fault.kind = Fault::Kind::slow;
  rule.fault.wait = 100s;
  f.cloud.faults().add(rule);
  CHECK(f.expect<SubmissionAccepted>(f.submit()).service_time == parse_time("2026-11-23T21:01:40Z"));
  CHECK(f.expect<SubmissionConflict>(f.submit()).named == f.ids);
}

TEST_CASE("a look that paging cannot finish says so", "[cloud]") {
  Fixture f(3);
  f.model.fail_job_of(f.ids[0]);
  f.submit();
  f.clock.advance(1h);
  SECTION("within reach") {
    f.model.add_past_sub_jobs(2000);
    const SubJobLook look = f.cloud.list_all_sub_jobs({});
    CHECK(look.sub_jobs.size() == 2003);
    CHECK(look.completeness == LookCompleteness::complete);
  }
  SECTION("more ended ones than paging reaches") {
    f.model.knobs().list_order = ListOrder::newest_first;
    f.model.add_past_sub_jobs(11'500);
    const SubJobLook look = f.cloud.list_all_sub_jobs({});
    CHECK(look.completeness == LookCompleteness::ended_beyond_reach);
    CHECK(std::count_if(look.sub_jobs.begin(), look.sub_jobs.end(),
                        [](const SubJob& sub_job) { return sub_job.status == SubJobStatus::failed; }) == 1);
  }
  SECTION("pages that overlap") {
    f.model.knobs().list_order = ListOrder::unstable;
    f.model.add_past_sub_jobs(100);
    f.cloud.set_sub_job_page(10);
    CHECK(f.cloud.list_all_sub_jobs({}).completeness == LookCompleteness::incomplete);
  }
}

TEST_CASE("reads are tried again, and end in an error where it is hopeless", "[cloud]") {
  Fixture f(1);
  FaultRule rule;
  rule.on = CallKind::detail;
  rule.count = 2;
  rule.fault.kind = Fault::Kind::html;
  f.cloud.faults().add(rule);
  CHECK(f.cloud.read_desktops(f.ids, {}).desktops.size() == 1);
  CHECK(f.cloud.calls(CallKind::detail) == 3);
  CHECK(f.clock.slept() == 3s);

  f.cloud.fail_read(CallKind::sub_jobs, 1);
  CHECK_THROWS_WITH(f.cloud.list_all_sub_jobs({}), "The service cannot be read: No permission (WKS.00010403).");

  rule.on = CallKind::job;
  rule.count = FaultRule::kForEver;
  f.cloud.faults().add(rule);
  CHECK_THROWS_AS(f.cloud.read_job(JobId("j"), {}), Error);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(f.cloud.read_job(JobId("j"), stop.get_token()), Interrupted);
}

TEST_CASE("things happen at their time, and answers can come without a date", "[cloud]") {
  Fixture f(1);
  f.cloud.at(30s, [&](ServiceModel& model) { model.desktop(f.ids[0]).login_status = "CONNECTED"; });
  CHECK(f.cloud.read_desktops(f.ids, {}).desktops.at(f.ids[0]).login_status == "REGISTERED");
  f.clock.sleep_until(f.clock.instant() + 30s, {});
  f.cloud.hide_service_time();
  const Inventory inventory = f.cloud.read_desktops(f.ids, {});
  CHECK(inventory.desktops.at(f.ids[0]).login_status == "CONNECTED");
  CHECK_FALSE(inventory.service_time);
}

TEST_CASE("each Workspace can have a cloud of its own", "[cloud]") {
  Fixture f(1), other(1);
  f.cloud.add_workspace(WorkspaceName("other"), other.cloud);
  Workspace workspace;
  workspace.name = WorkspaceName("prod");
  CHECK(&f.cloud.connect(workspace) == &f.cloud);
  workspace.name = WorkspaceName("other");
  CHECK(&f.cloud.connect(workspace) == &other.cloud);
}
