// SPDX-License-Identifier: Apache-2.0
// Writing a whole state into a file.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/state.hpp"
#include "engine/seams/disk.hpp"

namespace gild {

// As an atomic file (atomic_file.hpp). Its text goes to the disk in pieces as it is made, so this takes no memory to
// speak of, however large the state is.
void write_state_file(Disk& disk, const std::string& path, const State& state, std::string_view gild_version);

}  // namespace gild
