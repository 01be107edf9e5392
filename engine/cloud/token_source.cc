// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/token_source.hpp"

#include <algorithm>
#include <utility>

#include "engine/cloud/request_headers.hpp"
#include "engine/cloud/wire.hpp"

namespace gild {
namespace {

constexpr Duration kTimeout{30'000};
constexpr std::chrono::minutes kLongestMargin{10};
constexpr std::chrono::hours kAssumedLife{1};  // where the answer does not tell; real ones live for 24 hours

// By the service's own times, so that our clock does not matter.
std::chrono::seconds life_of(const HttpResponse& response) {
  const TokenTimes times = decode_token_times(response.body);
  const auto now = parse_http_date(response.header("Date"));
  const auto begin = now ? now : times.issued_at;
  if (!begin || !times.expires_at) return kAssumedLife;
  return std::max(*times.expires_at - *begin, std::chrono::seconds(0));
}

}  // namespace

TokenSource::TokenSource(PasswordCredentials credentials, std::string project_id, const Url& iam, Transport& transport,
                         const Clock& clock)
    : credentials_(std::move(credentials)),
      project_id_(std::move(project_id)),
      url_(iam.scheme + "://" + iam.authority() + iam.path + "/v3/auth/tokens?nocatalog=true"),
      transport_(transport),
      clock_(clock) {}

std::variant<Secret, HttpOutcome> TokenSource::get() {
  if (token_ && clock_.instant() < renew_at_) return *token_;
  if (refusal_) return HttpOutcome(*refusal_);
  token_.reset();

  HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers = common_headers();
  request.body = encode_token_request(credentials_, project_id_);
  request.timeout = kTimeout;
  HttpOutcome outcome = transport_.exchange(request);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr || !response->complete) return outcome;
  if (response->status != 200 && response->status != 201) {
    const int status = response->status;
    if (status >= 400 && status < 500 && status != 408 && status != 429) refusal_ = *response;
    return outcome;
  }
  const std::string_view token = response->header("X-Subject-Token");
  if (token.empty()) return HttpOutcome(NoAnswer{"IAM's answer holds no token"});
  const std::chrono::seconds life = life_of(*response);
  renew_at_ = clock_.instant() + life - std::min<std::chrono::seconds>(kLongestMargin, life / 10);
  token_ = Secret(std::string(token));
  return *token_;
}

}  // namespace gild
