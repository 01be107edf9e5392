// SPDX-License-Identifier: Apache-2.0
// A page of sub-jobs: they prove that a lost request was carried out, and how each rebuild ended.
#include "engine/cloud/wire.hpp"
#include "tests/fuzz/answer_body.hpp"

namespace {

using namespace gild;

std::string decode(std::string_view body) {
  const DecodedSubJobs page = decode_sub_jobs(body);
  std::string out = page.total ? fmt::format("{}\n", *page.total) : "no total\n";
  for (std::size_t i = 0; i < page.sub_jobs.size(); ++i) {
    const SubJob& job = page.sub_jobs[i];
    out += fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", job.id.str(), job.job_id.str(), job.desktop_id.str(),
                       static_cast<int>(job.status), job.status_text, job.begin_time, job.end_time, job.error_code,
                       job.fail_reason, job.process ? std::to_string(*job.process) : "none", page.job_types.at(i));
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

void check_sub_job(simdjson::dom::object object, const SubJob& job, const std::string& type) {
  fuzz::require(!job.id.empty(), "a sub-job that was shown has an id");
  fuzz::require_string(object, "id", job.id.str());
  fuzz::require_string(object, "job_id", job.job_id.str());
  fuzz::require_string(object, "status", job.status_text);
  fuzz::require_string(object, "job_type", type);
  simdjson::dom::object entities;
  const bool given = object.at_key("entities").get(entities) == simdjson::SUCCESS;
  fuzz::require_same(given ? fuzz::string_in(entities, "desktop_id") : std::string_view{}, job.desktop_id.str(),
                     "desktop_id");
  fuzz::require_same(fuzz::string_in(object, "error_code"), job.error_code, "error_code");
  const std::string status = upper(job.status_text);
  fuzz::require((job.status == SubJobStatus::success) == (status == "SUCCESS"), "only SUCCESS is success", status);
  fuzz::require(job.ended() == (status == "SUCCESS" || status == "FAIL" || status == "FAILED"),
                "a status that nobody knows has not ended", status);
}

void check(simdjson::dom::object document, const DecodedSubJobs& page) {
  fuzz::require_total(document, page.total);
  fuzz::require(page.job_types.size() == page.sub_jobs.size(), "each sub-job has a type");
  simdjson::dom::array list;
  fuzz::require(document.at_key("jobs").get(list) == simdjson::SUCCESS, "a page has a list");
  std::size_t at = 0;
  for (const simdjson::dom::object item : list) {
    fuzz::require(at < page.sub_jobs.size(), "no sub-job is left out");
    check_sub_job(item, page.sub_jobs[at], page.job_types[at]);
    ++at;
  }
  fuzz::require(at == page.sub_jobs.size(), "no sub-job is made up");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  fuzz::check_decoder(body, decode, [&](simdjson::dom::object document) { check(document, decode_sub_jobs(body)); });
  return 0;
}
