// SPDX-License-Identifier: Apache-2.0
// What the user wants, validated. Only a manifest without errors exists; there is no half-valid one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/ids.hpp"
#include "engine/core/source_map.hpp"
#include "engine/model/guardrails.hpp"
#include "engine/model/image.hpp"
#include "engine/model/rebuild.hpp"
#include "engine/model/workspace.hpp"

namespace gild {

// "12" or "10%": percentages are of the desktops that a plan rebuilds in the group, frozen in the plan, rounded down.
struct Amount {
  int value = 0;
  bool percent = false;
  // At least `least`: sizes never round to 0, failure limits may.
  int resolve(std::size_t targets, int least) const;
  friend bool operator==(const Amount&, const Amount&) = default;
};

enum class SessionPolicy { skip, force };  // skip: leave desktops in use (CONNECTED, DISCONNECTED) alone

struct RolloutSettings {
  int batch_size = 100;  // desktops a request, 1..100
  Amount max_unavailable{100, false};
  Amount max_failures{0, false};  // the group pauses when more failed
  SessionPolicy sessions = SessionPolicy::skip;
  friend bool operator==(const RolloutSettings&, const RolloutSettings&) = default;
};

struct DesktopEntry {
  DesktopId id;
  OptionalText<SharedText> name;
  OptionalText<SharedText> order_id;  // wins over rebuild.order_id: one order belongs to one set of desktops (W 6.4)
  bool protect = false;
  bool excluded = false;
  Location location;
  std::uint32_t length = 1;  // of the id in the manifest, in code points: with the location, what to underline
};

struct DesktopGroup {
  GroupName name;
  WorkspaceName workspace;
  Target target;
  std::vector<DesktopEntry> desktops;  // sorted by id, each once
  RebuildOptions rebuild;
  RolloutSettings rollout;
  // For Guardrails to judge by; nothing else depends on them.
  std::optional<std::string> image_name;  // of the Image document; nullopt: the image stands in the group
  std::map<std::string, std::string> labels;
  std::vector<std::string> rollout_given;  // the fields that the group sets itself
};

struct Manifest {
  std::vector<Workspace> workspaces;   // sorted by name
  std::vector<DesktopGroup> groups;    // sorted by name; a desktop is in one group at most
  std::vector<Guardrails> guardrails;  // sorted by name; all of them hold
};

}  // namespace gild
