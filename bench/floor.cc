// SPDX-License-Identifier: Apache-2.0
// What `gild plan` is measured against: reads the same bytes, joins them by id, prints how many differ, and does
// nothing else. No check, no message, no batch; nothing that reads a state at all can be much faster.
//
//     floor FOLDER
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <simdjson.h>

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text(fs::file_size(path), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

// Whatever has the length of an id and begins a line, or follows "- ", is one.
void add_ids(std::string_view text, std::vector<std::string>& ids) {
  constexpr std::size_t kUuid = 36;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" -"), line.size()));
    if (line.size() == kUuid && line.find(':') == std::string_view::npos) ids.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string wanted_image(std::string_view text) {
  constexpr std::string_view kKey = "image_id: ";
  const std::size_t at = text.find(kKey) + kKey.size();
  return std::string{text.substr(at, text.find(',', at) - at)};
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 2) return 1;
    const fs::path folder{words[1]};
    std::vector<std::string> ids;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator{folder / "groups"}) {
      if (entry.is_regular_file()) add_ids(read_file(entry.path()), ids);
    }
    const std::string wanted = wanted_image(read_file(folder / "image.yaml"));

    const simdjson::padded_string text = simdjson::padded_string::load((folder / "gild.state.json").string());
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document = parser.iterate(text);
    std::unordered_map<std::string_view, std::string_view> images;
    images.reserve(ids.size());
    for (auto desktop : document["desktops"]) {
      const std::string_view id = desktop["id"];
      images.emplace(id, std::string_view{desktop["image_id"]});
    }
    std::size_t differ = 0;
    for (const std::string& id : ids) {
      const auto found = images.find(id);
      differ += found == images.end() || found->second != wanted ? 1U : 0U;
    }
    std::printf("%zu of %zu\n", differ, ids.size());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
