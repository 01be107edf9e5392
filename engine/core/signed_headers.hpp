// SPDX-License-Identifier: Apache-2.0
// Headers as a signature sees them: what the vendor's scheme and Amazon's have in common.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gild {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Names in lower case, values as `clean` leaves them, sorted.
Headers canonical_headers(const Headers& headers, std::string (*clean)(std::string_view value));
// "host;x-amz-date"
std::string signed_header_names(const Headers& canonical);

}  // namespace gild
