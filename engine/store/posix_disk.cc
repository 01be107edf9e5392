// SPDX-License-Identifier: Apache-2.0
#include "engine/store/posix_disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <span>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.hpp"

namespace gild {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr int kMostLinks = 40;  // as many as the kernel follows

// Calls a system call again for as long as a signal cuts it short.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    // A failed close says nothing that the sync before it did not: nobody here counts on bytes that were not synced.
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

class PosixFile : public DiskFile {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  FileIdentity identity() const override {
    const struct stat status = stat_it();
    return {status.st_dev, status.st_ino};
  }

  std::uint64_t size() const override { return static_cast<std::uint64_t>(stat_it().st_size); }

  std::string read() const override {
    // The size is a hint: the file may grow while it is read, and some file systems tell no size.
    constexpr std::size_t kLeast = 4096;
    std::string bytes(static_cast<std::size_t>(size()) + kLeast, '\0');
    std::size_t filled = 0;
    for (;;) {
      if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
      const std::size_t count = read_some(filled, std::span(bytes).subspan(filled));
      if (count == 0) break;
      filled += count;
    }
    bytes.resize(filled);
    return bytes;
  }

  std::size_t read(std::uint64_t offset, std::span<char> into) const override {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const std::size_t count = read_some(offset + filled, into.subspan(filled));
      if (count == 0) break;
      filled += count;
    }
    return filled;
  }

  void write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = uninterrupted(
          [&] { return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count < 0) fail("write");
      if (count == 0) {
        errno = EIO;
        fail("write");
      }
      offset += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void truncate(std::uint64_t size) override {
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0) fail("truncate");
  }

  void sync() override {
    // Not repeated after an error: the kernel may have dropped the pages, and a second fsync would then call it done.
    if (uninterrupted([&] { return ::fsync(descriptor_.get()); }) != 0) fail("sync");
  }

  Reservation reserve(std::uint64_t offset, std::uint64_t bytes) override {
    const int result = uninterrupted([&] {
      return ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes));
    });
    if (result == 0) return Reservation::done;
    switch (errno) {
      case ENOSPC:
      case EDQUOT:
      case EFBIG:
        return Reservation::no_room;
      case EOPNOTSUPP:
      case ENOSYS:
      case EINVAL:
      case ENODEV:
        return Reservation::unsupported;
      default:
        fail("reserve room in");
    }
  }

  bool try_lock(FileLockKind kind) override {
    const int operation = (kind == FileLockKind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (uninterrupted([&] { return ::flock(descriptor_.get(), operation); }) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    fail("lock");
  }

 private:
  std::size_t read_some(std::uint64_t offset, std::span<char> into) const {
    const ssize_t count =
        uninterrupted([&] { return ::pread(descriptor_.get(), into.data(), into.size(), static_cast<off_t>(offset)); });
    if (count < 0) fail("read");
    return static_cast<std::size_t>(count);
  }
  struct stat stat_it() const {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) fail("look at");
    return status;
  }
  [[noreturn]] void fail(const char* action) const { throw IoError(path_, action, errno); }

  Descriptor descriptor_;
  std::string path_;
};

// O_NONBLOCK, so that a pipe in the place of a file is refused and not waited for; it means nothing for files.
std::unique_ptr<DiskFile> open_file(const std::string& path, int flags, const char* action) {
  Descriptor descriptor{
      uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kFileMode); })};
  if (descriptor.get() < 0) {
    if (errno == ENOENT && (flags & O_CREAT) == 0) return nullptr;
    throw IoError(path, action, errno);
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) throw IoError(path, action, errno);
  if (!S_ISREG(status.st_mode)) throw IoError(path, action, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  // The umask can only have taken from the mode.
  if ((flags & O_CREAT) != 0 && ::fchmod(descriptor.get(), kFileMode) != 0) throw IoError(path, action, errno);
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

std::string folder_prefix_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  return path.substr(0, slash + 1);
}

}  // namespace

std::string PosixDisk::resolve(const std::string& path) {
  std::string resolved = path;
  for (int links = 0; links < kMostLinks; ++links) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(resolved.c_str(), target.data(), target.size());
    if (length < 0) {
      // EINVAL: not a link. ENOENT: nothing there yet. Whatever else is wrong shows when the file is opened.
      return resolved;
    }
    const std::string_view name(target.data(), static_cast<std::size_t>(length));
    resolved = name.starts_with('/') ? std::string(name) : folder_prefix_of(resolved).append(name);
  }
  throw IoError(path, "follow the links of", ELOOP);
}

bool PosixDisk::is_folder(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw IoError(path, "look at", errno);
}

std::unique_ptr<DiskFile> PosixDisk::open(const std::string& path, FileAccess access) {
  return open_file(path, access == FileAccess::read ? O_RDONLY : O_RDWR, "open");
}

std::unique_ptr<DiskFile> PosixDisk::open_or_create(const std::string& path) {
  for (;;) {
    if (auto file = open(path, FileAccess::write)) return file;
    try {
      return create(path);
    } catch (const IoError& error) {
      // Somebody else made it since we looked: theirs is as good as ours. A link to nowhere exists without being there.
      if (error.error_number() != EEXIST || resolve(path) != path) throw;
    }
  }
}

std::unique_ptr<DiskFile> PosixDisk::create(const std::string& path) {
  return open_file(path, O_RDWR | O_CREAT | O_EXCL, "create");
}

void PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw IoError(to, "move " + from + " to", errno);
}

void PosixDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw IoError(path, "remove", errno);
}

void PosixDisk::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) {
    if (::chmod(path.c_str(), kFolderMode) == 0) return;  // the umask can only have taken from the mode
  } else if (errno == EEXIST) {
    if (is_folder(path)) return;
    errno = ENOTDIR;
  }
  throw IoError(path, "make the folder", errno);
}

void PosixDisk::sync_folder(const std::string& path) {
  const Descriptor descriptor{uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); })};
  if (descriptor.get() < 0) throw IoError(path, "open the folder", errno);
  if (uninterrupted([&] { return ::fsync(descriptor.get()); }) == 0) return;
  // Some network file systems cannot sync a folder and need not: they make names durable by themselves.
  if (errno == EINVAL || errno == EOPNOTSUPP) return;
  throw IoError(path, "sync the folder", errno);
}

std::vector<std::string> PosixDisk::list(const std::string& path) {
  struct CloseFolder {
    void operator()(DIR* open_folder) const { ::closedir(open_folder); }
  };
  const std::unique_ptr<DIR, CloseFolder> folder{::opendir(path.c_str())};
  if (!folder) {
    if (errno == ENOENT) return {};
    throw IoError(path, "list the folder", errno);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw IoError(path, "list the folder", errno);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace gild
