// SPDX-License-Identifier: Apache-2.0
// The files on a real disk: names, modes, links, folders.
#include <filesystem>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.hpp"
#include "engine/store/errored_state.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/open_state_store.hpp"
#include "engine/store/posix_disk.hpp"
#include "tests/store/store_fixture.hpp"
#include "tests/support/state_store_conformance.hpp"

namespace gild {
namespace {

namespace fs = std::filesystem;

void append_and_fold(StateStore& store, const std::string& desktop) {
  auto locked = store.lock(began_as("alice"), Duration{0});
  locked->append(refreshed(desktop, "img-1"));
  locked->sync();
  locked->fold_to_disk();
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

TEST_CASE("the file store keeps what a state store promises", "[store]") {
  TempFolder folder;
  FakeClock clock;
  check_state_store([&] { return open_file_state_store(folder / "gild.state.json", clock); });
}

TEST_CASE("a run leaves the snapshot, the lock and the history, and the journal only while it is not folded",
          "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  store->read();
  CHECK(folder.names().empty());
  {
    auto locked = store->lock(began_as("alice"), Duration{0});
    CHECK(folder.names() == std::vector<std::string>{"s.json.lock"});
    locked->append(refreshed("d1", "img-1"));
    locked->sync();
    CHECK(folder.names() == std::vector<std::string>{"s.json", "s.json.history",
                                                     "s.json.history/000000000000.state.json", "s.json.journal",
                                                     "s.json.lock"});
    locked->fold_to_disk();
  }
  CHECK(folder.names() == std::vector<std::string>{"s.json", "s.json.history", "s.json.history/000000000000.state.json",
                                                   "s.json.history/000000000001-000000000002.ndjson", "s.json.lock"});
  CHECK(read_text(folder / "s.json.lock").empty());
}

TEST_CASE("the folded journal is moved into the history and not copied", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  auto locked = store->lock(began_as("alice"), Duration{0});
  locked->append(refreshed("d1", "img-1"));
  struct stat before {};
  REQUIRE(::stat((folder / "s.json.journal").c_str(), &before) == 0);
  locked->fold_to_disk();
  struct stat after {};
  REQUIRE(::stat((folder / "s.json.history/000000000001-000000000002.ndjson").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("a damaged segment may be left out of the history, but not where the state is put together from it",
          "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  append_and_fold(*store, "d1");
  append_and_fold(*store, "d2");
  const std::string segment = folder / "s.json.history/000000000003-000000000004.ndjson";
  std::string text = read_text(segment);
  text[text.find("began")] = 'B';
  write_text(segment, text);

  CHECK(store->read().desktops.size() == 2);  // the snapshot is enough
  const std::string of_the_history = complaint_of<Error>([&] { store->read_history(); });
  CHECK_THAT(of_the_history, Catch::Contains("mv " + segment + " " + segment + ".damaged"));

  fs::remove(folder / "s.json");
  const std::string of_the_state = complaint_of<Error>([&] { store->read(); });
  CHECK_THAT(of_the_state, Catch::StartsWith(segment + " is damaged at line 1, byte 0: "));
  CHECK_THAT(of_the_state, Catch::Contains("Do not move this one away"));
  CHECK_THAT(of_the_state, !Catch::Contains("mv "));
}

TEST_CASE("reserved room takes none once the journal is folded", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  auto locked = store->lock(began_as("alice"), Duration{0});
  REQUIRE(locked->reserve(1'000'000));
  locked->append(refreshed("d1", "img-1"));
  locked->fold_to_disk();
  struct stat status {};
  REQUIRE(::stat((folder / "s.json.history/000000000001-000000000002.ndjson").c_str(), &status) == 0);
  CHECK(status.st_size < 2000);
  CHECK(status.st_blocks * 512 < 100'000);
}

TEST_CASE("files are for their owner alone, whatever the umask", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const mode_t mask = GENERATE(0U, 022U, 0277U);
  const mode_t before = ::umask(mask);
  const auto store = open_file_state_store(folder / "s.json", clock);
  append_and_fold(*store, "d1");
  auto locked = store->lock(began_as("alice"), Duration{0});
  locked->append(refreshed("d2", "img-1"));
  PosixDisk disk;
  const ErroredState errored = write_errored_state(locked->state(), folder / ".", disk, "0.1.0");
  ::umask(before);
  CHECK(mode_of(folder / "s.json") == 0600);
  CHECK(mode_of(folder / "s.json.journal") == 0600);
  CHECK(mode_of(folder / "s.json.lock") == 0600);
  CHECK(mode_of(folder / "s.json.history") == 0700);
  CHECK(mode_of(folder / "s.json.history/000000000000.state.json") == 0600);
  CHECK(mode_of(folder / "s.json.history/000000000001-000000000002.ndjson") == 0600);
  REQUIRE(errored.path);
  CHECK(mode_of(*errored.path) == 0600);
}

TEST_CASE("no file stays open in a program that is started meanwhile", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  auto locked = store->lock(began_as("alice"), Duration{0});
  locked->append(refreshed("d1", "img-1"));
  int open_files = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (gone || !target.string().starts_with(folder / "")) continue;
    ++open_files;
    CHECK((::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(open_files == 2);  // lock and journal
}

TEST_CASE("a link to a state stays a link, and its state has one lock under both names", "[store]") {
  TempFolder folder;
  FakeClock clock;
  fs::create_directory(folder / "real");
  fs::create_directory(folder / "links");
  fs::create_symlink("../links/second", folder / "links/first");
  fs::create_symlink("../real/state with spaces.json", folder / "links/second");
  const auto linked = open_file_state_store(folder / "links/first", clock);
  const auto direct = open_file_state_store(folder / "real/state with spaces.json", clock);
  append_and_fold(*linked, "d1");
  append_and_fold(*linked, "d2");
  CHECK(fs::is_symlink(folder / "links/first"));
  CHECK(fs::is_regular_file(fs::symlink_status(folder / "real/state with spaces.json")));
  CHECK(direct->read().desktops.size() == 2);
  const auto locked = linked->lock(began_as("alice"), Duration{0});
  CHECK(holder_of(*direct));
}

TEST_CASE("links in a circle are an error", "[store]") {
  TempFolder folder;
  FakeClock clock;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK(complaint_of<IoError>([&] { open_file_state_store(folder / "a", clock)->read(); }) ==
        "Cannot follow the links of " + (folder / "a") + ": Too many levels of symbolic links");
}

TEST_CASE("a folder that does not exist is a wrong path and no empty state", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "no such/s.json", clock);
  const std::string expected = "The folder of the state " + (folder / "no such/s.json") +
                               " does not exist\n\nCheck the path, or make the folder:\n\n    mkdir -p '" +
                               (folder / "no such") + "'\n";
  CHECK(complaint_of<Error>([&] { store->read(); }) == expected);
  CHECK(complaint_of<Error>([&] { store->lock(began_as("alice"), Duration{0}); }) == expected);
  CHECK(complaint_of<Error>([&] { store->lock_holders(); }) == expected);
}

TEST_CASE("something else than a file in the place of the state is an error and not waited for", "[store]") {
  TempFolder folder;
  FakeClock clock;
  fs::create_directory(folder / "d");
  CHECK(complaint_of<IoError>([&] { open_file_state_store(folder / "d", clock)->read(); }) ==
        "Cannot open " + (folder / "d") + ": Is a directory");
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  CHECK(complaint_of<IoError>([&] { open_file_state_store(folder / "p", clock)->read(); }) ==
        "Cannot open " + (folder / "p") + ": Invalid argument");
}

TEST_CASE("a file that must not be read or a folder that must not be written is an error that names it", "[store]") {
  if (::geteuid() == 0) return;  // root may do everything; the simulated disk refuses for all (storing_fails_test.cc)
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  append_and_fold(*store, "d1");
  REQUIRE(::chmod((folder / "s.json").c_str(), 0) == 0);
  CHECK(complaint_of<IoError>([&] { store->read(); }) == "Cannot open " + (folder / "s.json") + ": Permission denied");
}

TEST_CASE("reading writes nothing, not even beside a torn journal and a folded one", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const auto store = open_file_state_store(folder / "s.json", clock);
  append_and_fold(*store, "d1");
  {
    auto locked = store->lock(began_as("alice"), Duration{0});
    locked->append(refreshed("d2", "img-1"));
    locked->sync();
  }
  const std::string journal = read_text(folder / "s.json.journal");
  write_text(folder / "s.json.journal", journal + "{\"serial\":5,\"at");
  fs::remove(folder / "s.json.lock");
  const auto names = folder.names();
  CHECK(store->read().desktops.size() == 2);
  CHECK(store->read_history().size() == 4);
  store->lock_holders();
  CHECK_FALSE(store->unlock("an id"));
  CHECK(folder.names() == names);
  CHECK(read_text(folder / "s.json.journal") == journal + "{\"serial\":5,\"at");
  // The next holder drops what is torn.
  store->lock(began_as("bob"), Duration{0});
  CHECK(read_text(folder / "s.json.journal") == journal);
}

TEST_CASE("state URLs name a local file, or are refused without showing what may be a password", "[store]") {
  TempFolder folder;
  FakeClock clock;
  const StoreWorld world{clock, [](std::string_view) { return std::nullopt; }, {}};
  CHECK(open_state_store("gild.state.json", world)->describe() == "gild.state.json");
  CHECK(open_state_store("file:some/state.json", world)->describe() == "some/state.json");
  CHECK(open_state_store("file:///tmp/a", world)->describe() == "/tmp/a");
  CHECK(open_state_store("file:/tmp/a", world)->describe() == "/tmp/a");
  CHECK(open_state_store("odd:name", world)->describe() == "odd:name");
  const std::string advice = "\n\nGive a path or file:PATH to --state (or GILD_STATE), for example gild.state.json.";
  CHECK(complaint_of<Error>([&] { open_state_store("ftp://user:secret@host/x", world); }) ==
        "No state can be kept at ftp://…" + advice);
  CHECK(complaint_of<Error>([&] { open_state_store("file://host/x", world); }) ==
        "A state in a file is on this machine, and this URL names another one" + advice);
  for (const char* nothing : {"", "file:", "folder/", "file:///"}) {
    try {
      open_state_store(nothing, world);
      FAIL("opened " << nothing);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()) == "\"" + std::string(nothing) + "\" names no file for the state");
    }
  }
}

TEST_CASE("a state saved elsewhere never takes the place of an older one, and can be read back", "[store]") {
  TempFolder folder;
  PosixDisk disk;
  State state;
  state.lineage = "11111111-2222-4333-8444-555555555555";
  state.serial = 7;
  const ErroredState first = write_errored_state(state, folder / ".", disk, "0.1.0");
  const ErroredState second = write_errored_state(state, folder / ".", disk, "0.1.0");
  REQUIRE(first.path);
  REQUIRE(second.path);
  CHECK(*first.path == folder / "./errored.gild.state.json");
  CHECK(*second.path == folder / "./errored.gild.state.2.json");
  CHECK(read_text(*first.path) == first.text);
  CHECK(read_state(read_text(*second.path), "errored").serial == 7);
  const ErroredState nowhere = write_errored_state(state, folder / "gone", disk, "0.1.0");
  CHECK_FALSE(nowhere.path);
  CHECK(nowhere.text == first.text);
  CHECK(nowhere.why == "Cannot create " + (folder / "gone/errored.gild.state.json") + ": No such file or directory");
}

}  // namespace
}  // namespace gild
