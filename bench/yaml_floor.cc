// SPDX-License-Identifier: Apache-2.0
// What `gild plan` of ids in YAML is measured against: yaml-cpp's event parser alone, one thread, over every manifest
// below a folder. Its handler only counts; nothing is kept, checked or joined.
//
//     yaml_floor FOLDER
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

namespace {

namespace fs = std::filesystem;

class Counter : public YAML::EventHandler {
 public:
  std::size_t scalars() const { return scalars_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override { ++scalars_; }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  std::size_t scalars_ = 0;
};

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 2) return 1;
    Counter counter;
    std::size_t files = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator{words[1]}) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream file{entry.path(), std::ios::binary};
      YAML::Parser parser{file};
      while (parser.HandleNextDocument(counter)) continue;
      ++files;
    }
    std::printf("%zu scalars in %zu files\n", counter.scalars(), files);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "yaml_floor: %s\n", error.what());
    return 1;
  }
}
