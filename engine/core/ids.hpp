// SPDX-License-Identifier: Apache-2.0
// Names and ids that must never be mixed up: one tagged text type each. A function that takes a JobId cannot be
// given a DesktopId by mistake, which for a tool that wipes disks is worth the ceremony.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/core/shared_text.hpp"

namespace gild {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(SharedText text) : text_(std::move(text)) {}
  explicit Id(std::string_view text) : text_(text) {}
  explicit Id(const std::string& text) : text_(text) {}
  explicit Id(const char* text) : text_(text) {}

  const SharedText& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  SharedText text_;
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
  std::size_t operator()(const gild::Id<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(id.str().view());
  }
};
