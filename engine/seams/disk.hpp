// SPDX-License-Identifier: Apache-2.0
// The few things that keeping a state asks of a file system, each about one system call, so that a simulated disk can
// lose power between any two of them, fill up, and forget what was not synced. Not a general file library.
//
// Everything throws IoError where it fails, unless it says otherwise. Files are made with mode 0600 and folders with
// 0700, whatever the umask is. A path that names something else than a file (a folder, a pipe) is an IoError too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gild {

// Tells whether a path still leads to the file that is open. Good as long as that file is open: then nobody else can be
// given its number.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

enum class Reservation { done, no_room, unsupported };
enum class FileLockKind { shared, exclusive };
enum class FileAccess { read, write };

// An open file. Destroying it closes it, which lets go of its lock.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  virtual FileIdentity identity() const = 0;
  virtual std::uint64_t size() const = 0;
  // All of it, from the beginning.
  virtual std::string read() const = 0;
  // From `offset` on, as much as there is room for; less only where the file ends. Says how much.
  virtual std::size_t read(std::uint64_t offset, std::span<char> into) const = 0;
  // All of `bytes` or an IoError; then any part of them may have been written.
  virtual void write(std::uint64_t offset, std::string_view bytes) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  // Returns when the content would survive a power cut. The name of a new file needs Disk::sync_folder besides.
  virtual void sync() = 0;
  // Sets room aside for `bytes` from `offset` on, without changing the size. Throws only for what is neither a lack of
  // room nor a lack of the function.
  [[nodiscard]] virtual Reservation reserve(std::uint64_t offset, std::uint64_t bytes) = 0;
  // Advisory, for the open file and so for the process: the kernel lets go of it when the process dies, however it
  // dies.
  [[nodiscard]] virtual bool try_lock(FileLockKind kind) = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // Where a path leads when it is a symbolic link, else the path itself; the file need not exist.
  virtual std::string resolve(const std::string& path) = 0;
  virtual bool is_folder(const std::string& path) = 0;
  // nullptr where there is no such file.
  virtual std::unique_ptr<DiskFile> open(const std::string& path, FileAccess access) = 0;
  // Makes an empty file where there is none; does not empty one that exists.
  virtual std::unique_ptr<DiskFile> open_or_create(const std::string& path) = 0;
  // Makes a new file; EEXIST where there is one.
  virtual std::unique_ptr<DiskFile> create(const std::string& path) = 0;
  // Takes the place of a file at `to`.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  // Fine where there is none.
  virtual void remove(const std::string& path) = 0;
  // Fine where it exists.
  virtual void make_folder(const std::string& path) = 0;
  // Returns when the names in this folder (made, renamed, removed) would survive a power cut.
  virtual void sync_folder(const std::string& path) = 0;
  // Names, sorted, without "." and ".."; empty where there is no such folder.
  virtual std::vector<std::string> list(const std::string& path) = 0;
};

// "some/folder" of "some/folder/file", "." where there is none.
inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace gild
