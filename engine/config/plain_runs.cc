// SPDX-License-Identifier: Apache-2.0
#include "engine/config/plain_runs.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace gild {
namespace {

constexpr std::size_t kLeastLines = 32;   // fewer cost less than making the text anew
constexpr std::size_t kShortestWord = 5;  // null, Null, NULL and ~ are no text
constexpr std::size_t kLongestWord = 255;

constexpr std::array<bool, 256> make_word_table() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  table['.'] = table['_'] = table['-'] = true;
  return table;
}
constexpr std::array<bool, 256> kInWord = make_word_table();

struct Line {
  std::uint32_t indent = 0;
  std::size_t word = 0;
  std::size_t end = 0;  // behind its line feed
};

// The line at `begin` where it is such a one.
std::optional<Line> read_line(std::string_view text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && text[at] == ' ') ++at;
  if (text.substr(at, 2) != "- ") return std::nullopt;
  const Line line{static_cast<std::uint32_t>(at - begin), at + 2, 0};
  at = line.word;
  while (at < text.size() && kInWord[static_cast<unsigned char>(text[at])]) ++at;
  const std::size_t length = at - line.word;
  if (length < kShortestWord || length > kLongestWord || at == text.size() || text[at] != '\n') return std::nullopt;
  const char first = text[line.word];
  if (first == '.' || first == '_' || first == '-') return std::nullopt;
  return Line{line.indent, line.word, at + 1};
}

std::size_t next_line(std::string_view text, std::size_t from) {
  const std::size_t line_end = text.find('\n', from);
  return line_end == std::string_view::npos ? text.size() : line_end + 1;
}

}  // namespace

std::vector<PlainRun> find_plain_runs(std::string_view text) {
  std::vector<PlainRun> runs;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = read_line(text, at);
    if (!first) {
      at = next_line(text, at);
      continue;
    }
    Line last = *first;
    std::size_t last_begin = at;
    std::size_t lines = 1;
    while (const auto line = read_line(text, last.end)) {
      if (line->indent != first->indent) break;
      last_begin = last.end;
      last = *line;
      ++lines;
    }
    if (lines >= kLeastLines) runs.push_back({first->word, first->end, last_begin, last.word, first->indent});
    at = last.end;
  }
  return runs;
}

ShortenedText::ShortenedText(std::string_view text, const std::vector<PlainRun>& runs) {
  std::size_t copied = 0;
  for (const PlainRun& run : runs) {
    text_ += text.substr(copied, run.begin - copied);
    copied = run.end;
    cuts_.push_back({text_.size(), copied - text_.size()});
  }
  text_ += text.substr(copied);
}

std::size_t ShortenedText::original(std::size_t offset) const {
  const auto after = std::upper_bound(cuts_.begin(), cuts_.end(), offset,
                                      [](std::size_t wanted, const Cut& cut) { return wanted < cut.offset; });
  return after == cuts_.begin() ? offset : offset + std::prev(after)->removed;
}

}  // namespace gild
