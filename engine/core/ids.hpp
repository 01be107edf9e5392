// SPDX-License-Identifier: Apache-2.0
// Names and ids that must never be mixed up: one tagged string type each. A function that takes a JobId cannot be
// given a DesktopId by mistake, which for a tool that wipes disks is worth the ceremony.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace gild {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string value_;
};

using DesktopId = Id<struct DesktopTag>;        // W 1.1 `desktop_ids`: 0–255 characters
using ImageId = Id<struct ImageTag>;            // W 1.1 `image_id`: 1–255 characters
using JobId = Id<struct JobTag>;                // the overall task of one rebuild request (W 1.1)
using SubJobId = Id<struct SubJobTag>;          // one desktop's part of a job (W 2.1)
using GroupName = Id<struct GroupTag>;          // metadata.name of a DesktopGroup
using WorkspaceName = Id<struct WorkspaceTag>;  // metadata.name of a Workspace
using BatchId = Id<struct BatchTag>;            // id of a batch within its plan

}  // namespace gild

template <class Tag>
struct fmt::formatter<gild::Id<Tag>> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const gild::Id<Tag>& id, Context& context) const {
    return fmt::formatter<std::string_view>::format(id.str(), context);
  }
};

template <class Tag>
struct std::hash<gild::Id<Tag>> {
  std::size_t operator()(const gild::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
