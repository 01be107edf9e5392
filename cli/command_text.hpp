// SPDX-License-Identifier: Apache-2.0
// A gild command that a message offers for copying: every word is one that a shell takes as it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ops/narrowing.hpp"

namespace gild {

class CommandText {
 public:
  // `words`: "gild apply".
  explicit CommandText(std::string words) : text_(std::move(words)) {}

  CommandText& flag(std::string_view name, bool given);
  // A URL that holds a password is never printed; "$GILD_STATE" stands in its place.
  CommandText& option(std::string_view name, const std::optional<std::string>& value);
  CommandText& narrowing(const Narrowing& narrowing);
  CommandText& words(const std::vector<std::string>& words);
  const std::string& str() const { return text_; }

 private:
  CommandText& word(std::string_view word);

  std::string text_;
};

}  // namespace gild
