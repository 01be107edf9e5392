// SPDX-License-Identifier: Apache-2.0
#include "engine/cloud/api_channel.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/cloud/classify.hpp"
#include "engine/cloud/request_headers.hpp"
#include "engine/cloud/request_signer.hpp"
#include "engine/cloud/service_error.hpp"
#include "engine/cloud/wire.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr Duration kReadTimeout{60'000};
constexpr Duration kSubmitTimeout{120'000};
constexpr int kFirstCallTries = 3;
constexpr int kGarbledTries = 3;

// The path as it is signed (unencoded) and as it is sent.
struct CallPath {
  std::string plain;
  std::string encoded;
};

CallPath path_of(const Url& endpoint, const std::string& project_id, const std::vector<std::string>& segments) {
  CallPath path{percent_decode(endpoint.path) + "/v2/" + project_id,
                endpoint.path + "/v2/" + percent_encode(project_id)};
  for (const std::string& segment : segments) {
    path.plain += "/" + segment;
    path.encoded += "/" + percent_encode(segment);
  }
  return path;
}

std::string url_of(const Url& endpoint, const CallPath& path, const Query& query) {
  const std::string base = endpoint.scheme + "://" + endpoint.authority() + path.encoded;
  return query.empty() ? base : base + "?" + encode_query(query);
}

}  // namespace

ApiChannel::ApiChannel(const Workspace& workspace, Url endpoint, const Url& iam, Credentials credentials,
                       ChannelSeams seams, RandomSource random)
    : workspace_(workspace.name),
      project_id_(workspace.project_id),
      endpoint_(std::move(endpoint)),
      credentials_(std::move(credentials)),
      transport_(seams.transport),
      clock_(seams.clock),
      random_(std::move(random)),
      server_clock_(seams.clock),
      reads_(workspace.requests_per_minute.reads),
      writes_(workspace.requests_per_minute.writes) {
  add_secrets(credentials_, redactor_);
  if (const auto* password = std::get_if<PasswordCredentials>(&credentials_)) {
    tokens_ = std::make_unique<TokenSource>(*password, project_id_, iam, seams.iam_transport, seams.clock);
  }
}

bool ApiChannel::renewable() const {
  return !std::holds_alternative<TokenCredentials>(credentials_);
}

std::optional<HttpOutcome> ApiChannel::authorize(HttpRequest& request, const std::string& path, const Query& query) {
  if (const auto* keys = std::get_if<KeyCredentials>(&credentials_)) {
    SignedParts parts{request.method, path, query, {}, request.body};
    parts.headers = {{"X-Sdk-Date", format_compact_time(server_clock_.now())}, {"X-Project-Id", project_id_}};
    if (keys->security_token) parts.headers.emplace_back("X-Security-Token", keys->security_token->reveal());
    request.headers.insert(request.headers.end(), parts.headers.begin(), parts.headers.end());
    parts.headers.emplace_back("Host", endpoint_.authority());
    request.headers.emplace_back("Authorization",
                                 authorization_header(parts, keys->access_key.reveal(), keys->secret_key));
    return std::nullopt;
  }
  if (const auto* token = std::get_if<TokenCredentials>(&credentials_)) {
    request.headers.emplace_back("X-Auth-Token", token->token.reveal());
    return std::nullopt;
  }
  auto token = tokens_->get();
  if (auto* failure = std::get_if<HttpOutcome>(&token)) return std::move(*failure);
  const Secret& value = std::get<Secret>(token);
  redactor_.add(value);
  request.headers.emplace_back("X-Auth-Token", value.reveal());
  return std::nullopt;
}

// What every answer teaches, whatever it is an answer to.
void ApiChannel::noticed(const HttpOutcome& outcome, RateLimiter& limiter) {
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr) return;
  answered_ = true;
  server_clock_.learn(*response);
  if (response->status == 429) limiter.throttled(clock_.instant());
  if (response->status == 401 && tokens_) tokens_->invalidate();
}

