// SPDX-License-Identifier: Apache-2.0
// Who runs gild, as far as the machine and the pipeline tell.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/app.hpp"

namespace gild {

// The user's name from the system, the machine's name, and the commit: from what GitHub and GitLab tell a pipeline,
// else from Git. What cannot be found out is "unknown", or no commit.
Identity identify(const std::function<std::optional<std::string>(const std::string& name)>& environment);

}  // namespace gild
