// SPDX-License-Identifier: Apache-2.0
// What `validate --format github` prints: a workflow command for each problem, which marks its line in the pull
// request. Errors come first, since GitHub shows the first ten errors and ten warnings of a step, and no more.
#pragma once

#include <string>

#include "cli/source_paths.hpp"
#include "engine/core/diagnostic.hpp"

namespace gild {

std::string render_workflow_commands(const Diagnostics& diagnostics, const SourceMap& sources,
                                     const RepositoryPaths& paths);

}  // namespace gild
