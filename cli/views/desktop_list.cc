// SPDX-License-Identifier: Apache-2.0
#include "cli/views/desktop_list.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/views/layout.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::size_t kShown = 8;

}  // namespace

void DesktopList::add(int rank, const std::string& text, std::string label) {
  kinds_[{rank, text}].labels.push_back(std::move(label));
}

void DesktopList::add_quietly(int rank, const std::string& text, std::string label) {
  Kind& kind = kinds_[{rank, text}];
  kind.labels.push_back(std::move(label));
  kind.quiet = true;
}

std::string DesktopList::render(std::size_t width, bool every) const {
  using Entry = std::pair<const std::pair<int, std::string>, Kind>;
  std::vector<const Entry*> entries;
  for (const Entry& entry : kinds_) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return a->first.first != b->first.first ? a->first.first < b->first.first
                                            : a->second.labels.size() > b->second.labels.size();
  });
  std::string out;
  for (const Entry* entry : entries) {
    const auto& labels = entry->second.labels;
    out += wrap(entry->first.second, width, fmt::format("    {:>7}  ", grouped(labels.size())), std::string(13, ' '));
    if (entry->second.quiet && !every) continue;
    const std::size_t shown = every ? labels.size() : std::min(labels.size(), kShown);
    std::string line;
    for (std::size_t i = 0; i < shown; ++i) line += (i > 0 ? ", " : "") + labels[i];
    if (shown < labels.size()) line += fmt::format(" and {} more", grouped(labels.size() - shown));
    const std::string indent(15, ' ');
    out += wrap(line, width, indent, indent);
  }
  return out;
}

}  // namespace gild
