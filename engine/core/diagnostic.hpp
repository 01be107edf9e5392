// SPDX-License-Identifier: Apache-2.0
// What is wrong with what the user wrote. A list of these is returned beside a value: all problems of a run are found
// and shown together, in the order in which they stand in the files. Not for failures of the world (error.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/source_map.hpp"

namespace gild {

enum class Severity { error, warning };

// A second place that belongs to the complaint: "the other group that names this desktop".
struct RelatedPlace {
  Location location;
  std::string note;
  friend bool operator==(const RelatedPlace&, const RelatedPlace&) = default;
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;     // "unknown-key": stable, for scripts
  std::string summary;  // short; holds no name that the user chose
  std::string detail;   // full sentences: what is wrong, why it matters, what to write instead
  Location location;
  std::uint32_t length = 1;  // code points to underline, from the location on
  std::vector<RelatedPlace> related;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  std::size_t warning_count() const { return items_.size() - errors_; }
  bool empty() const { return items_.empty(); }
  // Sorted by file, line and column.
  const std::vector<Diagnostic>& items() const { return items_; }
  void sort();

 private:
  std::vector<Diagnostic> items_;
  std::size_t errors_ = 0;
};

// The message form of house style, plain text, without colour:
//
//     error[unknown-key]: Unknown key in desktop group
//       --> fleet.yaml:14:5
//        14 |     imgae: win11-2024-09
//           |     ^^^^^
//       "imgae" is not a key of a desktop group. Did you mean "image"?
std::string render(const Diagnostic& diagnostic, const SourceMap& sources);

}  // namespace gild
