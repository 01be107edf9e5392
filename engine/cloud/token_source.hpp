// SPDX-License-Identifier: Apache-2.0
// Turns a user's password into a token of the project (W 7.1), keeps it and renews it in time. A password that was
// refused is never tried again: a few wrong ones lock the user.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "engine/cloud/credentials.hpp"
#include "engine/cloud/server_clock.hpp"
#include "engine/core/url.hpp"
#include "engine/seams/clock.hpp"
#include "engine/seams/transport.hpp"

namespace gild {

class TokenSource {
 public:
  TokenSource(PasswordCredentials credentials, std::string project_id, const Url& iam, Transport& transport,
              const Clock& clock);

  // The token, or what became of asking for it: one exchange at most.
  std::variant<Secret, HttpOutcome> get();
  // The service did not take it.
  void invalidate() { token_.reset(); }

 private:
  PasswordCredentials credentials_;
  std::string project_id_;
  std::string url_;
  Transport& transport_;
  const Clock& clock_;
  std::optional<Secret> token_;
  Instant renew_at_{};
  std::optional<HttpResponse> refusal_;
};

}  // namespace gild
