// SPDX-License-Identifier: Apache-2.0
// Text → YAML documents. The one place that knows yaml-cpp: its events, its marks (bytes, counted from 0) and what it
// lets pass although YAML forbids it. After a mistake it goes on at the next `---`, so that one slip does not hide the
// rest.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "engine/config/yaml_document.hpp"

namespace gild {

// A mistake in the grammar of YAML, in our words.
struct YamlProblem {
  std::string code;
  std::string summary;
  std::string detail;
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct YamlCallbacks {
  std::function<void(const YamlDocument&)> on_document;
  std::function<void(const YamlProblem&)> on_problem;
};

// `text` must be free of the problems that find_text_problem() finds, and not longer than 256 MiB.
void read_yaml(std::string_view text, const YamlCallbacks& callbacks);
// The same, every line by yaml-cpp; what read_yaml() is held to in tests.
void read_yaml_line_by_line(std::string_view text, const YamlCallbacks& callbacks);

}  // namespace gild
