// SPDX-License-Identifier: Apache-2.0
// A library to preload (LD_PRELOAD) into a built gild. It stands between the program and the C library, counts the
// calls that leave something behind outside of the process (on a disk, on a connection, on a terminal), and makes one
// of them go wrong: the process ends there as by kill -9, the call fails, is cut short or interrupted, or the clock
// jumps.
//
//   FAULTY_CALLS      rules, separated by commas:
//     kill-before N            ends the process instead of call N
//     kill-after N             carries call N out and ends the process before it learns of it
//     fail N ERROR once        call N on the disk, or the first one behind it that can fail so, fails with ERROR
//     fail N ERROR forever     and so does every later one
//     drop N                   call N on a connection fails with ECONNRESET
//     short SEED               transfers less than was asked for, in both directions
//     interrupt SEED           every third call or so fails with EINTR, without having been carried out, in both
//     directions clock N SECONDS          from call N on the clock of the day is off by so much; 0: from the start
//   FAULTY_CALLS_LOG  a file to which each counted call is appended, as "NUMBER KIND NAME WHAT"
//
// It holds for this process alone: what it starts (git) runs without it. Nothing here allocates after the start, locks
// or goes through an interposed function.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class Kind { disk, connection, stream };

constexpr const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::disk:
      return "disk";
    case Kind::connection:
      return "connection";
    case Kind::stream:
      return "stream";
  }
  return "";
}

struct Failure {
  std::int64_t from = 0;  // 0: none
  int error = 0;
  bool for_ever = false;
};
struct Jump {
  std::int64_t from = 0;
  std::int64_t seconds = 0;
};

struct Rules {
  std::int64_t kill_before = 0;
  std::int64_t kill_after = 0;
  std::int64_t drop = 0;
  bool cut_short = false;
  bool interrupt = false;
  Failure failure;
  std::vector<Jump> jumps;
};

// What the calls share. Made once, before main(), and never destroyed: calls are made until the very end.
struct Interposer {
  Rules rules;
  std::int64_t process = 0;
  int log = -1;
  std::atomic<std::int64_t> calls{0};
  std::atomic<std::int64_t> disk_calls{0};
  std::atomic<std::int64_t> connection_calls{0};
  std::atomic<bool> failed{false};
  std::atomic<std::uint64_t> random{1};
};
Interposer* interposer = nullptr;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "faulty_calls: %s\n", what);
  std::abort();
}

int error_number(std::string_view name) {
  if (name == "ENOSPC") return ENOSPC;
  if (name == "EDQUOT") return EDQUOT;
  if (name == "EIO") return EIO;
  if (name == "EROFS") return EROFS;
  if (name == "EACCES") return EACCES;
  give_up("an error that it does not know");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return parts;
}

void read_rule(const std::string& text, Interposer& into) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() < 2) give_up("a rule without a number");
  const std::int64_t number = std::strtoll(words[1].c_str(), nullptr, 10);
  Rules& rules = into.rules;
  if (words[0] == "kill-before" && words.size() == 2) {
    rules.kill_before = number;
  } else if (words[0] == "kill-after" && words.size() == 2) {
    rules.kill_after = number;
  } else if (words[0] == "drop" && words.size() == 2) {
    rules.drop = number;
  } else if (words[0] == "fail" && words.size() == 4) {
    rules.failure = {number, error_number(words[2]), words[3] == "forever"};
  } else if (words[0] == "clock" && words.size() == 3) {
    rules.jumps.push_back({number, std::strtoll(words[2].c_str(), nullptr, 10)});
  } else if (words[0] == "short" && words.size() == 2) {
    rules.cut_short = true;
    into.random = static_cast<std::uint64_t>(number) * 2 + 1;
  } else if (words[0] == "interrupt" && words.size() == 2) {
    rules.interrupt = true;
    into.random = static_cast<std::uint64_t>(number) * 2 + 1;
  } else {
    give_up("a rule that it does not know");
  }
}

