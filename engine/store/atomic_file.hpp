// SPDX-License-Identifier: Apache-2.0
// A file that is either the old one or the whole new one, whenever the power goes: written beside, synced, renamed into
// place, and the folder synced. Rejected: truncating and writing in place, which a full disk turns into no file at all.
#pragma once

#include <string>
#include <string_view>

#include "engine/seams/disk.hpp"

namespace gild {

class AtomicFile {
 public:
  // `path` must not be a symbolic link (Disk::resolve): the rename would replace the link and not what it leads to.
  // Only one writer at a time, since the file beside has a fixed name, so that a crash leaves at most one of them.
  AtomicFile(Disk& disk, std::string path);
  // Without commit() nothing has happened: what was written beside is removed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  // Returns when the new content has taken the old one's place for good.
  void commit();

 private:
  Disk& disk_;
  std::string path_;
  std::string beside_;
  std::unique_ptr<DiskFile> file_;
  std::uint64_t size_ = 0;
  bool renamed_ = false;
};

void write_atomically(Disk& disk, const std::string& path, std::string_view bytes);

}  // namespace gild
