// SPDX-License-Identifier: Apache-2.0
// An Error for people, on standard error:
//
//     error: The service answered 403 to the list of desktops: WKS.0403 Forbidden
//       while reading page 3 of the desktops
//       while refreshing workspace prod
//
//       Check that the credentials may …
#pragma once

#include <string>
#include <string_view>

#include "cli/style.hpp"
#include "engine/core/error.hpp"

namespace gild {

std::string render_error(const Error& error, const Style& style);

// The same shape for what a view says itself: "warning", "note".
std::string render_message(std::string_view label, std::string_view message, std::string_view advice,
                           const Style& style);

}  // namespace gild
