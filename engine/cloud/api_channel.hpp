// SPDX-License-Identifier: Apache-2.0
// Requests to one Workspace project: who we are, how fast we may go, and how often a read is tried again. Knows HTTP
// and patience, nothing of desktops.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/cloud/credentials.hpp"
#include "engine/cloud/rate_limiter.hpp"
#include "engine/cloud/retry.hpp"
#include "engine/cloud/server_clock.hpp"
#include "engine/cloud/token_source.hpp"
#include "engine/core/url.hpp"
#include "engine/model/workspace.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/desktop_cloud.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

// What a channel reaches the world with. All of it must outlive the channel.
struct ChannelSeams {
  Transport& transport;      // to the Workspace endpoint
  Transport& iam_transport;  // to the IAM endpoint
  Clock& clock;
};

struct ReadCall {
  std::vector<std::string> path;  // segments below /v2/{project_id}, unencoded
  Query query;
  std::string what;            // "desktops": the service refused to show …
  std::string permission;      // what a 403 is missing (W 10)
  std::vector<int> tolerated;  // statuses besides 2xx that the caller deals with
};

class ApiChannel {
 public:
  ApiChannel(const Workspace& workspace, Url endpoint, const Url& iam, Credentials credentials, ChannelSeams seams,
             RandomSource random);

  // Tries until there is an answer 2xx or a tolerated one. Throws Error(service) where it is hopeless or half an hour
  // has passed, Interrupted where `stop` is requested while it waits.
  HttpResponse read(const ReadCall& call, std::stop_token stop);

  // Waits until write() would send at once.
  void await_write(std::stop_token stop);
  // Sends the rebuild request on a connection of its own, at most once, and never waits before it does.
  Submission submit(const RebuildRequest& request, const StillWanted& still_wanted);

  std::string_view workspace_name() const { return workspace_.str(); }

 private:
  struct Attempt {
    HttpOutcome outcome;
    bool by_iam = false;  // it did not get further than asking for a token
  };
  // Gives up or waits; `failures` counts the tries of one call.
  struct Patience {
    Instant begin;
    int failures = 0;
    int garbled = 0;
    bool renewed = false;
  };

  Attempt attempt(const ReadCall& call);
  void pause_or_give_up(const ReadCall& call, const Attempt& attempt, Patience& patience, std::stop_token stop);
  void wait_until(Instant until, std::stop_token stop);
  void wait_for_place(const RateLimiter& limiter, std::stop_token stop);
  bool renewable() const;
  // nullopt: the request now says who we are.
  std::optional<HttpOutcome> authorize(HttpRequest& request, const std::string& path, const Query& query);
  void noticed(const HttpOutcome& outcome, RateLimiter& limiter);
  ServiceError cleaned(ServiceError error) const;
  [[noreturn]] void give_up(const ReadCall& call, const Attempt& attempt, std::string_view how) const;
  std::string advice_for(const ReadCall& call, const Attempt& attempt) const;

  WorkspaceName workspace_;
  std::string project_id_;
  Url endpoint_;
  Credentials credentials_;
  Transport& transport_;
  Clock& clock_;
  RandomSource random_;
  RetryRules rules_;
  ServerClock server_clock_;
  std::unique_ptr<TokenSource> tokens_;  // where there is a password
  Redactor redactor_;
  RateLimiter reads_;
  RateLimiter writes_;
  bool answered_ = false;  // the service has been reached once
};

}  // namespace gild
