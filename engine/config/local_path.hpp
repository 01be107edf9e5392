// SPDX-License-Identifier: Apache-2.0
// Paths that a manifest gives to files of its own: beside or below it, so that a manifest from a stranger cannot make
// gild open anything else.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gild {

// What is wrong with the way the path is written and what to write instead; nullopt where nothing is.
std::optional<std::string> find_local_path_problem(std::string_view path);

// The path as seen from the working folder, of a path without a problem in the manifest at `manifest_path`.
std::string beside(std::string_view manifest_path, std::string_view path);

// Where folders really are, symbolic links followed. Each is looked at once: the files of a manifest share few.
class RealFolders {
 public:
  // nullopt where there is no such folder. "" is the working folder.
  const std::optional<std::filesystem::path>& of(const std::filesystem::path& folder);

 private:
  std::map<std::string, std::optional<std::filesystem::path>> known_;
};

// False where symbolic links lead from `path` to somewhere outside the folder of the manifest. True where nothing is
// there.
bool stays_beside(std::string_view manifest_path, const std::string& path, RealFolders& folders);

}  // namespace gild
