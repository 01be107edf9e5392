// SPDX-License-Identifier: Apache-2.0
// What is to become of one desktop: the table of contract 6.
#pragma once

#include <optional>
#include <string>

#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"

namespace gild {

struct Verdict {
  std::optional<Action> action;  // nullopt: unchanged
  std::string reason;            // for people; empty where unchanged
};

// `record`: nullptr where the desktop was never seen. `open`: an intent or a job that has not ended names the desktop,
// whatever its record says.
Verdict judge(const DesktopEntry& entry, const Target& target, const DesktopRecord* record, bool open);

}  // namespace gild
