// SPDX-License-Identifier: Apache-2.0
#include "engine/store/errored_state.hpp"

#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "engine/codec/state_codec.hpp"
#include "engine/core/error.hpp"

namespace gild {
namespace {

std::unique_ptr<DiskFile> create_next(Disk& disk, const std::string& folder, std::string& path) {
  for (int number = 1;; ++number) {
    path = number == 1 ? folder + "/errored.gild.state.json"
                       : fmt::format("{}/errored.gild.state.{}.json", folder, number);
    try {
      return disk.create(path);
    } catch (const IoError& error) {
      if (error.error_number() != EEXIST) throw;
    }
  }
}

}  // namespace

ErroredState write_errored_state(const State& state, const std::string& folder, Disk& disk,
                                 const std::string& gild_version) {
  ErroredState result{std::nullopt, write_state(state, gild_version), {}};
  std::string path;
  std::unique_ptr<DiskFile> file;
  try {
    file = create_next(disk, folder, path);
    file->write(0, result.text);
    file->sync();
    disk.sync_folder(folder);
    result.path = path;
  } catch (const IoError& error) {
    result.why = error.what();
    if (!file) return result;
    try {
      disk.remove(path);  // half a state must not be taken for a whole one
    } catch (const IoError&) {
      // It stays; the first error is the one to tell.
    }
  }
  return result;
}

}  // namespace gild
