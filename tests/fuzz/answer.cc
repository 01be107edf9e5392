// SPDX-License-Identifier: Apache-2.0
// An answer of the service, or of whatever stands between: status, some headers, and any body. What it means decides
// whether a disk is wiped a second time.
#include <algorithm>
#include <array>

#include "engine/cloud/classify.hpp"
#include "engine/cloud/service_error.hpp"
#include "engine/cloud/wire.hpp"
#include "tests/fuzz/answer_body.hpp"

namespace {

using namespace gild;

constexpr std::array<int, 24> kStatuses{100, 200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403,
                                        404, 405, 408, 409, 413, 414, 429, 500, 502, 503, 504, 999};

HttpResponse response_from(fuzz::Choices& choices) {
  HttpResponse response;
  response.status = kStatuses[choices.byte() % kStatuses.size()];
  const std::size_t flags = choices.byte();
  response.complete = (flags & 1U) == 0;
  if ((flags & 2U) != 0) response.headers.emplace_back("X-Request-Id", "r-1");
  if ((flags & 4U) != 0) response.headers.emplace_back("Date", "Mon, 23 Nov 2026 21:04:11 GMT");
  // The first line of the rest, so that headers are made up too.
  std::string_view rest = choices.rest();
  if ((flags & 8U) != 0) {
    const std::size_t end = rest.find('\n');
    response.headers.emplace_back((flags & 16U) != 0 ? "Retry-After" : "Date", rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  response.body = rest;
  return response;
}

RebuildRequest request() {
  RebuildRequest out;
  out.desktop_ids = {DesktopId("d-1"), DesktopId("d-10"), DesktopId("77c0aa18-3f5e-4a53-8e1a-0f1b2c3d4e5f")};
  out.image = {ImageId("new"), "private", std::nullopt};
  return out;
}

bool is_any_of(int status, std::initializer_list<int> statuses) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

// The table of contract 7, once more and from the other side: which answers may be of which class at all.
void check_classification(const HttpResponse& response) {
  const RebuildRequest asked = request();
  const Submission submission = classify_rebuild(response, asked);
  const bool success = response.status >= 200 && response.status < 300;
  const auto check_named = [&](const std::vector<DesktopId>& named) {
    for (const DesktopId& id : named) {
      fuzz::require(std::find(asked.desktop_ids.begin(), asked.desktop_ids.end(), id) != asked.desktop_ids.end(),
                    "only a desktop of the request is named");
    }
  };
  if (decode_job_id(response.body).present) {
    fuzz::require(
        std::holds_alternative<SubmissionAccepted>(submission) || std::holds_alternative<SubmissionLost>(submission),
        "what names a job may be wiping disks");
  }
  if (!response.complete) {
    fuzz::require(std::holds_alternative<SubmissionLost>(submission), "an answer that was cut off is lost");
  } else if (const auto* accepted = std::get_if<SubmissionAccepted>(&submission)) {
    fuzz::require(success && !accepted->job.empty(), "what was accepted has a job");
    fuzz::require(decode_job_id(response.body).job == accepted->job, "it is the job that the answer names");
  } else if (const auto* refused = std::get_if<SubmissionRefused>(&submission)) {
    fuzz::require(is_any_of(response.status, {200, 400, 403, 404, 405, 413, 414}), "these may refuse");
    check_named(refused->named);
  } else if (const auto* conflict = std::get_if<SubmissionConflict>(&submission)) {
    fuzz::require(response.status == 409, "only a 409 is a conflict");
    check_named(conflict->named);
  } else if (const auto* not_executed = std::get_if<SubmissionNotExecuted>(&submission)) {
    fuzz::require(is_any_of(response.status, {401, 429, 503}), "these say that nothing was executed");
    fuzz::require(!not_executed->wait || not_executed->wait->count() >= 0, "nobody waits into the past");
  }
}

void check_texts(const HttpResponse& response) {
  const ServiceError error = error_of(response);
  fuzz::require(!error.message.empty(), "an error has a text");
  const std::string shown = describe(parse_error(response).error);
  fuzz::require_same(escape_controls(shown), shown, "a text of the service drives no terminal");
  static_cast<void>(judge_read(response));
  static_cast<void>(classify_token_failure(response));
  static_cast<void>(asked_wait(response));
}

std::string describe(const Submission& submission) {
  const auto named = [](const std::vector<DesktopId>& ids) {
    std::string out;
    for (const DesktopId& id : ids) out += " " + id.str();
    return out;
  };
  if (const auto* accepted = std::get_if<SubmissionAccepted>(&submission)) return "accepted " + accepted->job.str();
  if (const auto* refused = std::get_if<SubmissionRefused>(&submission)) {
    return "refused" + named(refused->named) + ": " + describe(refused->error);
  }
  if (const auto* conflict = std::get_if<SubmissionConflict>(&submission)) {
    return "conflict" + named(conflict->named) + ": " + describe(conflict->error);
  }
  if (const auto* not_executed = std::get_if<SubmissionNotExecuted>(&submission)) {
    return fmt::format("not executed {} {}: {}", static_cast<int>(not_executed->cause),
                       not_executed->wait ? not_executed->wait->count() : -1, describe(not_executed->error));
  }
  const auto& lost = std::get<SubmissionLost>(submission);
  return "lost: " + lost.why + ": " + describe(lost.error);
}

// What an answer means hangs on what its body says and not on how that is spelled; and half a body says nothing.
void check_other_bodies(const HttpResponse& response) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(response.body).get(root) != simdjson::SUCCESS || !root.is_object()) return;
  HttpResponse other = response;
  other.body = fuzz::Respelling{}.text(root);
  fuzz::require_same(describe(classify_rebuild(response, request())), describe(classify_rebuild(other, request())),
                     "another spelling means the same");
  fuzz::require_same(describe(error_of(response)), describe(error_of(other)), "another spelling says the same");
  if (is_any_of(response.status, {401, 429})) return;  // the status alone says that nothing was executed
  other.body.resize(other.body.size() - 1);
  fuzz::require(std::holds_alternative<SubmissionLost>(classify_rebuild(other, request())), "half a body is lost");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices{data, size};
  const HttpResponse response = response_from(choices);
  check_classification(response);
  check_texts(response);
  check_other_bodies(response);
  return 0;
}
