// SPDX-License-Identifier: Apache-2.0
// A disk in memory that loses power between any two calls, remembers what was synced and what was not, and fails where
// it is told to. Names and contents are kept apart, as file systems do: a synced file whose name was not synced may be
// gone, a name that was synced may lead to a file without its content, and a file that was moved may have both names.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/seams/disk.hpp"
#include "engine/simulation/crash_point.hpp"

namespace gild {

// What is left of what was not synced.
enum class Left {
  everything,  // the process alone died
  nothing,
  names,       // files are there, without the content that was not synced
  names_nuls,  // the same, but as long as they had become: what was not synced reads as NULs
  contents,    // contents arrived, names did not
};

class SimulatedDisk : public Disk {
 public:
  // Its calls that change something count as calls of this one; the call that crashes is cut in the middle.
  void set_crash_point(CrashPoint* crash) { crash_ = crash; }
  // Asked before every call that changes something: an errno lets it fail, 0 lets it pass.
  std::function<int(std::string_view call, const std::string& path)> fault;
  bool can_reserve = true;

  // Another disk with the same bits. No file may be open.
  SimulatedDisk copy() const {
    SimulatedDisk other = *this;
    std::map<Inode*, std::shared_ptr<Inode>> copies;
    for (auto* names : {&other.names_, &other.durable_names_}) {
      for (auto& [name, inode] : *names) {
        auto& twin = copies[inode.get()];
        if (!twin) twin = std::make_shared<Inode>(*inode);
        inode = twin;
      }
    }
    return other;
  }

  // After a crash: what the next start finds. Nobody holds a lock.
  void restart(Left left) {
    const bool keep_names = left != Left::nothing && left != Left::contents;
    const bool keep_contents = left == Left::everything || left == Left::contents;
    if (!keep_names) names_ = durable_names_, folders_ = durable_folders_;
    // What lay in a folder whose own name is gone is gone with it.
    std::erase_if(names_, [&](const auto& name) { return !folders_.contains(folder_of(name.first)); });
    std::map<Inode*, std::shared_ptr<Inode>> renewed;
    for (auto& [name, inode] : names_) {
      auto& copy = renewed[inode.get()];
      if (!copy) {
        copy = std::make_shared<Inode>();
        copy->number = ++numbers_;
        copy->now = keep_contents ? inode->now : inode->synced;
        if (left == Left::names_nuls && inode->now.size() > copy->now.size()) copy->now.resize(inode->now.size(), '\0');
        copy->synced = left == Left::everything ? inode->synced : copy->now;
      }
      inode = copy;
    }
    if (left == Left::everything) {
      // The power stays on: what was not durable is so no more than before.
      for (auto& [name, inode] : durable_names_) {
        auto& copy = renewed[inode.get()];
        if (!copy) copy = inode;
        inode = copy;
      }
    } else {
      durable_names_ = names_;
      durable_folders_ = folders_;
    }
    on_ = true;
    crash_ = nullptr;
  }
  // What a power cut now would leave under this name; empty where the file's name itself is not safe yet.
  std::string_view durable(const std::string& path) const {
    const auto found = durable_names_.find(path);
    return found == durable_names_.end() ? std::string_view{} : std::string_view(found->second->synced);
  }

  std::string resolve(const std::string& path) override { return path; }
  bool is_folder(const std::string& path) override { return folders_.contains(path); }
  std::unique_ptr<DiskFile> open(const std::string& path, FileAccess) override {
    need_power();
    const auto found = names_.find(path);
    if (found == names_.end()) return nullptr;
    return std::make_unique<File>(*this, found->second, path);
  }
  std::unique_ptr<DiskFile> open_or_create(const std::string& path) override {
    if (auto file = open(path, FileAccess::write)) return file;
    return create(path);
  }
  std::unique_ptr<DiskFile> create(const std::string& path) override {
    call("create", path);
    if (names_.contains(path)) throw IoError(path, "create", EEXIST);
    if (!folders_.contains(folder_of(path))) throw IoError(path, "create", ENOENT);
    auto& inode = names_[path] = std::make_shared<Inode>();
    inode->number = ++numbers_;
    return std::make_unique<File>(*this, inode, path);
  }
  void rename(const std::string& from, const std::string& to) override {
    call("rename", from);
    const auto inode = names_.at(from);
    const auto there = names_.find(to);
    if (there != names_.end() && there->second == inode) return;  // as POSIX has it
    names_[to] = inode;
    names_.erase(from);
  }
  void remove(const std::string& path) override {
    if (!names_.contains(path)) return need_power();
    call("remove", path);
    names_.erase(path);
  }
  void make_folder(const std::string& path) override {
    if (folders_.contains(path)) return need_power();
    call("make_folder", path);
    folders_[path] = true;
  }
  void sync_folder(const std::string& path) override {
    call("sync_folder", path);
    const auto here = [&](const auto& name) { return folder_of(name.first) == path; };
    std::erase_if(durable_names_, here);
    for (const auto& name : names_) {
      if (here(name)) durable_names_.insert(name);
    }
    for (const auto& folder : folders_) {
      if (here(folder)) durable_folders_.insert(folder);
    }
  }
  std::vector<std::string> list(const std::string& path) override {
    need_power();
    std::vector<std::string> found;
    for (const auto& [name, inode] : names_) {
      if (folder_of(name) == path) found.push_back(name.substr(path.size() + 1));
    }
    return found;
  }

