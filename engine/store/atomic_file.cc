// SPDX-License-Identifier: Apache-2.0
#include "engine/store/atomic_file.hpp"

#include <utility>

namespace gild {

AtomicFile::AtomicFile(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)), beside_(path_ + ".new") {
  disk_.remove(beside_);  // what a crash left
  file_ = disk_.create(beside_);
}

AtomicFile::~AtomicFile() {
  if (renamed_) return;
  try {
    file_.reset();
    disk_.remove(beside_);
  } catch (...) {
    // Litter, no loss: the next writer removes it. A destructor has nobody to tell.
  }
}

void AtomicFile::write(std::string_view bytes) {
  file_->write(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::commit() {
  file_->sync();
  disk_.rename(beside_, path_);
  renamed_ = true;
  disk_.sync_folder(folder_of(path_));
}

void write_atomically(Disk& disk, const std::string& path, std::string_view bytes) {
  AtomicFile file(disk, path);
  file.write(bytes);
  file.commit();
}

}  // namespace gild
