// SPDX-License-Identifier: Apache-2.0
// A value that must never be shown: it has no formatter, no stream operator and no conversion, so that printing one is
// a compile error. reveal() is for the two places that send it; looking for `reveal` finds them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gild {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// Takes secrets out of texts that came from elsewhere. A gateway that refuses a signature answers with the headers it
// saw, the security token among them, cut where its message ends: so a long enough beginning of a secret goes too.
class Redactor {
 public:
  void add(const Secret& secret);
  std::string clean(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;
};

}  // namespace gild
