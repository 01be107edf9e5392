// SPDX-License-Identifier: Apache-2.0
// What `validate --format sarif` prints: SARIF 2.1.0, the interchange format of programs that find problems in files,
// such as GitHub's code scanning reads it. Columns count code points, as everywhere in gild (`columnKind`). Paths are
// relative to the repository (%SRCROOT%); a file outside it has its whole address.
#pragma once

#include <string>

#include "cli/source_paths.hpp"
#include "engine/core/diagnostic.hpp"

namespace gild {

std::string write_sarif(const Diagnostics& diagnostics, const SourceMap& sources, const RepositoryPaths& paths);

}  // namespace gild