[[gnu::constructor]] void begin() {
  auto made = new Interposer;
  if (const char* rules = std::getenv("FAULTY_CALLS")) {
    for (const std::string& rule : split(rules, ',')) read_rule(rule, *made);
  }
  if (const char* path = std::getenv("FAULTY_CALLS_LOG")) {
    // High up, so that the program's own descriptors keep their numbers.
    constexpr int kHigh = 200;
    const long low = ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    made->log = static_cast<int>(::syscall(SYS_fcntl, low, F_DUPFD_CLOEXEC, kHigh));
    ::syscall(SYS_close, low);
    if (made->log < 0) give_up("it cannot write its log");
  }
  for (const char* name : {"LD_PRELOAD", "FAULTY_CALLS", "FAULTY_CALLS_LOG"}) ::unsetenv(name);
  made->process = ::syscall(SYS_getpid);
  interposer = made;
}

// nullptr: not here. Before begin() the dynamic linker is at work, and a child between vfork() and exec() is not the
// process that this is about.
Interposer* active() {
  if (interposer == nullptr || ::syscall(SYS_getpid) != interposer->process) return nullptr;
  return interposer;
}

std::uint64_t next_random(Interposer& here) {
  // SplitMix64: each number from a counter, so that threads need no lock.
  std::uint64_t z = here.random.fetch_add(0x9e3779b97f4a7c15U) + 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

[[noreturn]] void end_process(const Interposer& here) {
  for (;;) ::syscall(SYS_kill, here.process, SIGKILL);
}

// A disk that is full still lets go of things.
bool can_fail_with(int error, bool needs_room) {
  return needs_room || (error != ENOSPC && error != EDQUOT);
}

bool fails(Interposer& here, std::int64_t number, bool needs_room) {
  const Failure& failure = here.rules.failure;
  if (failure.from == 0 || number < failure.from || !can_fail_with(failure.error, needs_room)) return false;
  return failure.for_ever || !here.failed.exchange(true);
}

struct Call {
  Kind kind;
  const char* name;
  const char* path;  // nullptr: `descriptor` says what it is about
  int descriptor;
  bool needs_room;  // a full disk refuses it
};

void write_log(const Interposer& here, std::int64_t number, const Call& call) {
  char what[512] = "";
  if (call.path != nullptr) {
    std::snprintf(what, sizeof what, "%s", call.path);
  } else {
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", call.descriptor);
    const long length = ::syscall(SYS_readlink, link, what, sizeof what - 1);
    what[length < 0 ? 0 : length] = '\0';
  }
  char line[700];
  const int length = std::snprintf(line, sizeof line, "%lld %s %s %s\n", static_cast<long long>(number),
                                   name_of(call.kind), call.name, what);
  ::syscall(SYS_write, here.log, line, static_cast<std::size_t>(length));
}

// Carries a counted call out, or does to it what the rules say. `real` returns what the call returns.
template <class Real>
auto counted(const Call& call, Real real) -> decltype(real()) {
  Interposer* here = active();
  if (here == nullptr) return real();
  const int error_before = errno;
  const std::int64_t number = ++here->calls;
  if (here->log >= 0) write_log(*here, number, call);
  if (number == here->rules.kill_before) end_process(*here);
  if (call.kind == Kind::disk) {
    if (fails(*here, ++here->disk_calls, call.needs_room)) {
      errno = here->rules.failure.error;
      return -1;
    }
  } else if (call.kind == Kind::connection && ++here->connection_calls == here->rules.drop) {
    errno = ECONNRESET;
    return -1;
  }
  errno = error_before;
  const auto result = real();
  if (number == here->rules.kill_after) end_process(*here);
  return result;
}

bool interrupted() {
  Interposer* here = active();
  if (here == nullptr || !here->rules.interrupt || next_random(*here) % 3 != 0) return false;
  errno = EINTR;
  return true;
}

std::size_t cut(std::size_t asked) {
  Interposer* here = active();
  if (here == nullptr || !here->rules.cut_short || asked < 2) return asked;
  return 1 + static_cast<std::size_t>(next_random(*here)) % (asked - 1);
}

Kind kind_of(int descriptor) {
  struct stat status {};
  if (::syscall(SYS_fstat, descriptor, &status) != 0) return Kind::stream;
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return Kind::disk;
  return S_ISSOCK(status.st_mode) ? Kind::connection : Kind::stream;
}

template <class Function>
Function* real_function(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) give_up(name);
  return reinterpret_cast<Function*>(found);
}

std::int64_t clock_error() {
  Interposer* here = active();
  if (here == nullptr) return 0;
  std::int64_t seconds = 0;
  for (const Jump& jump : here->rules.jumps) {
    if (here->calls >= jump.from) seconds += jump.seconds;
  }
  return seconds;
}

}  // namespace

