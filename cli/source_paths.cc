// SPDX-License-Identifier: Apache-2.0
#include "cli/source_paths.hpp"

#include <algorithm>
#include <system_error>

namespace gild {
namespace {

namespace fs = std::filesystem;

bool is_within(const fs::path& path, const fs::path& root) {
  const auto [in_root, in_path] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return in_root == root.end();
}

}  // namespace

std::string RepositoryPaths::absolute(const std::string& path) const {
  return (folder_ / path).lexically_normal().string();
}

std::optional<std::string> RepositoryPaths::relative(const std::string& path) const {
  const fs::path whole = absolute(path);
  if (!is_within(whole, root_)) return std::nullopt;
  return whole.lexically_relative(root_).string();
}

RepositoryPaths repository_paths(const App& app) {
  const fs::path folder = fs::current_path();
  for (const char* name : {"GITHUB_WORKSPACE", "CI_PROJECT_DIR"}) {
    const std::optional<std::string> said = app.environment(name);
    if (!said) continue;
    std::error_code missing;
    const fs::path root = fs::canonical(*said, missing);  // as the current folder is
    if (!missing && is_within(folder, root)) return {root, folder};
  }
  return {folder, folder};
}

}  // namespace gild
