// SPDX-License-Identifier: Apache-2.0
#include "engine/emulator/query.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/emulator/exchange.hpp"

namespace gild::emulator {

Query::Query(std::string_view query) : left_(query_parameters(query)) {}

std::optional<std::string> Query::take(std::string_view name) {
  const auto found = std::find_if(left_.begin(), left_.end(), [&](const auto& pair) { return pair.first == name; });
  if (found == left_.end()) return std::nullopt;
  std::string value = std::move(found->second);
  left_.erase(found);
  return value;
}

std::vector<std::string> Query::take_all(std::string_view name) {
  std::vector<std::string> values;
  while (auto value = take(name)) values.push_back(std::move(*value));
  return values;
}

std::int64_t Query::take_integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const auto text = take(name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool whole = error == std::errc{} && end == text->data() + text->size();
  if (whole && number >= least && number <= most) return number;
  if (!problem_) {
    problem_ = Refusal{400, "WKS.00010001", fmt::format("{} must be a number from {} to {}.", name, least, most)};
  }
  return fallback;
}

std::optional<Refusal> Query::problem() const {
  if (problem_ || left_.empty()) return problem_;
  return Refusal{400, "WKS.00010001",
                 fmt::format("The query parameter {} is unknown or given too often.", left_.front().first)};
}

}  // namespace gild::emulator
