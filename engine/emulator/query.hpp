// SPDX-License-Identifier: Apache-2.0
// The parameters of a query, taken out one by one and checked; what nobody has taken is an error, so that a parameter
// that the real service would not know cannot pass unseen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/simulation/service_values.hpp"

namespace gild::emulator {

class Query {
 public:
  explicit Query(std::string_view query);

  std::optional<std::string> take(std::string_view name);  // given twice: the second one stays and is an error
  std::vector<std::string> take_all(std::string_view name);
  std::int64_t take_integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  // Known to the service and without meaning for the emulator.
  void pass_over(std::string_view name) { (void)take_all(name); }
  // The first thing that is wrong, unknown parameters included.
  std::optional<Refusal> problem() const;

 private:
  std::vector<std::pair<std::string, std::string>> left_;
  std::optional<Refusal> problem_;
};

}  // namespace gild::emulator
