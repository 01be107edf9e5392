// SPDX-License-Identifier: Apache-2.0
// The composition root: the only place where the real streams, clock, state and service meet. Everything is made when
// it is first needed, so that a plan opens no network and `gild --version` nothing at all.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app.hpp"
#include "cli/identity.hpp"
#include "cli/signals.hpp"
#include "cli/system_clock.hpp"
#include "cli/version.hpp"
#include "cli/workflow_guard.hpp"
#include "engine/cloud/api_connector.hpp"
#include "engine/cloud/poco_transport.hpp"
#include "engine/core/error.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/beating_clock.hpp"
#include "engine/store/errored_state.hpp"
#include "engine/store/journal_format.hpp"
#include "engine/store/open_state_store.hpp"
#include "engine/store/posix_disk.hpp"

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string{value};
}

// A runner of GitHub's obeys lines of what it reads of a step. A file it does not read.
bool is_obeyed(int descriptor) {
  struct stat status {};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  return !is_file && environment("GITHUB_ACTIONS") == "true";
}

void write_file(gild::Disk& disk, const std::string& path, std::string_view bytes) {
  const std::string place = disk.resolve(path);
  // Opening refuses folders, pipes and devices; a rename would put a file in the place of /dev/null.
  (void)disk.open(place, gild::FileAccess::read);
  gild::write_atomically(disk, place, bytes);
}

// The last resort: where no file can be written, the state goes where somebody may see it.
std::optional<std::string> keep_errored(const gild::State& state, gild::Disk& disk, gild::OutputStream& err) {
  const gild::ErroredState kept = gild::write_errored_state(state, ".", disk, std::string{gild::version()});
  if (kept.path) return kept.path;
  try {
    err.write(kept.text + "\n" + kept.why + "\n");
  } catch (const gild::Error&) {
    // Then it is nowhere, and the message that follows has the same fate.
  }
  return std::nullopt;
}

// A standard stream that was closed before we began would give its descriptor to the next file, and what is printed
// would stand in the journal. It becomes one that cannot be used for what it is for, so that this is an error as
// before.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor, which is this one.
    static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    occupy_standard_descriptors();
    // A reader that went away shows itself as a failed write, which an apply survives; a signal it would not.
    std::signal(SIGPIPE, SIG_IGN);
    gild::DescriptorOutput out{STDOUT_FILENO, "standard output"};
    gild::DescriptorOutput err{STDERR_FILENO, "standard error"};
    gild::DescriptorInput in{STDIN_FILENO};
    gild::SystemClock system_clock;
    gild::BeatingClock clock{system_clock};
    gild::PosixDisk disk;
    gild::WorkflowGuard guarded_out{out};
    gild::WorkflowGuard guarded_err{err};
    gild::OutputStream& said = is_obeyed(STDOUT_FILENO) ? static_cast<gild::OutputStream&>(guarded_out) : out;
    gild::OutputStream& told = is_obeyed(STDERR_FILENO) ? static_cast<gild::OutputStream&>(guarded_err) : err;
    gild::App app{said, told, in, clock, disk};
    app.environment = environment;
    const gild::Environment variables = [](std::string_view name) { return environment(std::string{name}); };
    const auto make_transport = [&](const gild::TransportOptions& options) {
      return gild::make_poco_transport(options, variables);
    };
    const gild::StoreWorld world{clock, variables, make_transport, &clock};
    app.open_state = [&](const std::string& url) { return gild::open_state_store(url, world); };
    app.write_file = [&](const std::string& path, std::string_view bytes) { write_file(disk, path, bytes); };
    app.open_output = gild::open_descriptor_output;
    app.parse_journal = [](std::string_view bytes, const std::string& name) {
      return gild::parse_journal(bytes, name, gild::TornEnd::allowed).records;
    };
    app.connect = [&] { return gild::make_api_connector(variables, clock); };
    app.identify = [] { return gild::identify(environment); };
    app.keep_errored = [&](const gild::State& state) { return keep_errored(state, disk, told); };
    app.watch_signals = gild::stop_on_signals;
    // Another owner that never goes: what a run keeps is not taken apart on the way out. Volatile, so that it is there
    // and whoever looks for leaks finds all of it in use.
    [[maybe_unused]] static const auto* volatile forever = new auto(app.kept);
    return gild::run(app, {words + (count > 0 ? 1 : 0), words + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: gild could not start: %s\n", error.what());
    return 1;
  }
}
