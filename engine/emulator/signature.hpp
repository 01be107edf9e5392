// SPDX-License-Identifier: Apache-2.0
// Verifies AK/SK signatures (SDK-HMAC-SHA256). Written once more from the description of the algorithm, not shared with
// the signer in engine/cloud: a misunderstanding that both sides shared would never be seen. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/time.hpp"
#include "engine/emulator/exchange.hpp"

namespace gild::emulator {

// What an Authorization header claims.
struct SignatureClaim {
  std::string access_key;
  std::vector<std::string> signed_headers;  // as given
  std::string signature;
};
// nullopt where the header is not of the form "SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b, Signature=…".
std::optional<SignatureClaim> parse_authorization(std::string_view header);

// Joined with newlines; a refusal shows it, with | in their place, so that a client can compare it with its own.
std::string canonical_request(const Request& request, const std::vector<std::string>& signed_headers);
std::string signature_of(const std::string& canonical_request, std::string_view date, std::string_view secret_key);

// Why the gateway refuses the request; nullopt: it does not.
std::optional<std::string> why_refused(const Request& request, const SignatureClaim& claim, std::string_view secret_key,
                                       Time now);

}  // namespace gild::emulator
