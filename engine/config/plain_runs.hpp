// SPDX-License-Identifier: Apache-2.0
// Long lists of plain words, one a line, as desktop ids stand in manifests. A parser spends microseconds on each of a
// hundred thousand lines that all look the same; so it is shown the first and the last line of such a run, and what
// stands between is added where it says that these two are neighbours in one list (yaml_reader.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

// Lines "- word" that follow each other, equally indented. A word has 5 to 255 letters, digits and . _ - and begins
// with a letter or digit: no such line says anything but "an item, this text", or is part of a longer text as a whole.
struct PlainRun {
  std::size_t first = 0;  // where the word of the first line begins
  std::size_t begin = 0;  // the lines between: from here
  std::size_t end = 0;    // to here
  std::size_t last = 0;   // where the word of the last line begins
  std::uint32_t indent = 0;

  // Calls found(offset, length) for the word of each line between.
  template <class Function>
  void for_each_between(std::string_view text, Function found) const {
    for (std::size_t line = begin; line < end;) {
      const std::size_t line_end = text.find('\n', line);
      const std::size_t word = line + indent + 2;
      found(word, line_end - word);
      line = line_end + 1;
    }
  }
};

// The runs that are long enough to be worth it.
std::vector<PlainRun> find_plain_runs(std::string_view text);

// A text without what stands between in its runs.
class ShortenedText {
 public:
  ShortenedText(std::string_view text, const std::vector<PlainRun>& runs);

  const std::string& text() const { return text_; }
  // Where in the whole text the byte at `offset` stands.
  std::size_t original(std::size_t offset) const;

 private:
  struct Cut {
    std::size_t offset = 0;   // in the shortened text
    std::size_t removed = 0;  // up to here
  };
  std::string text_;
  std::vector<Cut> cuts_;
};

}  // namespace gild
