// SPDX-License-Identifier: Apache-2.0
// Which hosts may be given credentials (contract 4). A manifest may come from a stranger's pull request, so it cannot
// decide that itself. Pure; asked before a byte is sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cloud/credentials.hpp"
#include "engine/core/url.hpp"
#include "engine/model/workspace.hpp"

namespace gild {

enum class Trust {
  none,
  vendor,    // below one of the vendor's domains
  loopback,  // this machine
  named,     // in GILD_TRUSTED_HOSTS
};

// `trusted_hosts`: "host" for every port of it, or "host:port", separated by commas; exact, no patterns.
// Throws Error(usage) where an item of it is no host.
Trust trust_in(const Url& url, std::string_view trusted_hosts);

// Where requests of a Workspace go and which certificates count there.
struct TrustedEndpoint {
  Url url;
  std::vector<std::string> ca_files;  // beside the system's own
};
struct TrustedEndpoints {
  TrustedEndpoint workspace;
  TrustedEndpoint iam;
};

// Throws Error(refused) where a host may not be given credentials, where one is plain HTTP outside this machine, or
// where `ca_file` is given for a host for which the manifest may not choose certificates.
TrustedEndpoints check_endpoints(const Workspace& workspace, const Environment& environment);

}  // namespace gild
