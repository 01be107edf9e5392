// SPDX-License-Identifier: Apache-2.0
// Collects the complaints of one load, whatever file they are about. Shows a complaint once where an alias leads to the
// same mistake many times, and stops counting them one by one where a broken file would bring millions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/source_text.hpp"
#include "engine/core/diagnostic.hpp"

namespace gild {

inline constexpr std::size_t kMostComplaints = 1000;  // errors, and warnings, shown one by one

class Reporter {
 public:
  void error(std::string code, std::string summary, std::string detail, const Place& place,
             std::vector<RelatedPlace> related = {});
  void warning(std::string code, std::string summary, std::string detail, const Place& place,
               std::vector<RelatedPlace> related = {});

  // Takes over what another one has collected, as if it had been told here, in that order.
  void absorb(Reporter&& other);

  bool has_errors() const { return !errors_.empty(); }
  // Sorted by place, each once.
  Diagnostics take() const;

 private:
  void add_error(Diagnostic diagnostic);

  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
  std::size_t unshown_errors_ = 0;
};

// What the user wrote, in double quotes, fit for a message: control characters escaped, and not longer than a line.
std::string in_quotes(std::string_view text);

}  // namespace gild
