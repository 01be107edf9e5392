// SPDX-License-Identifier: Apache-2.0
#include "engine/store/state_file.hpp"

#include "engine/codec/state_codec.hpp"
#include "engine/store/atomic_file.hpp"

namespace gild {

void write_state_file(Disk& disk, const std::string& path, const State& state, std::string_view gild_version) {
  AtomicFile file(disk, path);
  write_state(state, gild_version, [&](std::string_view piece) { file.write(piece); });
  file.commit();
}

}  // namespace gild