 private:
  struct Inode {
    std::uint64_t number = 0;
    std::string now;
    std::string synced;
    const void* holder = nullptr;  // of its lock
  };

  class File : public DiskFile {
   public:
    File(SimulatedDisk& disk, std::shared_ptr<Inode> inode, std::string path)
        : disk_(disk), inode_(std::move(inode)), path_(std::move(path)) {}
    ~File() override {
      if (inode_->holder == this) inode_->holder = nullptr;
    }
    FileIdentity identity() const override { return {1, inode_->number}; }
    std::uint64_t size() const override { return inode_->now.size(); }
    std::string read() const override {
      disk_.need_power();
      return inode_->now;
    }
    std::size_t read(std::uint64_t offset, std::span<char> into) const override {
      disk_.need_power();
      const std::string_view now = inode_->now;
      return offset < now.size() ? now.substr(offset).copy(into.data(), into.size()) : 0;
    }
    void write(std::uint64_t offset, std::string_view bytes) override {
      // Half of it is there when the power goes, or when it fails.
      const std::string_view half = bytes.substr(0, bytes.size() / 2);
      try {
        disk_.call("write", path_);
      } catch (const SimulatedCrash&) {
        if (disk_.just_cut_) put(offset, half);
        throw;
      } catch (const IoError&) {
        put(offset, half);
        throw;
      }
      put(offset, bytes);
    }
    void truncate(std::uint64_t size) override {
      disk_.call("truncate", path_);
      inode_->now.resize(size, '\0');
    }
    void sync() override {
      disk_.call("sync", path_);
      inode_->synced = inode_->now;
    }
    Reservation reserve(std::uint64_t, std::uint64_t) override {
      if (!disk_.can_reserve) return Reservation::unsupported;
      try {
        disk_.call("reserve", path_);
      } catch (const IoError& error) {
        if (error.error_number() == ENOSPC) return Reservation::no_room;
        throw;
      }
      return Reservation::done;
    }
    bool try_lock(FileLockKind) override {
      disk_.need_power();
      if (inode_->holder != nullptr && inode_->holder != this) return false;
      inode_->holder = this;
      return true;
    }

   private:
    void put(std::uint64_t offset, std::string_view bytes) {
      std::string& now = inode_->now;
      if (now.size() < offset + bytes.size()) now.resize(offset + bytes.size(), '\0');
      now.replace(offset, bytes.size(), bytes);
    }

    SimulatedDisk& disk_;
    std::shared_ptr<Inode> inode_;
    std::string path_;
  };

  void need_power() const {
    just_cut_ = false;
    if (!on_ || (crash_ != nullptr && crash_->crashed())) throw SimulatedCrash{};
  }
  void call(std::string_view what, const std::string& path) {
    need_power();
    if (crash_ != nullptr) {
      try {
        crash_->at_call();
      } catch (const SimulatedCrash&) {
        on_ = false;
        just_cut_ = true;
        throw;
      }
    }
    const int error = fault ? fault(what, path) : 0;
    if (error != 0) throw IoError(path, std::string(what), error);
  }

  std::map<std::string, std::shared_ptr<Inode>> names_;
  std::map<std::string, std::shared_ptr<Inode>> durable_names_;
  std::map<std::string, bool> folders_{{".", true}};
  std::map<std::string, bool> durable_folders_{{".", true}};
  std::uint64_t numbers_ = 0;
  CrashPoint* crash_ = nullptr;
  bool on_ = true;
  mutable bool just_cut_ = false;
};

}  // namespace gild
