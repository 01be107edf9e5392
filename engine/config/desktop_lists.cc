// SPDX-License-Identifier: Apache-2.0
#include "engine/config/desktop_lists.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/config/field_reader.hpp"
#include "engine/config/local_path.hpp"
#include "engine/config/text_file.hpp"
#include "engine/core/text.hpp"

namespace gild {
namespace {

constexpr std::string_view kBlanks = " \t\r";

// The line without its comment and the blanks around it. A # inside a word is no comment, as in YAML.
std::string_view content_of(std::string_view line) {
  for (std::size_t i = line.find('#'); i != std::string_view::npos; i = line.find('#', i + 1)) {
    if (i > 0 && kBlanks.find(line[i - 1]) == std::string_view::npos) continue;
    line = line.substr(0, i);
    break;
  }
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

void complain(std::string_view id, const Place& place, Reporter& reporter) {
  std::string detail = fmt::format("{} is not a desktop id. {}", in_quotes(id), kIdAdvice);
  if (id.find_first_of(" \t,;\"'") != std::string_view::npos) {
    detail += " One id stands on each line, without commas and quotes; a comment begins with #.";
  }
  reporter.error("bad-value", "Value not allowed", std::move(detail), place);
}

class ListReader {
 public:
  ListReader(SourceMap& sources, Reporter& reporter) : sources_(sources), reporter_(reporter) {}

  void read(const PlacedText& list, GroupDraft& group) {
    const std::string manifest_path = sources_.path(list.place.location.file);
    if (!stays_beside(manifest_path, list.text)) {
      group.desktops_complete = false;
      reporter_.error("bad-path", "Path that is not allowed",
                      fmt::format("{} is a symbolic link to outside the manifest's folder. Put the file itself there.",
                                  in_quotes(list.text)),
                      list.place);
      return;
    }
    const auto known = files_.find(list.text);
    const auto file = known != files_.end() ? known->second : add_file(list.text, sources_, reporter_, &list.place);
    files_.emplace(list.text, file);
    if (!file) {
      group.desktops_complete = false;
      return;
    }
    if (read_lines(*file, group) > 0) return;
    reporter_.warning("no-desktops", "List without desktops",
                      "No line of this file holds an id, so it adds nothing to its group. Add ids, or delete the file.",
                      {{*file, 0, 0}, 1}, {{list.place.location, "It is named here."}});
  }

 private:
  // The number of lines that are not empty.
  std::size_t read_lines(std::uint32_t file, GroupDraft& group) {
    const std::string_view text = sources_.text(file);
    std::size_t count = 0;
    std::uint32_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      ++number;
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      const std::string_view id = content_of(line);
      begin = end + 1;
      if (id.empty()) continue;
      ++count;
      // Only blanks stand before the id, so bytes are code points there.
      const auto column = static_cast<std::uint32_t>(id.data() - line.data()) + 1;
      const Place place{{file, number, column}, static_cast<std::uint32_t>(count_code_points(id))};
      if (id.size() > kMaxIdLength || !is_id(id)) {
        group.desktops_complete = false;
        complain(id, place, reporter_);
        continue;
      }
      DesktopEntry entry;
      entry.id = DesktopId{id};
      entry.location = place.location;
      group.desktops.push_back({std::move(entry), place.length});
    }
    return count;
  }

  SourceMap& sources_;
  Reporter& reporter_;
  std::map<std::string, std::optional<std::uint32_t>> files_;
};

}  // namespace

void read_desktop_lists(std::vector<GroupDraft>& groups, SourceMap& sources, Reporter& reporter) {
  ListReader reader{sources, reporter};
  for (GroupDraft& group : groups) {
    std::map<std::string_view, const PlacedText*> named;
    for (const PlacedText& list : group.lists) {
      const auto [first, is_new] = named.emplace(list.text, &list);
      if (is_new) {
        reader.read(list, group);
        continue;
      }
      reporter.error("duplicate-file", "File named twice",
                     "This group names the same list of desktops twice. Delete one of the two.", list.place,
                     {{first->second->place.location, "It is named here for the first time."}});
    }
  }
}

}  // namespace gild
