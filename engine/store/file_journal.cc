// SPDX-License-Identifier: Apache-2.0
#include "engine/store/file_journal.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/store/atomic_file.hpp"

namespace gild {

FileJournal::~FileJournal() {
  try {
    if (file_ && !failed_) cut_reserved();
  } catch (...) {
    // Reserved room is no record: readers pass over it and the next holder cuts it off. A destructor has nobody to
    // tell.
  }
}

void FileJournal::open(std::uint64_t whole_bytes) {
  file_ = disk_.open(path_, FileAccess::write);
  if (!file_) throw IoError(path_, "open", ENOENT);
  end_ = reserved_end_ = whole_bytes;
  if (file_->size() > whole_bytes) file_->truncate(whole_bytes);
  // Synced before anything is built upon it. The holder before us may have died between a write and its sync; and a
  // power cut could bring back bytes of the torn record in the middle of a new one.
  file_->sync();
}

void FileJournal::create() {
  file_ = disk_.create(path_);
  end_ = reserved_end_ = 0;
  disk_.sync_folder(folder_of(path_));
}

bool FileJournal::reserve(std::uint64_t bytes) {
  if (failed_) return false;
  if (end_ + bytes <= reserved_end_) return true;
  switch (file_->reserve(end_, bytes)) {
    case Reservation::done:
      reserved_end_ = end_ + bytes;
      return true;
    case Reservation::no_room:
      return false;
    case Reservation::unsupported:
      return write_nuls(bytes);
  }
  return false;
}

bool FileJournal::write_nuls(std::uint64_t bytes) {
  const std::uint64_t written = std::max(reserved_end_, end_);
  try {
    file_->write(written, std::string(end_ + bytes - written, '\0'));
    // Network file systems tell of a full disk only now.
    file_->sync();
  } catch (const IoError& error) {
    if (error.error_number() != ENOSPC && error.error_number() != EDQUOT) {
      failed_ = true;
      throw;
    }
    file_->truncate(written);
    return false;
  }
  dirty_ = false;
  reserved_end_ = end_ + bytes;
  return true;
}

void FileJournal::append(std::string_view line) {
  try {
    file_->write(end_, line);
  } catch (const IoError&) {
    failed_ = true;
    try {
      file_->truncate(end_);
    } catch (const IoError&) {
      // The torn record stays, and the next holder cuts it off. The first error is the one to tell.
    }
    throw;
  }
  end_ += line.size();
  reserved_end_ = std::max(reserved_end_, end_);
  dirty_ = true;
}

void FileJournal::sync() {
  if (!dirty_) return;
  try {
    file_->sync();
  } catch (const IoError&) {
    failed_ = true;
    throw;
  }
  dirty_ = false;
}

void FileJournal::cut_reserved() {
  if (reserved_end_ > end_) file_->truncate(end_);
  reserved_end_ = end_;
}

void FileJournal::give_back_reserved() {
  if (reserved_end_ <= end_) return;
  cut_reserved();
  // Else a power cut could bring NULs back at the end of a file that nobody repairs any more.
  file_->sync();
}

void FileJournal::close() {
  give_back_reserved();
  file_.reset();
  end_ = reserved_end_ = 0;
}

}  // namespace gild