// The C library's own function, looked up once.
#define REAL(name) static auto* const real_##name = real_function<decltype(::name)>(#name)

// NOLINTBEGIN: the names, parameters and exceptions of all that follows are the C library's
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  REAL(write);
  if (interrupted()) return -1;
  return counted({kind_of(descriptor), "write", nullptr, descriptor, true},
                 [&] { return real_write(descriptor, bytes, cut(count)); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  REAL(pwrite);
  if (interrupted()) return -1;
  return counted({kind_of(descriptor), "pwrite", nullptr, descriptor, true},
                 [&] { return real_pwrite(descriptor, bytes, cut(count), offset); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  return pwrite(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  REAL(writev);
  if (interrupted()) return -1;
  return counted({kind_of(descriptor), "writev", nullptr, descriptor, true},
                 [&] { return real_writev(descriptor, parts, count); });
}
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  REAL(pwritev);
  if (interrupted()) return -1;
  return counted({kind_of(descriptor), "pwritev", nullptr, descriptor, true},
                 [&] { return real_pwritev(descriptor, parts, count, offset); });
}

ssize_t send(int descriptor, const void* bytes, size_t count, int flags) {
  REAL(send);
  if (interrupted()) return -1;
  return counted({Kind::connection, "send", nullptr, descriptor, false},
                 [&] { return real_send(descriptor, bytes, cut(count), flags); });
}
ssize_t sendto(int descriptor, const void* bytes, size_t count, int flags, const sockaddr* to, socklen_t length) {
  REAL(sendto);
  if (interrupted()) return -1;
  return counted({Kind::connection, "sendto", nullptr, descriptor, false},
                 [&] { return real_sendto(descriptor, bytes, cut(count), flags, to, length); });
}
ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  REAL(sendmsg);
  if (interrupted()) return -1;
  return counted({Kind::connection, "sendmsg", nullptr, descriptor, false},
                 [&] { return real_sendmsg(descriptor, message, flags); });
}

int fsync(int descriptor) {
  REAL(fsync);
  if (interrupted()) return -1;
  return counted({Kind::disk, "fsync", nullptr, descriptor, true}, [&] { return real_fsync(descriptor); });
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  if (interrupted()) return -1;
  return counted({Kind::disk, "fdatasync", nullptr, descriptor, true}, [&] { return real_fdatasync(descriptor); });
}

int ftruncate(int descriptor, off_t size) noexcept {
  REAL(ftruncate);
  if (interrupted()) return -1;
  return counted({Kind::disk, "ftruncate", nullptr, descriptor, false},
                 [&] { return real_ftruncate(descriptor, size); });
}
int ftruncate64(int descriptor, off64_t size) noexcept {
  return ftruncate(descriptor, size);
}
int truncate(const char* path, off_t size) noexcept {
  REAL(truncate);
  return counted({Kind::disk, "truncate", path, -1, false}, [&] { return real_truncate(path, size); });
}
int truncate64(const char* path, off64_t size) noexcept {
  return truncate(path, size);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  REAL(fallocate);
  if (interrupted()) return -1;
  return counted({Kind::disk, "fallocate", nullptr, descriptor, true},
                 [&] { return real_fallocate(descriptor, mode, offset, length); });
}
int fallocate64(int descriptor, int mode, off64_t offset, off64_t length) {
  return fallocate(descriptor, mode, offset, length);
}
// Returns the error instead of setting errno.
int posix_fallocate(int descriptor, off_t offset, off_t length) {
  REAL(posix_fallocate);
  const int result = counted({Kind::disk, "posix_fallocate", nullptr, descriptor, true},
                             [&] { return real_posix_fallocate(descriptor, offset, length); });
  return result < 0 ? errno : result;
}
int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
  return posix_fallocate(descriptor, offset, length);
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return counted({Kind::disk, "rename", to, -1, true}, [&] { return real_rename(from, to); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  REAL(renameat);
  return counted({Kind::disk, "renameat", to, -1, true},
                 [&] { return real_renameat(from_folder, from, to_folder, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  REAL(renameat2);
  return counted({Kind::disk, "renameat2", to, -1, true},
                 [&] { return real_renameat2(from_folder, from, to_folder, to, flags); });
}
int link(const char* from, const char* to) noexcept {
  REAL(link);
  return counted({Kind::disk, "link", to, -1, true}, [&] { return real_link(from, to); });
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  REAL(linkat);
  return counted({Kind::disk, "linkat", to, -1, true},
                 [&] { return real_linkat(from_folder, from, to_folder, to, flags); });
}
int symlink(const char* target, const char* path) noexcept {
  REAL(symlink);
  return counted({Kind::disk, "symlink", path, -1, true}, [&] { return real_symlink(target, path); });
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  return counted({Kind::disk, "unlink", path, -1, false}, [&] { return real_unlink(path); });
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return counted({Kind::disk, "unlinkat", path, -1, false}, [&] { return real_unlinkat(folder, path, flags); });
}
int remove(const char* path) noexcept {
  REAL(remove);
  return counted({Kind::disk, "remove", path, -1, false}, [&] { return real_remove(path); });
}
int rmdir(const char* path) noexcept {
  REAL(rmdir);
  return counted({Kind::disk, "rmdir", path, -1, false}, [&] { return real_rmdir(path); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return counted({Kind::disk, "mkdir", path, -1, true}, [&] { return real_mkdir(path, mode); });
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  REAL(mkdirat);
  return counted({Kind::disk, "mkdirat", path, -1, true}, [&] { return real_mkdirat(folder, path, mode); });
}
int chmod(const char* path, mode_t mode) noexcept {
  REAL(chmod);
  return counted({Kind::disk, "chmod", path, -1, false}, [&] { return real_chmod(path, mode); });
}
int fchmod(int descriptor, mode_t mode) noexcept {
  REAL(fchmod);
  return counted({Kind::disk, "fchmod", nullptr, descriptor, false}, [&] { return real_fchmod(descriptor, mode); });
}
int flock(int descriptor, int operation) noexcept {
  REAL(flock);
  if (interrupted()) return -1;
  return counted({Kind::disk, "flock", nullptr, descriptor, false}, [&] { return real_flock(descriptor, operation); });
}

// Only what makes or empties a file counts; the mode is passed on even where there is none, which does no harm.
int openat(int folder, const char* path, int flags, ...) {
  REAL(openat);
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  // Linux cuts the opening of a file that is there short on few file systems only, and then a run says so and ends.
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return real_openat(folder, path, flags, mode);
  if (interrupted()) return -1;
  return counted({Kind::disk, "open", path, -1, true}, [&] { return real_openat(folder, path, flags, mode); });
}
int openat64(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return openat(folder, path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return openat(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return openat(AT_FDCWD, path, flags, mode);
}
int creat(const char* path, mode_t mode) {
  return openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) {
  return creat(path, mode);
}

// What only reads or waits is not counted; it can be cut short, interrupted, or see another time.
ssize_t read(int descriptor, void* bytes, size_t count) {
  REAL(read);
  if (interrupted()) return -1;
  return real_read(descriptor, bytes, cut(count));
}
ssize_t pread(int descriptor, void* bytes, size_t count, off_t offset) {
  REAL(pread);
  if (interrupted()) return -1;
  return real_pread(descriptor, bytes, cut(count), offset);
}
ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t offset) {
  return pread(descriptor, bytes, count, offset);
}
ssize_t recv(int descriptor, void* bytes, size_t count, int flags) {
  REAL(recv);
  if (interrupted()) return -1;
  return real_recv(descriptor, bytes, cut(count), flags);
}
int poll(pollfd* descriptors, nfds_t count, int milliseconds) {
  REAL(poll);
  if (interrupted()) return -1;
  return real_poll(descriptors, count, milliseconds);
}
int clock_gettime(clockid_t clock, timespec* time) noexcept {
  REAL(clock_gettime);
  const int result = real_clock_gettime(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += clock_error();
  return result;
}
int gettimeofday(timeval* time, void* zone) noexcept {
  REAL(gettimeofday);
  const int result = real_gettimeofday(time, zone);
  if (result == 0) time->tv_sec += clock_error();
  return result;
}
time_t time(time_t* into) noexcept {
  REAL(time);
  const time_t now = real_time(nullptr) + clock_error();
  if (into != nullptr) *into = now;
  return now;
}

}  // extern "C"
// NOLINTEND
