// SPDX-License-Identifier: Apache-2.0
#include "engine/core/signed_headers.hpp"

#include <algorithm>

namespace gild {

Headers canonical_headers(const Headers& headers, std::string (*clean)(std::string_view value)) {
  Headers out;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    out.emplace_back(std::move(lower), clean(value));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string signed_header_names(const Headers& canonical) {
  std::string out;
  for (const auto& header : canonical) out += (out.empty() ? "" : ";") + header.first;
  return out;
}

}  // namespace gild
