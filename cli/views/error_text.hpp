// SPDX-License-Identifier: Apache-2.0
// An Error for people, on standard error:
//
//     error: The service answered 403 to the list of desktops: WKS.0403 Forbidden
//       while reading page 3 of the desktops
//       while refreshing workspace prod
//
//       Check that the credentials may …
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/style.hpp"
#include "engine/core/error.hpp"

namespace gild {

// `width`: where sentences are broken, on a terminal; kUnbroken leaves each on its line, for logs and programs. Lines
// that are moved in, which are there to be copied, are never broken.
inline constexpr std::size_t kUnbroken = 0;

std::string render_error(const Error& error, std::size_t width, const Style& style);

// The same shape for what a view says itself: "warning", "note".
std::string render_message(std::string_view label, std::string_view message, std::string_view advice, std::size_t width,
                           const Style& style);

}  // namespace gild
