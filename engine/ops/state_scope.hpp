// SPDX-License-Identifier: Apache-2.0
// Which part of the state a use case is about, and whether the state is still where it was looked for.
#pragma once

#include <string>
#include <vector>

#include "engine/model/manifest.hpp"
#include "engine/model/plan.hpp"
#include "engine/model/state.hpp"
#include "engine/ops/narrowing.hpp"
#include "engine/seams/state_store.hpp"

namespace gild {

// The groups of the manifests that `narrowing` takes, with their desktops. What a plan reads and what the apply of that
// plan locks is the same set of groups, so that both speak of the same serial.
StateScope scope_of(const Manifest& manifest, const Narrowing& narrowing);
StateScope scope_of(const Plan& plan);
// Desktops by id, whatever group they are in.
StateScope scope_of(const std::vector<DesktopId>& desktops);

// Throws Error(refused) where `gild state migrate` took this state elsewhere, and says where. `store`: for people.
void check_lives_here(const State& state, const std::string& store);

}  // namespace gild
