// SPDX-License-Identifier: Apache-2.0
// One file that `desktop_files` names.
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

#include "tests/fuzz/manifest_checks.hpp"

namespace {

constexpr const char* kManifest = R"(apiVersion: gild/v1
kind: Workspace
metadata: {name: prod}
spec: {region: r-1, project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9, endpoint: "https://localhost:1", iam_endpoint: "https://localhost:1"}
---
apiVersion: gild/v1
kind: DesktopGroup
metadata: {name: finance}
spec:
  image: {image_id: new, image_type: private}
  desktops: [d-1, D-2]
  desktop_files: [list.txt]
)";

// Made at the first input, gone with the process.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gild-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gild;
  static const Folder folder;
  std::ofstream{folder.path() / "list.txt", std::ios::binary} << fuzz::text_of(data, size);
  fuzz::check_manifest(load_manifest_text((folder.path() / "fleet.yaml").string(), kManifest));
  return 0;
}
