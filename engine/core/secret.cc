// SPDX-License-Identifier: Apache-2.0
#include "engine/core/secret.hpp"

#include <algorithm>

namespace gild {
namespace {

constexpr std::size_t kShortestSecret = 4;      // less than this cannot be told from ordinary text
constexpr std::size_t kShortestBeginning = 12;  // of a longer secret that was cut off

}  // namespace

void Redactor::add(const Secret& secret) {
  const std::string& value = secret.reveal();
  if (value.size() < kShortestSecret || std::find(secrets_.begin(), secrets_.end(), value) != secrets_.end()) return;
  secrets_.push_back(value);
  // The longest first: one secret may contain another.
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
}

std::string Redactor::clean(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : secrets_) {
    const std::string_view beginning = std::string_view(secret).substr(0, kShortestBeginning);
    std::size_t at = 0;
    while ((at = out.find(beginning, at)) != std::string::npos) {
      std::size_t length = beginning.size();
      while (length < secret.size() && at + length < out.size() && out[at + length] == secret[length]) ++length;
      out.replace(at, length, "[secret]");
      at += std::string_view("[secret]").size();
    }
  }
  return out;
}

}  // namespace gild
