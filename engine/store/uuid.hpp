// SPDX-License-Identifier: Apache-2.0
// Names that nobody else has: a state's lineage, a lock's id.
#pragma once

#include <functional>
#include <string>

namespace gild {

// A UUID of version 4 from the kernel's random source.
std::string random_uuid();

// How a store makes them, so that a simulated one can make the same ones again.
using UuidSource = std::function<std::string()>;

}  // namespace gild