ServiceError ApiChannel::cleaned(ServiceError error) const {
  error.code = redactor_.clean(error.code);
  error.message = redactor_.clean(error.message);
  error.request_id = redactor_.clean(error.request_id);
  return error;
}

ApiChannel::Attempt ApiChannel::attempt(const ReadCall& call) {
  const CallPath path = path_of(endpoint_, project_id_, call.path);
  HttpRequest request;
  request.method = "GET";
  request.url = url_of(endpoint_, path, call.query);
  request.headers = common_headers();
  request.timeout = kReadTimeout;
  if (auto failure = authorize(request, path.plain, call.query)) return {std::move(*failure), true};
  reads_.sent(clock_.instant());
  Attempt attempt{transport_.exchange(request), false};
  noticed(attempt.outcome, reads_);
  return attempt;
}

void ApiChannel::wait_until(Instant until, std::stop_token stop) {
  if (stop.stop_requested()) throw Interrupted{};
  clock_.sleep_until(until, stop);
  if (stop.stop_requested()) throw Interrupted{};
}

void ApiChannel::wait_for_place(const RateLimiter& limiter, std::stop_token stop) {
  for (Instant now = clock_.instant(); limiter.next(now) > now; now = clock_.instant()) {
    wait_until(limiter.next(now), stop);
  }
}

HttpResponse ApiChannel::read(const ReadCall& call, std::stop_token stop) {
  Patience patience{clock_.instant()};
  while (true) {
    // Long lists are many reads: asked to stop, none of them begins.
    if (stop.stop_requested()) throw Interrupted{};
    wait_for_place(reads_, stop);
    Attempt tried = attempt(call);
    if (!tried.by_iam) {
      if (auto* response = std::get_if<HttpResponse>(&tried.outcome); response != nullptr && response->complete) {
        const auto& tolerated = call.tolerated;
        if (judge_read(tried.outcome) == ReadVerdict::answered ||
            std::find(tolerated.begin(), tolerated.end(), response->status) != tolerated.end()) {
          return std::move(*response);
        }
      }
    }
    pause_or_give_up(call, tried, patience, stop);
  }
}

void ApiChannel::pause_or_give_up(const ReadCall& call, const Attempt& attempt, Patience& patience,
                                  std::stop_token stop) {
  ++patience.failures;
  switch (judge_read(attempt.outcome)) {
    case ReadVerdict::certificate:
      give_up(call, attempt, "cannot be trusted");
    case ReadVerdict::unauthorized:
      // Once: the token may have expired, or the clock been wrong, which the answer's Date has just told.
      if (attempt.by_iam || patience.renewed || !renewable()) give_up(call, attempt, "does not accept the credentials");
      patience.renewed = true;
      return;
    case ReadVerdict::answered:  // only IAM's, without a token
    case ReadVerdict::refused:
      give_up(call, attempt, fmt::format("refused to show {}", call.what));
    case ReadVerdict::garbled:
      if (++patience.garbled >= kGarbledTries) give_up(call, attempt, "does not answer as the service does");
      break;
    case ReadVerdict::try_again:
      if (!answered_ && !std::holds_alternative<HttpResponse>(attempt.outcome) &&
          patience.failures >= kFirstCallTries) {
        give_up(call, attempt, "cannot be reached");
      }
      break;
  }
  const auto* response = std::get_if<HttpResponse>(&attempt.outcome);
  const Instant now = clock_.instant();
  const auto spent = std::chrono::duration_cast<Duration>(now - patience.begin);
  const auto asked = response != nullptr ? asked_wait(*response) : std::nullopt;
  const auto wait = wait_before_retry(rules_, patience.failures, spent, asked, random_());
  if (!wait) {
    give_up(call, attempt,
            asked ? fmt::format("asks to wait {}, too long for one run", describe_duration(*asked))
                  : fmt::format("did not show {} in {}", call.what,
                                plural(static_cast<std::size_t>(patience.failures), "try", "tries")));
  }
  wait_until(now + *wait, stop);
}

