// SPDX-License-Identifier: Apache-2.0
// One manifest file.
#include "tests/fuzz/manifest_checks.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gild;
  // In a folder that does not exist, so that no list it names is ever found and no input depends on the machine.
  fuzz::check_manifest(load_manifest_text("no-such-folder/fleet.yaml", std::string(fuzz::text_of(data, size))));
  return 0;
}
