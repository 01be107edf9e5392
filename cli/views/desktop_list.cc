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
  kinds_[{rank, text}].push_back(std::move(label));
}

std::string DesktopList::render(std::size_t width, bool every) const {
  using Kind = std::pair<const std::pair<int, std::string>, std::vector<std::string>>;
  std::vector<const Kind*> kinds;
  for (const Kind& kind : kinds_) kinds.push_back(&kind);
  std::stable_sort(kinds.begin(), kinds.end(), [](const Kind* a, const Kind* b) {
    return a->first.first != b->first.first ? a->first.first < b->first.first : a->second.size() > b->second.size();
  });
  std::string out;
  for (const Kind* kind : kinds) {
    const auto& labels = kind->second;
    out += wrap(kind->first.second, width, fmt::format("    {:>7}  ", grouped(labels.size())), std::string(13, ' '));
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
