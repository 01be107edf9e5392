// SPDX-License-Identifier: Apache-2.0
// A name for what the manifests want: equal for manifests that want the same, wherever and in whatever order it is
// written. A plan carries it so that anybody can tell which manifests the plan was made from.
#pragma once

#include <string>

#include "engine/model/manifest.hpp"

namespace gild {

// The desired state as compact JSON: everything but the places where it stands, sorted by name and id.
std::string canonical_manifest(const Manifest& manifest);
// SHA-256 over it.
std::string manifest_digest(const Manifest& manifest);

}  // namespace gild
