// SPDX-License-Identifier: Apache-2.0
// The whole program in a test: run() with streams in memory, in a folder of its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/app.hpp"
#include "engine/core/error.hpp"
#include "engine/store/atomic_file.hpp"
#include "engine/store/file_state_store.hpp"
#include "engine/store/journal_format.hpp"
#include "engine/store/open_state_store.hpp"
#include "engine/store/posix_disk.hpp"

namespace gild::test {

inline bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class MemoryOutput : public OutputStream {
 public:
  void write(std::string_view written) override {
    if (error_number != 0) throw IoError("standard output", "write to", error_number);
    text += written;
  }
  bool is_terminal() const override { return terminal; }
  std::size_t width() const override { return columns; }

  std::string text;
  bool terminal = false;
  std::size_t columns = kPlainWidth;
  int error_number = 0;
};

class NoInput : public InputStream {
 public:
  bool is_terminal() const override { return false; }
  std::optional<std::string> read_line(std::stop_token) override { return std::nullopt; }
  std::string read_all() override { return {}; }
};

// For commands that must not know what time it is.
class ForbiddenClock : public Clock {
 public:
  Time now() const override { throw std::logic_error("the clock was read"); }
  Instant instant() const override { throw std::logic_error("the clock was read"); }
  void sleep_until(Instant, std::stop_token) override { throw std::logic_error("the clock was waited on"); }
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gild-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream{path_ / name, std::ios::binary} << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream{path_ / name, std::ios::binary}.rdbuf();
    return out.str();
  }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }

 private:
  std::filesystem::path path_;
};

struct Ended {
  int exit;
  std::string out;
  std::string err;
};

// Every run begins in `folder`; nothing reaches a network, and reading the clock fails.
class TestApp {
 public:
  Ended run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-C", folder.path().string()});
    return run_as_given(arguments);
  }
  Ended run_as_given(const std::vector<std::string>& arguments) {
    out.text.clear();
    err.text.clear();
    App app{out, err, in, clock, disk};
    app.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    };
    app.open_state = [this](const std::string& url) {
      opened_state = url;
      return open_state_store(url, StoreWorld{clock, [](std::string_view) { return std::nullopt; }, {}});
    };
    app.write_file = [this](const std::string& path, std::string_view bytes) {
      write_atomically(disk, disk.resolve(path), bytes);
    };
    app.parse_journal = [](std::string_view bytes, const std::string& name) {
      return parse_journal(bytes, name, TornEnd::allowed).records;
    };
    app.connect = []() -> std::unique_ptr<CloudConnector> { throw std::logic_error("the network was asked for"); };
    const int exit = gild::run(app, arguments);
    return {exit, out.text, err.text};
  }

  TemporaryFolder folder;
  MemoryOutput out;
  MemoryOutput err;
  NoInput in;
  ForbiddenClock clock;
  PosixDisk disk;
  std::map<std::string, std::string> environment;
  std::string opened_state;
};

}  // namespace gild::test
