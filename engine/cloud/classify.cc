// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/classify.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/cloud/service_error.hpp"
#include "engine/cloud/wire.hpp"

namespace gild {
namespace {

bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// As a word of its own: "desk-1" does not occur in "desk-10".
bool mentions(const std::string& text, const std::string& id) {
  if (id.empty()) return false;
  for (std::size_t at = text.find(id); at != std::string::npos; at = text.find(id, at + 1)) {
    const bool begins = at == 0 || !is_id_char(text[at - 1]);
    const std::size_t end = at + id.size();
    if (begins && (end == text.size() || !is_id_char(text[end]))) return true;
  }
  return false;
}

std::vector<DesktopId> desktops_named_in(const ServiceError& error, const RebuildRequest& request) {
  std::vector<DesktopId> named;
  for (const DesktopId& id : request.desktop_ids) {
    if (mentions(error.message, id.str())) named.push_back(id);
  }
  return named;
}

SubmissionLost lost(const HttpResponse& response, std::string why) {
  return {std::move(why), parse_error(response).error};
}

Submission classify_success(const HttpResponse& response, const RebuildRequest& request) {
  // Any 2xx, and even beside an error_code: a job id that the service gave must not be thrown away.
  const DecodedJobId decoded = decode_job_id(response.body);
  if (decoded.job)
    return SubmissionAccepted{*decoded.job, request_id_of(response), parse_http_date(response.header("Date"))};
  if (!decoded.is_object) return lost(response, "the answer is not JSON");
  if (decoded.present) return lost(response, "the answer's job_id is unreadable");
  ParsedError parsed = parse_error(response);
  if (response.status == 200 && decoded.has_error_code) {
    auto named = desktops_named_in(parsed.error, request);
    return SubmissionRefused{std::move(parsed.error), std::move(named)};
  }
  return lost(response, fmt::format("the answer {} has no job_id", response.status));
}

Submission classify_response(const HttpResponse& response, const RebuildRequest& request) {
  if (!response.complete) return lost(response, fmt::format("the answer {} was cut off", response.status));
  if (response.status >= 200 && response.status < 300) return classify_success(response, request);
  // It contradicts itself, and of the two the job is what must not be overlooked.
  if (decode_job_id(response.body).present) {
    return lost(response, fmt::format("the answer {} names a job all the same", response.status));
  }
  ParsedError parsed = parse_error(response);
  using Cause = SubmissionNotExecuted::Cause;
  switch (response.status) {
    case 400:
    case 403:
    case 404:
    case 405:
    case 413:
    case 414:
      if (parsed.has_code) {
        auto named = desktops_named_in(parsed.error, request);
        return SubmissionRefused{std::move(parsed.error), std::move(named)};
      }
      break;
    case 409:
      if (parsed.has_code) {
        auto named = desktops_named_in(parsed.error, request);
        return SubmissionConflict{std::move(parsed.error), std::move(named)};
      }
      break;
    case 401:
      return SubmissionNotExecuted{std::move(parsed.error), Cause::unauthorized, asked_wait(response)};
    case 429:
      return SubmissionNotExecuted{std::move(parsed.error), Cause::throttled, asked_wait(response)};
    case 503:
      // The gateway could not reach IAM, so it let nothing through.
      if (parsed.has_code && (parsed.error.code == "APIGW.0613" || parsed.error.code == "APIG.0613")) {
        return SubmissionNotExecuted{std::move(parsed.error), Cause::throttled, asked_wait(response)};
      }
      break;
    default:
      break;
  }
  std::string why =
      response.status >= 300 && response.status < 400
          ? fmt::format("the answer {} wants the request elsewhere, and no redirect is followed", response.status)
          : fmt::format("the answer {} does not tell whether it was carried out", response.status);
  return SubmissionLost{std::move(why), std::move(parsed.error)};
}

}  // namespace

Submission classify_rebuild(const HttpOutcome& outcome, const RebuildRequest& request) {
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) return classify_response(*response, request);
  if (const auto* failure = std::get_if<NotSent>(&outcome)) {
    return SubmissionNotExecuted{
        no_answer(failure->why),
        failure->certificate ? SubmissionNotExecuted::Cause::certificate : SubmissionNotExecuted::Cause::unreachable,
        std::nullopt};
  }
  const auto& silence = std::get<NoAnswer>(outcome);
  return SubmissionLost{silence.why, no_answer(silence.why)};
}

SubmissionNotExecuted classify_token_failure(const HttpOutcome& outcome) {
  using Cause = SubmissionNotExecuted::Cause;
  SubmissionNotExecuted out{error_of(outcome), Cause::unreachable, std::nullopt};
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
    out.wait = asked_wait(*response);
    if (response->status == 429) out.cause = Cause::throttled;
    if (judge_read(outcome) == ReadVerdict::unauthorized || judge_read(outcome) == ReadVerdict::refused) {
      out.cause = Cause::unauthorized;
    }
  } else if (const auto* failure = std::get_if<NotSent>(&outcome); failure != nullptr && failure->certificate) {
    out.cause = Cause::certificate;
  }
  return out;
}

ReadVerdict judge_read(const HttpOutcome& outcome) {
  if (const auto* failure = std::get_if<NotSent>(&outcome)) {
    return failure->certificate ? ReadVerdict::certificate : ReadVerdict::try_again;
  }
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr || !response->complete) return ReadVerdict::try_again;
  const int status = response->status;
  if (status >= 200 && status < 300) {
    const std::size_t begin = response->body.find_first_not_of(" \t\r\n");
    return begin != std::string::npos && response->body[begin] == '{' ? ReadVerdict::answered : ReadVerdict::garbled;
  }
  if (status == 401) return ReadVerdict::unauthorized;
  return status == 408 || status == 429 || status >= 500 ? ReadVerdict::try_again : ReadVerdict::refused;
}

ServiceError error_of(const HttpOutcome& outcome) {
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
    ServiceError error = parse_error(*response).error;
    if (!response->complete) error.message = "the answer was cut off";
    return error;
  }
  if (const auto* failure = std::get_if<NotSent>(&outcome)) return no_answer(failure->why);
  return no_answer(std::get<NoAnswer>(outcome).why);
}

}  // namespace gild
