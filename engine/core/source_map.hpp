// SPDX-License-Identifier: Apache-2.0
// Where something stands in what the user wrote, and how to show it: file, line and column, and the line itself with a
// caret under it. Lines and columns count from 1; a column counts Unicode code points, as editors do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gild {

// Twelve bytes, so that a manifest of a hundred thousand desktops can afford one for each. line 0 means "the file as a
// whole".
struct Location {
  std::uint32_t file = 0;  // index into the SourceMap
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Location&, const Location&) = default;
};

class SourceMap {
 public:
  // Adds a file and returns its index. `text` is kept for excerpts.
  std::uint32_t add(std::string path, std::string text);
  // Gives a file that was added without a text its text. Different files may be given theirs side by side, and read.
  void set_text(std::uint32_t file, std::string text) { files_[file].text = std::move(text); }

  const std::string& path(std::uint32_t file) const { return files_[file].path; }
  const std::string& text(std::uint32_t file) const { return files_[file].text; }
  std::size_t size() const { return files_.size(); }

  // The text of one line, without its line break; empty where there is no such line.
  std::string_view line(const Location& location) const;
  // "fleet.yaml:14:5", or "fleet.yaml" for a whole file.
  std::string describe(const Location& location) const;

 private:
  struct File {
    std::string path;
    std::string text;
    mutable std::vector<std::size_t> line_starts;  // made at the first question: most runs have no complaint
  };
  std::vector<File> files_;
};

}  // namespace gild
