// SPDX-License-Identifier: Apache-2.0
// The real disk.
#pragma once

#include "engine/seams/disk.hpp"

namespace gild {

// Without state of its own: any number of them mean the same disk.
class PosixDisk : public Disk {
 public:
  std::string resolve(const std::string& path) override;
  bool is_folder(const std::string& path) override;
  std::unique_ptr<DiskFile> open(const std::string& path, FileAccess access) override;
  std::unique_ptr<DiskFile> open_or_create(const std::string& path) override;
  std::unique_ptr<DiskFile> create(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void make_folder(const std::string& path) override;
  void sync_folder(const std::string& path) override;
  std::vector<std::string> list(const std::string& path) override;
};

}  // namespace gild
