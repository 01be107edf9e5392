// SPDX-License-Identifier: Apache-2.0
#include "engine/config/desktop_lists.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/config/field_reader.hpp"
#include "engine/config/local_path.hpp"
#include "engine/config/text_file.hpp"
#include "engine/core/parallel.hpp"
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

// A group's mention of a list, and what was read there.
struct Mention {
  const PlacedText* list = nullptr;
  std::size_t file = 0;  // index into the files
  std::vector<DesktopEntry> desktops;
  bool complete = true;
  Reporter reporter;
};

// A list is read once, whoever names it.
struct ListFile {
  std::uint32_t number = 0;  // in the sources
  const Place* wanted_by = nullptr;
  bool readable = false;
  Reporter reporter;
};

// The number of lines that are not empty.
std::size_t read_lines(std::string_view text, std::uint32_t file, Mention& mention) {
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
    const Location location{file, number, column};
    if (id.size() > kMaxIdLength || !is_id(id)) {
      mention.complete = false;
      complain(id, {location, static_cast<std::uint32_t>(count_code_points(id))}, mention.reporter);
      continue;
    }
    DesktopEntry& entry = mention.desktops.emplace_back();
    entry.id = DesktopId{id};
    entry.location = location;
    entry.length = static_cast<std::uint32_t>(id.size());  // an id is ASCII
  }
  return count;
}

class ListReader {
 public:
  ListReader(std::vector<GroupDraft>& groups, SourceMap& sources, Reporter& reporter)
      : groups_(groups), sources_(sources), reporter_(reporter) {}

  void read() {
    mentions_.resize(groups_.size());
    for (std::size_t group = 0; group < groups_.size(); ++group) find_mentions(group);
    for_each_index(files_.size(), [&](std::size_t i) {
      ListFile& file = files_[i];
      file.readable = read_source(file.number, sources_, file.reporter, file.wanted_by);
    });
    for_each_index(groups_.size(), [&](std::size_t group) {
      for (Mention& mention : mentions_[group]) read_list(mention);
    });
    for (ListFile& file : files_) reporter_.absorb(std::move(file.reporter));
    for (std::size_t group = 0; group < groups_.size(); ++group) take_over(group);
  }

 private:
  void find_mentions(std::size_t group) {
    std::map<std::string_view, const PlacedText*> named;
    for (const PlacedText& list : groups_[group].lists) {
      const auto [first, is_new] = named.emplace(list.text, &list);
      if (!is_new) {
        reporter_.error("duplicate-file", "File named twice",
                        "This group names the same list of desktops twice. Delete one of the two.", list.place,
                        {{first->second->place.location, "It is named here for the first time."}});
      } else if (!stays_beside(sources_.path(list.place.location.file), list.text, folders_)) {
        groups_[group].desktops_complete = false;
        reporter_.error(
            "bad-path", "Path that is not allowed",
            fmt::format("{} is a symbolic link to outside the manifest's folder. Put the file itself there.",
                        in_quotes(list.text)),
            list.place);
      } else {
        mentions_[group].push_back({&list, file_of(list), {}, true, {}});
      }
    }
  }

  std::size_t file_of(const PlacedText& list) {
    const auto [known, is_new] = numbers_.emplace(list.text, files_.size());
    if (is_new) files_.push_back({sources_.add(list.text, {}), &list.place, false, {}});
    return known->second;
  }

  void read_list(Mention& mention) const {
    const ListFile& file = files_[mention.file];
    mention.complete = file.readable;
    if (!file.readable || read_lines(sources_.text(file.number), file.number, mention) > 0) return;
    mention.reporter.warning(
        "no-desktops", "List without desktops",
        "No line of this file holds an id, so it adds nothing to its group. Add ids, or delete the file.",
        {{file.number, 0, 0}, 1}, {{mention.list->place.location, "It is named here."}});
  }

  void take_over(std::size_t index) {
    GroupDraft& group = groups_[index];
    for (Mention& mention : mentions_[index]) {
      reporter_.absorb(std::move(mention.reporter));
      group.desktops_complete = group.desktops_complete && mention.complete;
      if (group.desktops.empty()) {
        group.desktops = std::move(mention.desktops);
      } else {
        std::move(mention.desktops.begin(), mention.desktops.end(), std::back_inserter(group.desktops));
      }
    }
  }

  std::vector<GroupDraft>& groups_;
  SourceMap& sources_;
  Reporter& reporter_;
  RealFolders folders_;
  std::vector<ListFile> files_;
  std::map<std::string_view, std::size_t> numbers_;
  std::vector<std::vector<Mention>> mentions_;  // by group
};

}  // namespace

void read_desktop_lists(std::vector<GroupDraft>& groups, SourceMap& sources, Reporter& reporter) {
  ListReader{groups, sources, reporter}.read();
}

}  // namespace gild
