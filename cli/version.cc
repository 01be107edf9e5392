// SPDX-License-Identifier: Apache-2.0
#include "cli/version.hpp"

namespace gild {

std::string_view version() {
  return GILD_VERSION;
}

}  // namespace gild
