// SPDX-License-Identifier: Apache-2.0
#include "engine/core/source_map.hpp"

#include <utility>

#include <fmt/format.h>

namespace gild {

std::uint32_t SourceMap::add(std::string path, std::string text) {
  files_.push_back({std::move(path), std::move(text), {}});
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::string_view SourceMap::line(const Location& location) const {
  if (location.line == 0 || location.file >= files_.size()) return {};
  const File& file = files_[location.file];
  if (file.line_starts.empty()) {
    file.line_starts.push_back(0);
    for (std::size_t i = 0; i < file.text.size(); ++i) {
      if (file.text[i] == '\n') file.line_starts.push_back(i + 1);
    }
  }
  if (location.line > file.line_starts.size()) return {};
  const std::size_t begin = file.line_starts[location.line - 1];
  std::size_t end = file.text.find('\n', begin);
  if (end == std::string::npos) end = file.text.size();
  if (end > begin && file.text[end - 1] == '\r') --end;
  return std::string_view{file.text}.substr(begin, end - begin);
}

std::string SourceMap::describe(const Location& location) const {
  const std::string& path = files_[location.file].path;
  return location.line == 0 ? path : fmt::format("{}:{}:{}", path, location.line, location.column);
}

}  // namespace gild
