// SPDX-License-Identifier: Apache-2.0
// Every manifest below tests/golden/manifest, with all that is said about it. tests/schemas asks the schema about
// the same files.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/config/manifest_loader.hpp"
#include "tests/support/golden.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;

// Paths in the complaints are those of a user who works in tests/golden/manifest.
class InManifestFolder {
 public:
  InManifestFolder() : before_(fs::current_path()) { fs::current_path(test::golden_path("manifest")); }
  InManifestFolder(const InManifestFolder&) = delete;
  InManifestFolder& operator=(const InManifestFolder&) = delete;
  ~InManifestFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

std::string render_all(const LoadedManifest& loaded) {
  std::string out;
  for (const Diagnostic& diagnostic : loaded.diagnostics.items()) {
    if (!out.empty()) out += '\n';
    out += render(diagnostic, loaded.sources);
  }
  return out;
}

// The manifests of one folder; a folder in it is a manifest of several files, `lists` holds what others name.
std::vector<std::string> manifests_in(const std::string& folder) {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder}) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".yaml" || (entry.is_directory() && name != "lists"))
      out.push_back(folder + "/" + name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void check_folder(const std::string& folder, bool good) {
  const InManifestFolder here;
  const bool accept = std::getenv("ACCEPT_GOLDEN") != nullptr;
  for (const std::string& path : manifests_in(folder)) {
    INFO(path << "; to accept what is said now: ACCEPT_GOLDEN=1");
    const LoadedManifest loaded = load_manifest({path});
    CHECK(loaded.manifest.has_value() == good);
    CHECK(loaded.diagnostics.has_errors() == !good);
    const fs::path expected = fs::path{path}.replace_extension(".txt");
    if (accept) std::ofstream(expected, std::ios::binary) << render_all(loaded);
    CHECK(render_all(loaded) == test::read_file(expected));
  }
  if (accept)
    FAIL("wrote the files below " << folder << "; look at the difference, then run again without ACCEPT_GOLDEN");
}

TEST_CASE("good manifests load, with the warnings that stand beside them", "[config]") {
  check_folder("good", true);
}

TEST_CASE("what the schema refuses is refused with the words that stand beside it", "[config]") {
  check_folder("bad", false);
}

TEST_CASE("what no schema can see is refused with the words that stand beside it", "[config]") {
  check_folder("bad-beyond-schema", false);
}

}  // namespace
}  // namespace gild
