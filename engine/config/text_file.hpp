// SPDX-License-Identifier: Apache-2.0
// Files in which the user wrote something: found, opened and read as text, with a complaint that names the place where
// that fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/reporter.hpp"
#include "engine/core/source_map.hpp"

namespace gild {

inline constexpr std::size_t kLargestFile = std::size_t{256} << 20U;  // contract 3

// The manifest files that `paths` mean: a file is itself; a folder is every *.yaml and *.yml below it, hidden ones left
// out, in sorted order. Each file once, however many ways lead to it.
struct FoundFiles {
  std::vector<std::string> paths;
  bool complete = true;  // false: something could not be looked at, and has its complaint
};
FoundFiles find_manifest_files(const std::vector<std::string>& paths, SourceMap& sources, Reporter& reporter);

// A place for complaints about a file or folder as a whole, of which nothing was read.
Place place_of_path(const std::string& path, SourceMap& sources);

// Gives file number `file` of the sources its text, without a byte order mark at the front. False where it cannot be
// read as text, which has its complaint then.
bool take_source(std::uint32_t file, std::string text, SourceMap& sources, Reporter& reporter);

// The same with the text of the file at that number's path. Only regular files are read: a pipe would wait for ever.
// `wanted_by`, where given, is the place in a manifest that names the file; complaints about opening it stand there.
bool read_source(std::uint32_t file, SourceMap& sources, Reporter& reporter, const Place* wanted_by = nullptr);

}  // namespace gild
