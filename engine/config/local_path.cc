// SPDX-License-Identifier: Apache-2.0
#include "engine/config/local_path.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "engine/config/field_reader.hpp"

namespace gild {
namespace fs = std::filesystem;

std::optional<std::string> find_local_path_problem(std::string_view path) {
  if (path.starts_with('/')) {
    return fmt::format(
        "{} begins at the root of the machine. The file has to stand beside or below the manifest; write "
        "the path from there.",
        in_quotes(path));
  }
  if (path.find('\\') != std::string_view::npos || !is_single_line(path)) {
    return fmt::format("{} holds a backslash or a control character. Write folders with /.", in_quotes(path));
  }
  const fs::path parts{path};
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) {
    return fmt::format("{} leads out of the manifest's folder. The file has to stand beside or below the manifest.",
                       in_quotes(path));
  }
  return std::nullopt;
}

std::string beside(std::string_view manifest_path, std::string_view path) {
  return (fs::path{manifest_path}.parent_path() / path).lexically_normal().string();
}

const std::optional<fs::path>& RealFolders::of(const fs::path& folder) {
  const auto [entry, is_new] = known_.try_emplace(folder.string());
  if (is_new) {
    std::error_code error;
    fs::path real = fs::canonical(folder.empty() ? fs::path{"."} : folder, error);
    if (!error) entry->second = std::move(real);
  }
  return entry->second;
}

bool stays_beside(std::string_view manifest_path, const std::string& path, RealFolders& folders) {
  const std::optional<fs::path> folder = folders.of(fs::path{manifest_path}.parent_path());
  if (!folder) return true;
  std::error_code error;
  std::optional<fs::path> target = folders.of(fs::path{path}.parent_path());
  if (fs::is_symlink(path, error)) target = fs::canonical(path, error);
  if (error || !target) return true;  // not there, or a loop: whoever opens it says so
  return std::mismatch(folder->begin(), folder->end(), target->begin(), target->end()).first == folder->end();
}

}  // namespace gild
