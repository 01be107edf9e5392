// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rebuild.hpp"

namespace gild {

std::chrono::minutes delay_of(const RebuildOptions& options) {
  return std::chrono::minutes{options.delay_time.value_or(0)};
}

}  // namespace gild
