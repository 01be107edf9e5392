// SPDX-License-Identifier: Apache-2.0
// The journal's file: lines are appended and made durable. Knows nothing of what is in them.
//
// After a write or a sync that failed it takes nothing more (failed() says so): after a failed fsync the kernel may
// have dropped the pages and would call the next fsync a success, so that what is on the disk is known only by reading
// it anew.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/seams/disk.hpp"

namespace gild {

class FileJournal {
 public:
  FileJournal(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  // Gives back room that was reserved and not used.
  ~FileJournal();
  FileJournal(const FileJournal&) = delete;
  FileJournal& operator=(const FileJournal&) = delete;

  // Opens the file, which has this many whole bytes, for appending; what follows them (a torn end) is cut off for good.
  void open(std::uint64_t whole_bytes);
  // Makes it where it is not open. Its name is durable then.
  void create();
  bool is_open() const { return file_ != nullptr; }
  bool empty() const { return end_ == 0; }
  bool failed() const { return failed_; }

  // Room for this many bytes at the end. Where the file system cannot set room aside, NULs are written and synced in
  // the place of the bytes to come: a journal that ends in NULs is a torn one, which readers and the next holder know.
  [[nodiscard]] bool reserve(std::uint64_t bytes);
  // In one write, so that readers beside see it at once. Where that fails, what was written of it is cut off again if
  // that is possible, and IoError is thrown.
  void append(std::string_view line);
  // Does nothing where nothing was appended since the last time.
  void sync();
  // Cuts reserved room off, for good: whoever needs it now for something else may have it.
  void give_back_reserved();
  // For moving the file away: gives reserved room back, and forgets the file.
  void close();

 private:
  bool write_nuls(std::uint64_t bytes);
  void cut_reserved();

  Disk& disk_;
  std::string path_;
  std::unique_ptr<DiskFile> file_;
  std::uint64_t end_ = 0;           // of the whole records
  std::uint64_t reserved_end_ = 0;  // room is set aside up to here
  bool dirty_ = false;
  bool failed_ = false;
};

}  // namespace gild
