// SPDX-License-Identifier: Apache-2.0
// What the tests of the store share: a folder of their own, a clock that never waits, files as text.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "engine/seams/clock.hpp"

namespace gild {

class FakeClock : public Clock {
 public:
  Time now() const override {
    return std::chrono::sys_days{std::chrono::November / 23 / 2026} + std::chrono::hours{21};
  }
  Instant instant() const override { return instant_; }
  void sleep_until(Instant until, std::stop_token) override {
    instant_ = std::max(instant_, until);
    ++sleeps;
    if (on_sleep) on_sleep();
  }

  int sleeps = 0;
  std::function<void()> on_sleep;

 private:
  Instant instant_{std::chrono::hours{1}};
};

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gild-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;  // a folder that stays hurts nobody
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      names.push_back(std::filesystem::relative(entry.path(), path_).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

// Runs `action` and returns what it throws as one text: message, empty line, advice.
template <class Thrown, class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const Thrown& error) {
    return error.advice().empty() ? error.what() : std::string(error.what()) + "\n\n" + error.advice();
  }
  return "nothing was thrown";
}

}  // namespace gild
