// SPDX-License-Identifier: Apache-2.0
#include "cli/views/completion.hpp"

#include <algorithm>

namespace gild::completion {

Arguments arguments_of(const Command& command) {
  Arguments arguments;
  // What the options would be bound to is gone when this returns; only their names and words are read.
  (void)command.prepare(arguments);
  EverywhereOptions everywhere;
  add_everywhere(arguments, everywhere);
  return arguments;
}

std::vector<Word> words_after(std::string_view family, const std::vector<Command>& commands,
                              const std::vector<CommandFamily>& families) {
  std::vector<Word> words;
  for (const Command& command : commands) {
    const auto blank = command.name.find(' ');
    const std::string_view first = command.name.substr(0, blank);
    if (!family.empty()) {
      if (blank != std::string_view::npos && first == family)
        words.push_back({command.name.substr(blank + 1), command.summary});
    } else if (blank == std::string_view::npos) {
      words.push_back({first, command.summary});
    } else if (std::none_of(words.begin(), words.end(), [&](const Word& word) { return word.word == first; })) {
      const auto found = std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == first; });
      words.push_back({first, found == families.end() ? std::string_view{} : found->summary});
    }
  }
  return words;
}

}  // namespace gild::completion
