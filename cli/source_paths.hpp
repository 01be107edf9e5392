// SPDX-License-Identifier: Apache-2.0
// Where a file stands in its repository: what a program that marks lines in a pull request knows it by.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "cli/app.hpp"

namespace gild {

class RepositoryPaths {
 public:
  // Both absolute; `root` is the repository's folder.
  RepositoryPaths(std::filesystem::path root, std::filesystem::path folder)
      : root_(std::move(root)), folder_(std::move(folder)) {}

  // "manifests/fleet.yaml", of a path as it is seen from the folder; nullopt: it is outside the repository.
  std::optional<std::string> relative(const std::string& path) const;
  std::string absolute(const std::string& path) const;

 private:
  std::filesystem::path root_;
  std::filesystem::path folder_;
};

// The repository is what the pipeline says it has checked out (GITHUB_WORKSPACE, CI_PROJECT_DIR) where the current
// folder is in it, else the current folder itself.
RepositoryPaths repository_paths(const App& app);

}  // namespace gild