void ApiChannel::give_up(const ReadCall& call, const Attempt& attempt, std::string_view how) const {
  const ServiceError error = cleaned(error_of(attempt.outcome));
  throw Error(
      ErrorKind::service,
      fmt::format("Workspace {}: {} {}: {}", workspace_, attempt.by_iam ? "IAM" : "the service", how, describe(error)),
      advice_for(call, attempt));
}

std::string ApiChannel::advice_for(const ReadCall& call, const Attempt& attempt) const {
  if (const auto* failure = std::get_if<NotSent>(&attempt.outcome)) {
    return failure->certificate
               ? "Check the clock of this machine. If a gateway of your own signs certificates here, name its CA "
                 "bundle in GILD_CA_FILE. There is no way to skip the check."
               : fmt::format("Check the region and {} of the Workspace, and HTTPS_PROXY where you need one.",
                             attempt.by_iam ? "iam_endpoint" : "endpoint");
  }
  const auto* response = std::get_if<HttpResponse>(&attempt.outcome);
  if (response == nullptr) return {};
  const ServiceError error = parse_error(*response).error;
  if (attempt.by_iam) {
    return "Check user, password and account. gild does not try again in this run, because wrong passwords lock a "
           "user.";
  }
  switch (response->status) {
    case 401:
      if (const auto* token = std::get_if<TokenCredentials>(&credentials_)) {
        return fmt::format("The token in {} may have expired, or belong to another region. Set a new one.",
                           token->variable);
      }
      return "Check the keys, and that they belong to the region of the Workspace.";
    case 403:
      if (error.code == "WKS.00010099") {
        return fmt::format("The Workspace service is not opened in project {}. Check project_id.", project_id_);
      }
      return fmt::format("Check project_id, and that the credentials have the permission {}.", call.permission);
    case 404:
      return "Check endpoint, region and project_id of the Workspace.";
    default:
      return {};
  }
}

void ApiChannel::await_write(std::stop_token stop) {
  wait_for_place(writes_, stop);
  if (!tokens_) return;
  const ReadCall call{{}, {}, "a token", {}, {}};
  Patience patience{clock_.instant()};
  while (true) {
    auto token = tokens_->get();
    if (auto* failure = std::get_if<HttpOutcome>(&token)) {
      pause_or_give_up(call, {std::move(*failure), true}, patience, stop);
    } else {
      redactor_.add(std::get<Secret>(token));
      break;
    }
  }
  wait_for_place(writes_, stop);
}

Submission ApiChannel::submit(const RebuildRequest& request, const StillWanted& still_wanted) {
  using Cause = SubmissionNotExecuted::Cause;
  const Instant now = clock_.instant();
  if (const Instant next = writes_.next(now); next > now) {
    // Not waited for here: this cannot be interrupted, and what is interrupted must not send.
    const auto wait = std::chrono::ceil<Duration>(next - now);
    return SubmissionNotExecuted{no_answer("the Workspace's own limit of write requests a minute is reached"),
                                 Cause::throttled, wait};
  }
  const CallPath path = path_of(endpoint_, project_id_, {"desktops", "rebuild"});
  HttpRequest http;
  http.method = "POST";
  http.url = url_of(endpoint_, path, {});
  http.headers = common_headers();
  http.body = encode_rebuild(request);
  http.timeout = kSubmitTimeout;
  http.fresh_connection = true;
  http.still_wanted = still_wanted;
  if (const auto failure = authorize(http, path.plain, {})) {
    auto not_executed = classify_token_failure(*failure);
    not_executed.error = cleaned(std::move(not_executed.error));
    return not_executed;
  }
  writes_.sent(now);
  const HttpOutcome outcome = transport_.exchange(http);
  noticed(outcome, writes_);
  Submission submission = classify_rebuild(outcome, request);
  std::visit(
      [&](auto& answer) {
        if constexpr (requires { answer.error; }) answer.error = cleaned(std::move(answer.error));
        if constexpr (requires { answer.why; }) answer.why = redactor_.clean(answer.why);
        if constexpr (requires { answer.request_id; }) answer.request_id = redactor_.clean(answer.request_id);
      },
      submission);
  return submission;
}

}  // namespace gild
