// SPDX-License-Identifier: Apache-2.0
#include "engine/config/reporter.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kLongestQuote = 80;

bool same_complaint(const Diagnostic& a, const Diagnostic& b) {
  return a.location == b.location && a.code == b.code && a.summary == b.summary && a.detail == b.detail;
}

}  // namespace

void Reporter::error(std::string code, std::string summary, std::string detail, const Place& place,
                     std::vector<RelatedPlace> related) {
  add_error({Severity::error, std::move(code), std::move(summary), std::move(detail), place.location, place.length,
             std::move(related)});
}

void Reporter::add_error(Diagnostic diagnostic) {
  if (!errors_.empty() && same_complaint(errors_.back(), diagnostic)) return;
  if (errors_.size() < kMostComplaints) {
    errors_.push_back(std::move(diagnostic));
  } else {
    ++unshown_errors_;
  }
}

void Reporter::warning(std::string code, std::string summary, std::string detail, const Place& place,
                       std::vector<RelatedPlace> related) {
  if (warnings_.size() == kMostComplaints) return;
  warnings_.push_back({Severity::warning, std::move(code), std::move(summary), std::move(detail), place.location,
                       place.length, std::move(related)});
}

void Reporter::absorb(Reporter&& other) {
  for (Diagnostic& error : other.errors_) add_error(std::move(error));
  for (Diagnostic& warning : other.warnings_) {
    if (warnings_.size() < kMostComplaints) warnings_.push_back(std::move(warning));
  }
  unshown_errors_ += other.unshown_errors_;
}

Diagnostics Reporter::take() const {
  std::vector<Diagnostic> all = errors_;
  all.insert(all.end(), warnings_.begin(), warnings_.end());
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.location.file, a.location.line, a.location.column, a.code, a.detail) <
           std::tie(b.location.file, b.location.line, b.location.column, b.code, b.detail);
  });
  all.erase(std::unique(all.begin(), all.end(), same_complaint), all.end());
  Diagnostics out;
  for (Diagnostic& diagnostic : all) out.add(std::move(diagnostic));
  if (unshown_errors_ > 0) {
    Diagnostic last = out.items().back();
    out.add({Severity::error,
             "too-many-errors",
             "Too many errors",
             fmt::format("{} not shown. Mend the ones above first; often one cause is behind many of them.",
                         plural(unshown_errors_, "further error is", "further errors are")),
             Location{last.location.file, 0, 0},
             1,
             {}});
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string shown;
  if (text.size() > kLongestQuote * 4) text = text.substr(0, kLongestQuote * 4);
  const auto points = code_points(text);
  const bool cut = points.size() > kLongestQuote;
  for (std::size_t i = 0; i < (cut ? kLongestQuote - 3 : points.size()); ++i) shown += escape_controls(points[i]);
  return fmt::format("\"{}{}\"", shown, cut ? "..." : "");
}

}  // namespace gild
