// SPDX-License-Identifier: Apache-2.0
#include "engine/config/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/text.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// The text of a regular file, or what is wrong with it as the end of a sentence that begins with its name.
struct FileText {
  std::optional<std::string> text;
  std::string problem;
};

FileText read_regular_file(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would already wait.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number() < 0) {
    if (errno == ENOENT) return {std::nullopt, "does not exist. Check the spelling"};
    return {std::nullopt, fmt::format("cannot be opened: {}", std::strerror(errno))};
  }
  struct stat info = {};
  if (fstat(file.number(), &info) != 0) return {std::nullopt, fmt::format("cannot be read: {}", std::strerror(errno))};
  if (!S_ISREG(info.st_mode)) return {std::nullopt, "is not a regular file"};
  if (static_cast<std::uint64_t>(info.st_size) > kLargestFile) {
    return {std::nullopt, "is larger than 256 MiB. Split it into several files"};
  }
  std::string text;
  text.resize(static_cast<std::size_t>(info.st_size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = read(file.number(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {std::nullopt, fmt::format("cannot be read: {}", std::strerror(errno))};
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return {std::move(text), {}};
}

std::string shown(const fs::path& path) {
  const std::string normal = path.lexically_normal().string();
  return normal.empty() ? "." : normal;
}

class Search {
 public:
  Search(SourceMap& sources, Reporter& reporter) : sources_(sources), reporter_(reporter) {}

  void look_at(const std::string& path) {
    struct stat info = {};
    if (stat(path.c_str(), &info) != 0) {
      return complain(
          path, errno == ENOENT ? "No such file or folder" : "File or folder that cannot be read",
          errno == ENOENT
              ? fmt::format("There is no {}. Check the spelling, and the folder that gild runs in.", in_quotes(path))
              : fmt::format("{} cannot be looked at: {}.", in_quotes(path), std::strerror(errno)));
    }
    if (!S_ISDIR(info.st_mode)) return take(path, info);
    std::error_code error;
    root_ = fs::canonical(path, error);
    const std::size_t before = found_.paths.size();
    walk(path, info);
    std::sort(found_.paths.begin() + static_cast<std::ptrdiff_t>(before), found_.paths.end());
  }
  FoundFiles result() && { return std::move(found_); }

 private:
  using FileKey = std::pair<dev_t, ino_t>;

  void complain(const std::string& path, std::string summary, std::string detail) {
    found_.complete = false;
    reporter_.error("unreadable", std::move(summary), std::move(detail), place_of_path(path, sources_));
  }

  void take(const std::string& path, const struct stat& info) {
    if (seen_.insert({info.st_dev, info.st_ino}).second) found_.paths.push_back(shown(path));
  }

  void walk(const fs::path& folder, const struct stat& info) {
    if (!seen_.insert({info.st_dev, info.st_ino}).second) return;  // also ends loops of symbolic links
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
      if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
    }
    if (error) {
      complain(shown(folder), "Folder that cannot be read",
               fmt::format("{} cannot be listed: {}. What it holds is not known.", in_quotes(shown(folder)),
                           error.message()));
    }
    // Sorted here too, so that of two ways to one file always the same is taken.
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) look_inside(entry);
  }

  void look_inside(const fs::path& entry) {
    const bool manifest = entry.extension() == ".yaml" || entry.extension() == ".yml";
    struct stat info = {};
    if (stat(entry.c_str(), &info) != 0) {
      // A dead link to who knows what matters only where it looks like a manifest.
      if (manifest) {
        complain(shown(entry), "File that cannot be read",
                 fmt::format("{} cannot be looked at: {}.", in_quotes(shown(entry)), std::strerror(errno)));
      }
      return;
    }
    const bool folder = S_ISDIR(info.st_mode);
    if (!folder && !manifest) return;
    if (leads_outside(entry)) {
      reporter_.warning(
          "link-outside", "Symbolic link that is not followed",
          fmt::format("{} leads out of the folder that gild was told to read, so it is left out. To read it, "
                      "name it on the command line.",
                      in_quotes(shown(entry))),
          place_of_path(shown(entry), sources_));
      return;
    }
    if (folder) {
      walk(entry, info);
    } else {
      take(entry.string(), info);
    }
  }

  bool leads_outside(const fs::path& entry) const {
    std::error_code error;
    if (!fs::is_symlink(entry, error)) return false;
    const fs::path target = fs::canonical(entry, error);
    return error || std::mismatch(root_.begin(), root_.end(), target.begin(), target.end()).first != root_.end();
  }

  SourceMap& sources_;
  Reporter& reporter_;
  fs::path root_;
  std::set<FileKey> seen_;
  FoundFiles found_;
};

}  // namespace

FoundFiles find_manifest_files(const std::vector<std::string>& paths, SourceMap& sources, Reporter& reporter) {
  Search search{sources, reporter};
  for (const std::string& path : paths) search.look_at(path);
  return std::move(search).result();
}

Place place_of_path(const std::string& path, SourceMap& sources) {
  return {{sources.add(path, {}), 0, 0}, 1};
}

bool take_source(std::uint32_t file, std::string text, SourceMap& sources, Reporter& reporter) {
  if (text.size() > kLargestFile) {
    reporter.error("too-large", "File too large", "It is larger than 256 MiB. Split it into several files.",
                   {{file, 0, 0}, 1});
    return false;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  auto problem = find_text_problem(text);
  sources.set_text(file, std::move(text));
  if (!problem) return true;
  const Locator locator{file, sources.text(file)};
  reporter.error("encoding", std::move(problem->summary), std::move(problem->detail),
                 problem->whole_file ? locator.whole_file() : locator.range(problem->offset, problem->offset + 1));
  return false;
}

bool read_source(std::uint32_t file, SourceMap& sources, Reporter& reporter, const Place* wanted_by) {
  const std::string& path = sources.path(file);
  FileText found = read_regular_file(path);
  if (found.text) return take_source(file, std::move(*found.text), sources, reporter);
  reporter.error("unreadable", "File that cannot be read", fmt::format("{} {}.", in_quotes(path), found.problem),
                 wanted_by != nullptr ? *wanted_by : Place{{file, 0, 0}, 1});
  return false;
}

}  // namespace gild
