// SPDX-License-Identifier: Apache-2.0
// The small answers: an overall job, the job id of an accepted rebuild, and the times of a token.
#include "engine/cloud/wire.hpp"
#include "tests/fuzz/answer_body.hpp"

namespace {

using namespace gild;

std::string show_job(std::string_view body) {
  const JobSummary job = decode_job(body);
  return fmt::format("{}|{}|{}|{}|{}", job.found, job.ended, job.status_text, job.error_code, job.fail_reason);
}

void check_job(simdjson::dom::object document, const JobSummary& job) {
  fuzz::require(job.found, "a job that was shown was found");
  fuzz::require_string(document, "status", job.status_text);
  fuzz::require(!job.ended || !job.status_text.empty(), "a job without a status has not ended");
  fuzz::require_same(fuzz::string_in(document, "job_error_code"), job.error_code, "job_error_code");
  fuzz::require_same(fuzz::string_in(document, "fail_reason"), job.fail_reason, "fail_reason");
}

// This decoder refuses nothing: what is not there is nullopt.
std::string show_job_id(std::string_view body) {
  const DecodedJobId decoded = decode_job_id(body);
  if (!decoded.is_object) throw Error(ErrorKind::service, "not an object");
  return fmt::format("{}|{}|{}", decoded.job ? decoded.job->str() : "none", decoded.present, decoded.has_error_code);
}

void check_job_id(simdjson::dom::object document, const DecodedJobId& decoded) {
  std::size_t times = 0;
  for (const auto member : document) times += member.key == "job_id" ? 1U : 0U;
  fuzz::require(decoded.present == (times > 0), "a job id that is there is seen");
  if (!decoded.job) return;
  fuzz::require(times == 1, "no job is chosen out of two");
  fuzz::require_string(document, "job_id", decoded.job->str());
  fuzz::require(!decoded.job->empty() && decoded.job->str().size() <= kMaxIdLength, "a job id has a length");
  for (const char c : decoded.job->str().view()) fuzz::require(c > ' ' && c <= '~', "a job id has plain characters");
}

std::string show_token(std::string_view body) {
  const TokenTimes times = decode_token_times(body);
  if (!times.issued_at && !times.expires_at) throw Error(ErrorKind::service, "no times");
  return fmt::format("{}|{}", times.issued_at ? times.issued_at->time_since_epoch().count() : -1,
                     times.expires_at ? times.expires_at->time_since_epoch().count() : -1);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  fuzz::check_decoder(body, show_job, [&](simdjson::dom::object document) { check_job(document, decode_job(body)); });
  fuzz::check_decoder(body, show_job_id,
                      [&](simdjson::dom::object document) { check_job_id(document, decode_job_id(body)); });
  fuzz::check_decoder(body, show_token, [](simdjson::dom::object document) {
    fuzz::require(document.at_key("token").error() == simdjson::SUCCESS, "the times are a token's");
  });
  return 0;
}
