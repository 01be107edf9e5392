// SPDX-License-Identifier: Apache-2.0
// Addresses of the service as a manifest may give them: https://HOST[:PORT], plain http only to this machine. A
// manifest may come from a stranger's pull request and requests to these addresses carry credentials, so only one plain
// spelling of each is taken. Who may receive credentials at all is decided where requests are made, not here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gild {

// What is wrong with the endpoint and what to write instead, in full sentences; nullopt where nothing is.
std::optional<std::string> find_endpoint_problem(std::string_view endpoint);

}  // namespace gild
